package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// ServiceAccountChange says what to change of a service account. Nil fields
// stay.
type ServiceAccountChange struct {
	Name   *string
	Owners *[]iam.Ref
	Status *iam.Status
	// Revision, if not 0, must be the account's present one, else ABORTED.
	Revision int64
}

func (a *Adapter) serviceAccountRef(id iam.ServiceAccountID) iam.Ref {
	return iam.Ref{Type: a.model.TypeOf(schema.KindServiceAccount), ID: string(id)}
}

// CreateServiceAccount adds a service account to a scope. An empty id is
// generated, an empty status is active.
//
// Errors: INVALID_ARGUMENT if the model has no service accounts
// (KIND_NOT_SUPPORTED), or does not allow the scope's type or an owner;
// NOT_FOUND for the scope or an owner; ALREADY_EXISTS.
func (a *Adapter) CreateServiceAccount(ctx context.Context, account iam.ServiceAccount) (iam.ServiceAccount, Receipt, error) {
	account.ID = iam.ServiceAccountID(a.newID(string(account.ID)))
	account.Status = or(account.Status, iam.Active)
	var saved iam.ServiceAccount
	receipt, err := a.write(ctx, func(c *change) error {
		_, err := c.tx.ServiceAccounts().Get(ctx, account.ID)
		if err := unused("id", string(account.ID), err); err != nil {
			return err
		}
		saved, err = c.putServiceAccount(ctx, account, "service_account.create")
		return err
	})
	return saved, receipt, err
}

func (a *Adapter) checkServiceAccount(account iam.ServiceAccount) (iam.ServiceAccount, error) {
	kind, err := a.kindOf(schema.KindServiceAccount)
	if err != nil {
		return account, err
	}
	if err := a.checkNewID("id", a.serviceAccountRef(account.ID)); err != nil {
		return account, err
	}
	if err := checkText("name", account.Name, maxName); err != nil {
		return account, err
	}
	if err := a.wantIn("scope", kind, account.Scope); err != nil {
		return account, err
	}
	if err := a.checkOwners(kind, account.Owners); err != nil {
		return account, err
	}
	account.Owners = sortedRefs(account.Owners)
	return account, checkStatus(account.Status)
}

// putServiceAccount writes a service account, as a subject and as an object.
func (c *change) putServiceAccount(ctx context.Context, given iam.ServiceAccount, action string) (iam.ServiceAccount, error) {
	account, err := c.checkServiceAccount(given)
	if err != nil {
		return account, err
	}
	scope, err := c.lockedScope(ctx, "scope", account.Scope)
	if err != nil {
		return account, err
	}
	account.Tenant = scope.Tenant
	if err := c.subjectsExist(ctx, "owners", given.Owners, account.Tenant); err != nil {
		return account, err
	}
	old, err := c.tx.ServiceAccounts().Get(ctx, account.ID)
	if same(old, err, account) {
		return old, nil
	}
	ref := c.serviceAccountRef(account.ID)
	if err := c.setStatus(ctx, ref, account.Status); err != nil {
		return account, err
	}
	if err := c.touch(ctx, account.Tenant, fragment{kind: ownedFragment, ref: ref}); err != nil {
		return account, err
	}
	saved, err := c.tx.ServiceAccounts().Put(ctx, account)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, account.Tenant, ref, map[string]any{"status": account.Status, "owners": refTexts(account.Owners)})
}

// UpdateServiceAccount changes a service account. Its scope is fixed.
//
// Errors: NOT_FOUND; ABORTED for an old Revision; INVALID_ARGUMENT as in
// CreateServiceAccount.
func (a *Adapter) UpdateServiceAccount(ctx context.Context, id iam.ServiceAccountID, update ServiceAccountChange) (iam.ServiceAccount, Receipt, error) {
	var saved iam.ServiceAccount
	receipt, err := a.write(ctx, func(c *change) error {
		account, err := c.lockedServiceAccount(ctx, id)
		if err != nil {
			return err
		}
		if err := checkRevision(update.Revision, account.Revision); err != nil {
			return err
		}
		set(&account.Name, update.Name)
		set(&account.Owners, update.Owners)
		set(&account.Status, update.Status)
		saved, err = c.putServiceAccount(ctx, account, "service_account.update")
		return err
	})
	return saved, receipt, err
}

func (c *change) lockedServiceAccount(ctx context.Context, id iam.ServiceAccountID) (iam.ServiceAccount, error) {
	return serviceAccountNoun().locked(ctx, c.tx, "id", id)
}

// DeleteServiceAccount removes a service account from all groups, policies and
// ownerships, and then the account.
//
// A revision other than 0 must be the account's present one, else ABORTED.
// Other errors: NOT_FOUND; FAILED_PRECONDITION, reason OWNER_IN_USE, if it owns
// what must keep its owners.
func (a *Adapter) DeleteServiceAccount(ctx context.Context, id iam.ServiceAccountID, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error { return c.dropServiceAccount(ctx, id, revision) })
}

// ServiceAccount returns a service account, or NOT_FOUND.
func (a *Adapter) ServiceAccount(ctx context.Context, id iam.ServiceAccountID) (iam.ServiceAccount, error) {
	return serviceAccountNoun().read(ctx, a.store, id)
}

// ServiceAccounts lists service accounts in pages, ordered by id.
//
// The text is the token of the next page, empty after the last. Errors: those
// of Scopes, but for ABORTED.
func (a *Adapter) ServiceAccounts(ctx context.Context, filter ServiceAccountFilter, page Page) ([]iam.ServiceAccount, string, error) {
	err := a.checkFilter(inScope("tenant", filter.Tenant), inScope("scope", filter.Scope), bySubject("owner", filter.Owner))
	if err != nil {
		return nil, "", err
	}
	return serviceAccountNoun().list(ctx, a.store, filter, page)
}
