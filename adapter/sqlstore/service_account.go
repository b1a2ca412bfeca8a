package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// serviceAccounts is the table of service accounts and their owners.
type serviceAccounts struct{ *session }

// ServiceAccounts returns the table of service accounts.
func (s *session) ServiceAccounts() adapter.Table[iam.ServiceAccountID, iam.ServiceAccount, adapter.ServiceAccountFilter] {
	return serviceAccounts{s}
}

const (
	selectServiceAccounts = `SELECT id, scope_type, scope_id, tenant_type, tenant_id, name, status,
		revision, created, updated FROM service_accounts`

	putServiceAccount = `INSERT INTO service_accounts (id, scope_type, scope_id, tenant_type, tenant_id, name, status,
			revision, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			scope_type = excluded.scope_type, scope_id = excluded.scope_id,
			tenant_type = excluded.tenant_type, tenant_id = excluded.tenant_id,
			name = excluded.name, status = excluded.status,
			revision = service_accounts.revision + 1, updated = excluded.updated
		RETURNING revision, created`
)

func serviceAccountOwners() list[iam.ServiceAccountID, iam.Ref] {
	return list[iam.ServiceAccountID, iam.Ref]{
		noun: "owners of service accounts",
		read: `SELECT service_account_id, owner_type, owner_id FROM service_account_owners
			WHERE service_account_id IN`,
		order:  `service_account_id, owner_type, owner_id`,
		insert: `INSERT INTO service_account_owners (service_account_id, owner_type, owner_id) VALUES`,
		remove: `DELETE FROM service_account_owners WHERE service_account_id = ? AND (owner_type, owner_id) IN`,
		scan:   scanRef[iam.ServiceAccountID], keyArgs: textArgs[iam.ServiceAccountID], elementArgs: refArgs,
	}
}

// Get returns one service account.
func (t serviceAccounts) Get(ctx context.Context, id iam.ServiceAccountID) (iam.ServiceAccount, error) {
	return one(ctx, t.find, where("id = ?", string(id)), iam.Missing("service_account", string(id)))
}

// List returns service accounts by id.
func (t serviceAccounts) List(ctx context.Context, filter adapter.ServiceAccountFilter) ([]iam.ServiceAccount, error) {
	chosen := placed(filter.Tenant, filter.Scope)
	chosen.ref(`id IN (SELECT service_account_id FROM service_account_owners WHERE owner_type = ? AND owner_id = ?)`, filter.Owner)
	return t.find(ctx, chosen.page("id", filter.Listing))
}

func (t serviceAccounts) find(ctx context.Context, chosen *selection) ([]iam.ServiceAccount, error) {
	rows, err := collect(ctx, t.session, chosen.query("read service accounts", selectServiceAccounts), scanServiceAccount)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	owners, err := serviceAccountOwners().of(ctx, t.session, chosen.after(`SELECT id FROM service_accounts`), chosen.arguments())
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Owners = owners[rows[i].ID]
	}
	return rows, nil
}

func scanServiceAccount(row scanner) (iam.ServiceAccount, error) {
	var a iam.ServiceAccount
	err := row.Scan(&a.ID, &a.Scope.Type, &a.Scope.ID, &a.Tenant.Type, &a.Tenant.ID, &a.Name, &a.Status,
		&a.Revision, millis{&a.Created}, millis{&a.Updated})
	return a, err
}

// Put writes a service account and its owners.
func (t serviceAccounts) Put(ctx context.Context, account iam.ServiceAccount) (iam.ServiceAccount, error) {
	if t.subjects.ServiceAccount == "" {
		return iam.ServiceAccount{}, noSuchType("service_account", string(account.ID))
	}
	account.Owners = sortedRefs(account.Owners)
	var err error
	account.Stamp, err = t.put(ctx, upsert{
		query: query{"put service account", putServiceAccount, []any{
			string(account.ID), account.Scope.Type, account.Scope.ID, account.Tenant.Type, account.Tenant.ID,
			account.Name, string(account.Status),
		}},
		dangling: iam.Missing("service_account.scope", account.Scope.String()),
	})
	if err != nil {
		return iam.ServiceAccount{}, err
	}
	owner := written[iam.ServiceAccountID]{account.ID, account.Stamp}
	return account, serviceAccountOwners().put(ctx, t.session, owner, account.Owners)
}

// Delete removes a service account that nothing names.
func (t serviceAccounts) Delete(ctx context.Context, id iam.ServiceAccountID) error {
	if t.subjects.ServiceAccount == "" {
		return noSuchType("service_account", string(id))
	}
	return t.remove(ctx, removal{
		noun: "service_account", key: string(id),
		uses:    subjectUses(iam.Ref{Type: t.subjects.ServiceAccount, ID: string(id)}),
		delete:  `DELETE FROM service_accounts WHERE id = ?`,
		exists:  `SELECT 1 FROM service_accounts WHERE id = ?`,
		keyArgs: textArgs(id),
	})
}
