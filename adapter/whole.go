package adapter

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// binding names who holds a role where.
type binding struct {
	scope iam.Ref
	role  iam.RoleID
}

// translateWorld translates everything at once. It is the same function of the
// rows that a change computes piece by piece; a property test holds the two
// against each other.
func (a *Adapter) translateWorld(world iam.World) [][]rel.Tuple {
	active := activeIn(world, a)
	var groups [][]rel.Tuple
	for _, scope := range world.Scopes {
		groups = append(groups, a.translate.Scope(scope))
	}
	for _, role := range world.Roles {
		groups = append(groups, a.translate.Role(role))
	}
	for _, group := range world.Groups {
		groups = append(groups, a.translate.Group(group, active))
	}
	for held, subjects := range a.bindings(world) {
		groups = append(groups, a.translate.Binding(held.scope, held.role, sortedRefs(subjects), active))
	}
	counts := a.ownersCount(world, active)
	for _, account := range world.ServiceAccounts {
		owned := translate.Owned{Ref: a.serviceAccountRef(account.ID), Scope: account.Scope, Tenant: account.Tenant, Owners: account.Owners}
		groups = append(groups, a.translate.Owned(owned, active))
	}
	for _, resource := range world.Resources {
		owned := translate.Owned{Ref: resource.Ref, Scope: resource.Scope, Tenant: resource.Tenant, Owners: resource.Owners}
		groups = append(groups, a.translate.Owned(owned, counts(owned)))
	}
	return groups
}

func activeIn(world iam.World, a *Adapter) translate.Active {
	inactive := map[iam.Ref]bool{}
	for _, user := range world.Users {
		inactive[a.userRef(user.ID)] = user.Status == iam.Inactive
	}
	for _, account := range world.ServiceAccounts {
		inactive[a.serviceAccountRef(account.ID)] = account.Status == iam.Inactive
	}
	return func(subject iam.Ref) bool { return !inactive[subject] }
}

func (a *Adapter) bindings(world iam.World) map[binding][]iam.Ref {
	held := map[binding][]iam.Ref{}
	for _, policy := range world.Policies {
		for _, role := range policy.Roles {
			at := binding{policy.Scope, role}
			held[at] = append(held[at], policy.Subject)
		}
	}
	for _, group := range world.Groups {
		for _, scope := range a.carriedScopes(group) {
			for _, role := range group.Roles {
				at := binding{scope, role}
				held[at] = append(held[at], a.groupRef(group.ID))
			}
		}
	}
	return held
}

// ownersCount tells which owners of an object count (see ownersThatCount).
func (a *Adapter) ownersCount(world iam.World, active translate.Active) func(translate.Owned) translate.Active {
	kind := a.model.TypeOf(schema.KindGroup)
	if kind == "" || a.model.Type(kind).Carries == nil {
		return func(translate.Owned) translate.Active { return active }
	}
	carried := map[iam.Ref][]iam.Ref{}
	for _, group := range world.Groups {
		carried[a.groupRef(group.ID)] = a.carriedScopes(group)
	}
	return func(owned translate.Owned) translate.Active {
		return func(owner iam.Ref) bool {
			linked := owner.Type != kind || slices.Contains(carried[owner], owned.Scope)
			return active(owner) && (linked || a.model.Type(owned.Ref.Type).Ownership != schema.OwnershipTiered)
		}
	}
}
