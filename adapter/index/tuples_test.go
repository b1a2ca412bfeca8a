package index_test

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// tuplesOf is all that SpiceDB holds for a world.
func tuplesOf(model *schema.Model, world iam.World) []rel.Tuple {
	o, translator := reference.New(model, world), translate.New(model)
	active := func(subject iam.Ref) bool { return o.Active(subject) }
	tuples := translator.SystemRoles()
	for _, scope := range world.Scopes {
		tuples = append(tuples, translator.Scope(scope)...)
	}
	for _, role := range world.Roles {
		tuples = append(tuples, translator.Role(role)...)
	}
	for _, group := range world.Groups {
		tuples = append(tuples, translator.Group(group, active)...)
	}
	type held struct {
		scope iam.Ref
		role  iam.RoleID
	}
	holders := map[held][]iam.Ref{}
	for _, policy := range o.Policies {
		for _, role := range policy.Roles {
			at := held{policy.Scope, role}
			if !slices.Contains(holders[at], policy.Subject) {
				holders[at] = append(holders[at], policy.Subject)
			}
		}
	}
	for at, subjects := range holders {
		tuples = append(tuples, translator.Binding(at.scope, at.role, subjects, active)...)
	}
	for _, s := range world.ServiceAccounts {
		self := iam.Ref{Type: model.TypeOf(schema.KindServiceAccount), ID: string(s.ID)}
		tuples = append(tuples, translator.Owned(translate.Owned{Ref: self, Scope: s.Scope, Tenant: s.Tenant, Owners: s.Owners}, active)...)
	}
	for _, r := range world.Resources {
		counts := func(owner iam.Ref) bool {
			tiered := model.Type(r.Ref.Type).Ownership == schema.OwnershipTiered
			return active(owner) && (!tiered || o.Linked(owner, r.Scope))
		}
		tuples = append(tuples, translator.Owned(translate.Owned{Ref: r.Ref, Scope: r.Scope, Tenant: r.Tenant, Owners: r.Owners}, counts)...)
	}
	slices.SortFunc(tuples, rel.Tuple.Compare)
	return slices.Compact(tuples)
}
