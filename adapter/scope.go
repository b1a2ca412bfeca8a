package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// ScopeChange says what to change of a scope. Nil fields stay.
type ScopeChange struct {
	Name     *string
	Isolated *bool
	// Revision, if not 0, must be the scope's present one, else ABORTED.
	Revision int64
}

// CreateScope adds a scope. Without Parent it is a tenant; Tenant is ignored.
// An empty id is generated.
//
// Errors: INVALID_ARGUMENT if the model does not allow the type, the parent's
// type or isolation; NOT_FOUND if the parent does not exist; ALREADY_EXISTS.
func (a *Adapter) CreateScope(ctx context.Context, scope iam.Scope) (iam.Scope, Receipt, error) {
	scope.Ref.ID = a.newID(scope.Ref.ID)
	if err := a.checkScope(scope); err != nil {
		return iam.Scope{}, Receipt{}, err
	}
	var saved iam.Scope
	receipt, err := a.write(ctx, func(c *change) (err error) {
		_, err = c.tx.Scopes().Get(ctx, scope.Ref)
		if err := unused("id", scope.Ref.String(), err); err != nil {
			return err
		}
		saved, err = c.createScope(ctx, scope)
		return err
	})
	return saved, receipt, err
}

// checkScope checks what can be checked without looking at rows.
func (a *Adapter) checkScope(scope iam.Scope) error {
	if err := a.wantKind("id", scope.Ref, schema.KindScope); err != nil {
		return err
	}
	if err := a.checkNewID("id", scope.Ref); err != nil {
		return err
	}
	if err := checkText("name", scope.Name, maxName); err != nil {
		return err
	}
	if scope.Isolated && !a.model.Type(scope.Ref.Type).Isolatable {
		return iam.Invalid("NOT_ISOLATABLE", "isolated", scope.Ref.String(), "a "+scope.Ref.Type+" cannot be isolated in this model")
	}
	return a.checkParent(scope.Ref, scope.Parent)
}

// checkParent checks that a scope may sit under parent, by their types.
func (a *Adapter) checkParent(ref, parent iam.Ref) error {
	tenant := a.model.IsTenant(ref.Type)
	switch {
	case tenant && parent.IsZero():
		return nil
	case tenant:
		return iam.Invalid("PARENT_NOT_ALLOWED", "parent", parent.String(), "a "+ref.Type+" is a tenant and has no parent")
	case parent.IsZero():
		return iam.Invalid("PARENT_REQUIRED", "parent", "", "name the parent: a scope of type "+ref.Type+" has one")
	}
	return a.wantIn("parent", ref.Type, parent)
}

func (c *change) createScope(ctx context.Context, scope iam.Scope) (iam.Scope, error) {
	scope.Tenant = scope.Ref
	if !scope.Parent.IsZero() {
		parent, err := c.lockedScope(ctx, "parent", scope.Parent)
		if err != nil {
			return iam.Scope{}, err
		}
		scope.Tenant = parent.Tenant
	}
	c.created[scope.Ref] = true
	if err := c.touch(ctx, scope.Tenant, fragment{kind: scopeFragment, ref: scope.Ref}); err != nil {
		return iam.Scope{}, err
	}
	saved, err := c.tx.Scopes().Put(ctx, scope)
	if err != nil {
		return iam.Scope{}, err
	}
	if err := c.tx.Lock(ctx, scope.Tenant); err != nil {
		return iam.Scope{}, err
	}
	return saved, c.note(ctx, "scope.create", scope.Tenant, scope.Ref, map[string]string{"parent": scope.Parent.String()})
}

// lockedScope reads a scope and makes this change the only writer of its tenant.
func (c *change) lockedScope(ctx context.Context, field string, ref iam.Ref) (iam.Scope, error) {
	return scopeNoun().locked(ctx, c.tx, field, ref)
}

// UpdateScope renames or isolates a scope, or ends its isolation.
//
// Errors: NOT_FOUND; ABORTED for an old Revision; INVALID_ARGUMENT for a name
// of more than 256 signs, or where the model knows no isolation
// (NOT_ISOLATABLE).
func (a *Adapter) UpdateScope(ctx context.Context, ref iam.Ref, update ScopeChange) (iam.Scope, Receipt, error) {
	var saved iam.Scope
	receipt, err := a.write(ctx, func(c *change) error {
		scope, err := c.lockedScope(ctx, "id", ref)
		if err != nil {
			return err
		}
		if err := checkRevision(update.Revision, scope.Revision); err != nil {
			return err
		}
		set(&scope.Name, update.Name)
		set(&scope.Isolated, update.Isolated)
		if err := a.checkScope(scope); err != nil {
			return err
		}
		saved, err = c.putScope(ctx, scope, "scope.update")
		return err
	})
	return saved, receipt, err
}

// set overwrites field if value is given.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (c *change) putScope(ctx context.Context, scope iam.Scope, action string) (iam.Scope, error) {
	old, err := c.tx.Scopes().Get(ctx, scope.Ref)
	if same(old, err, scope) {
		return old, nil
	}
	if err := c.touch(ctx, scope.Tenant, fragment{kind: scopeFragment, ref: scope.Ref}); err != nil {
		return scope, err
	}
	saved, err := c.tx.Scopes().Put(ctx, scope)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, scope.Tenant, scope.Ref, map[string]any{
		"name": scope.Name, "isolated": scope.Isolated, "parent": scope.Parent.String(),
	})
}

// MoveScope hangs a scope, with all below it, under another parent of the same
// tenant.
//
// Errors: FAILED_PRECONDITION with reason MOVE_INTO_SUBTREE, OTHER_TENANT, or
// ROLE_OUT_OF_SCOPE if a policy below names a custom role of a scope that would
// no longer be above it; INVALID_ARGUMENT for a parent of a wrong type, or for a
// tenant, which has none; NOT_FOUND for either scope.
func (a *Adapter) MoveScope(ctx context.Context, ref, parent iam.Ref) (iam.Scope, Receipt, error) {
	var saved iam.Scope
	receipt, err := a.write(ctx, func(c *change) error {
		scope, err := c.lockedScope(ctx, "id", ref)
		if err != nil {
			return err
		}
		saved, err = c.moveScope(ctx, scope, parent)
		return err
	})
	return saved, receipt, err
}

func (c *change) moveScope(ctx context.Context, scope iam.Scope, parent iam.Ref) (iam.Scope, error) {
	path, err := c.path(ctx, parent)
	if err != nil && iam.CodeOf(err) != iam.NotFound {
		return scope, err
	}
	if path[scope.Ref] { // said first: the types of a subtree seldom fit either
		return scope, iam.Forbidden("MOVE_INTO_SUBTREE", "parent", parent.String(), "a scope cannot move under itself")
	}
	if err := c.checkParent(scope.Ref, parent); err != nil {
		return scope, err
	}
	target, err := scopeNoun().get(ctx, c.tx, "parent", parent)
	if err != nil {
		return scope, err
	}
	if target.Tenant != scope.Tenant {
		return scope, iam.Forbidden("OTHER_TENANT", "parent", parent.String(), "a scope cannot move to another tenant")
	}
	if err := c.checkRolesReach(ctx, scope.Ref, path); err != nil {
		return scope, err
	}
	scope.Parent = parent
	return c.putScope(ctx, scope, "scope.move")
}

// path returns a scope and all above it.
func (c *change) path(ctx context.Context, ref iam.Ref) (map[iam.Ref]bool, error) {
	path := map[iam.Ref]bool{}
	for !ref.IsZero() && !path[ref] {
		path[ref] = true
		scope, err := c.tx.Scopes().Get(ctx, ref)
		if err != nil {
			return nil, err
		}
		ref = scope.Parent
	}
	return path, nil
}

// checkRolesReach refuses a move after which a policy would name a custom role
// of a scope that is neither above it (in path) nor moves along.
func (c *change) checkRolesReach(ctx context.Context, moved iam.Ref, path map[iam.Ref]bool) error {
	subtree, err := c.tx.Scopes().List(ctx, ScopeFilter{Under: moved})
	if err != nil {
		return err
	}
	inside := map[iam.Ref]bool{}
	for _, scope := range subtree {
		inside[scope.Ref] = true
	}
	for _, scope := range subtree {
		policies, err := c.tx.Policies().List(ctx, PolicyFilter{Scope: scope.Ref})
		if err != nil {
			return err
		}
		for _, policy := range policies {
			if err := c.checkPolicyReach(ctx, policy, inside, path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *change) checkPolicyReach(ctx context.Context, policy iam.Policy, inside, path map[iam.Ref]bool) error {
	for _, id := range policy.Roles {
		if c.model.Role(string(id)) != nil {
			continue
		}
		role, err := c.tx.Roles().Get(ctx, id)
		if err != nil {
			return err
		}
		if !inside[role.Scope] && !path[role.Scope] {
			return iam.Forbidden("ROLE_OUT_OF_SCOPE", "parent", string(policy.ID),
				"this policy names role "+string(id)+" of "+role.Scope.String()+", which would no longer be above it")
		}
	}
	return nil
}

// DeleteScope removes a scope with all below it: scopes, policies, groups,
// service accounts, custom roles and resources that live there, and what
// elsewhere in the tenant names them.
//
// A revision other than 0 must be the scope's present one, else ABORTED. Other
// errors: NOT_FOUND; FAILED_PRECONDITION, reason OWNER_IN_USE, if a subject below
// owns something elsewhere that must keep its owners.
func (a *Adapter) DeleteScope(ctx context.Context, ref iam.Ref, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error { return c.dropScopes(ctx, ref, revision) })
}

// Scope returns a scope, or NOT_FOUND.
func (a *Adapter) Scope(ctx context.Context, ref iam.Ref) (iam.Scope, error) {
	return scopeNoun().read(ctx, a.store, ref)
}

// Scopes lists scopes in pages, ordered by reference; with Under, parents before
// children. The text is the token of the next page, empty after the last.
//
// Errors: INVALID_ARGUMENT for a filter that names a wrong type, or a page size or
// token that means nothing; ABORTED, reason PAGE_LOST, if Under is given and the
// scope where the page before ended is gone.
func (a *Adapter) Scopes(ctx context.Context, filter ScopeFilter, page Page) ([]iam.Scope, string, error) {
	if err := a.checkTypeFilter(filter.Type, schema.KindScope); err != nil {
		return nil, "", err
	}
	err := a.checkFilter(inScope("tenant", filter.Tenant), inScope("parent", filter.Parent), inScope("under", filter.Under))
	if err != nil {
		return nil, "", err
	}
	return scopeNoun().list(ctx, a.store, filter, page)
}
