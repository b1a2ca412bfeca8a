package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// tuples returns the tuples of a fragment as the rows are now. A fragment whose
// row is gone has none.
func (c *change) tuples(ctx context.Context, f fragment) ([]rel.Tuple, error) {
	switch f.kind {
	case scopeFragment:
		return present(c.tx.Scopes().Get(ctx, f.ref))(c.translate.Scope)
	case roleFragment:
		return present(c.tx.Roles().Get(ctx, f.role))(c.translate.Role)
	case groupFragment:
		return c.groupTuples(ctx, iam.GroupID(f.ref.ID))
	case bindingFragment:
		return c.bindingTuples(ctx, f.ref, f.role)
	case ownedFragment:
		return c.ownedTuples(ctx, f.ref)
	}
	return nil, nil
}

// present turns a row into tuples, and an absent row into none.
func present[Row any](row Row, err error) func(func(Row) []rel.Tuple) ([]rel.Tuple, error) {
	return func(tuples func(Row) []rel.Tuple) ([]rel.Tuple, error) {
		switch {
		case iam.CodeOf(err) == iam.NotFound:
			return nil, nil
		case err != nil:
			return nil, err
		}
		return tuples(row), nil
	}
}

func (c *change) groupTuples(ctx context.Context, id iam.GroupID) ([]rel.Tuple, error) {
	group, err := c.tx.Groups().Get(ctx, id)
	if err != nil {
		return present(group, err)(nil)
	}
	counts, err := c.activeOf(ctx, group.Members)
	if err != nil {
		return nil, err
	}
	return c.translate.Group(group, counts), nil
}

// bindingTuples gathers who holds a role at a scope: the subjects of policies,
// and the groups that carry both.
func (c *change) bindingTuples(ctx context.Context, scope iam.Ref, role iam.RoleID) ([]rel.Tuple, error) {
	subjects, err := c.tx.policies.subjects(ctx, binding{scope, role})
	if err != nil {
		return nil, err
	}
	carrying, err := c.carrying(ctx, scope, role)
	if err != nil {
		return nil, err
	}
	subjects = append(subjects, carrying...)
	counts, err := c.activeOf(ctx, subjects)
	if err != nil {
		return nil, err
	}
	return c.translate.Binding(scope, role, subjects, counts), nil
}

// carrying returns the groups that carry a role to a scope (rule 14).
func (c *change) carrying(ctx context.Context, scope iam.Ref, role iam.RoleID) ([]iam.Ref, error) {
	kind := c.model.TypeOf(schema.KindGroup)
	if kind == "" || c.model.Type(kind).Carries == nil {
		return nil, nil
	}
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Role: role})
	if err != nil {
		return nil, err
	}
	var refs []iam.Ref
	for _, group := range groups {
		if slices.Contains(c.carriedScopes(group), scope) {
			refs = append(refs, iam.Ref{Type: kind, ID: string(group.ID)})
		}
	}
	return refs, nil
}

// carriedScopes returns where the roles of a group hold.
func (a *Adapter) carriedScopes(group iam.Group) []iam.Ref {
	carries := a.model.Type(a.model.TypeOf(schema.KindGroup)).Carries
	if carries == nil {
		return nil
	}
	scopes := slices.Clone(group.Scopes)
	if carries.Own {
		scopes = append(scopes, group.Scope)
	}
	return scopes
}

func (c *change) ownedTuples(ctx context.Context, ref iam.Ref) ([]rel.Tuple, error) {
	owned, err := c.owned(ctx, ref)
	if err != nil {
		return present(owned, err)(nil)
	}
	counts, err := c.ownersThatCount(ctx, owned)
	if err != nil {
		return nil, err
	}
	return c.translate.Owned(owned, counts), nil
}

// owned reads an ownable object, whatever its noun.
func (c *change) owned(ctx context.Context, ref iam.Ref) (translate.Owned, error) {
	return c.ownedIn(ctx, c.tx, ref)
}

// ownedIn reads an ownable object from rows.
func (a *Adapter) ownedIn(ctx context.Context, rows Rows, ref iam.Ref) (translate.Owned, error) {
	if a.model.Type(ref.Type).Kind == schema.KindServiceAccount {
		account, err := rows.ServiceAccounts().Get(ctx, iam.ServiceAccountID(ref.ID))
		return translate.Owned{Ref: ref, Scope: account.Scope, Tenant: account.Tenant, Owners: account.Owners}, err
	}
	resource, err := rows.Resources().Get(ctx, ref)
	return translate.Owned{Ref: ref, Scope: resource.Scope, Tenant: resource.Tenant, Owners: resource.Owners}, err
}

// ownersThatCount tells active owners; where groups carry scopes, an owner
// group counts only if it carries the object's (rule 11).
func (c *change) ownersThatCount(ctx context.Context, owned translate.Owned) (translate.Active, error) {
	counts, err := c.activeOf(ctx, owned.Owners)
	if err != nil {
		return nil, err
	}
	kind := c.model.TypeOf(schema.KindGroup)
	if c.model.Type(owned.Ref.Type).Ownership != schema.OwnershipTiered || kind == "" || c.model.Type(kind).Carries == nil {
		return counts, nil
	}
	linked := map[iam.Ref]bool{}
	for _, owner := range owned.Owners {
		if owner.Type != kind {
			continue
		}
		group, err := c.tx.Groups().Get(ctx, iam.GroupID(owner.ID))
		if err != nil {
			return nil, err
		}
		linked[owner] = slices.Contains(c.carriedScopes(group), owned.Scope)
	}
	return func(owner iam.Ref) bool { return counts(owner) && (owner.Type != kind || linked[owner]) }, nil
}

// activeOf looks up subjects, so that a pure function can ask for them.
func (c *change) activeOf(ctx context.Context, subjects []iam.Ref) (translate.Active, error) {
	for _, subject := range subjects {
		if _, err := c.isActive(ctx, subject); err != nil {
			return nil, err
		}
	}
	return func(subject iam.Ref) bool { return c.active[subject] }, nil
}
