package adapter_test

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// oracle answers questions from the rows and the model alone, as naively as the
// rules are written. It knows neither tuples nor the compiled schema.
type oracle struct {
	model    *schema.Model
	world    iam.World
	scopes   map[iam.Ref]iam.Scope
	inactive map[iam.Ref]bool
	policies []iam.Policy // with those that groups carry
}

func newOracle(model *schema.Model, world iam.World) *oracle {
	o := &oracle{model: model, world: world, scopes: map[iam.Ref]iam.Scope{}, inactive: map[iam.Ref]bool{}}
	for _, s := range world.Scopes {
		o.scopes[s.Ref] = s
	}
	for _, u := range world.Users {
		o.inactive[iam.Ref{Type: model.TypeOf(schema.KindUser), ID: string(u.ID)}] = u.Status == iam.Inactive
	}
	for _, s := range world.ServiceAccounts {
		o.inactive[iam.Ref{Type: model.TypeOf(schema.KindServiceAccount), ID: string(s.ID)}] = s.Status == iam.Inactive
	}
	o.policies = slices.Clone(world.Policies)
	for _, g := range world.Groups {
		for _, scope := range o.carried(g) {
			o.policies = append(o.policies, iam.Policy{Subject: o.group(g), Scope: scope, Roles: g.Roles})
		}
	}
	return o
}

func (o *oracle) group(g iam.Group) iam.Ref {
	return iam.Ref{Type: o.model.TypeOf(schema.KindGroup), ID: string(g.ID)}
}

func (o *oracle) carried(g iam.Group) []iam.Ref {
	carries := o.model.Type(o.model.TypeOf(schema.KindGroup)).Carries
	if carries == nil {
		return nil
	}
	if carries.Own {
		return append(slices.Clone(g.Scopes), g.Scope)
	}
	return g.Scopes
}

// allowed is the whole truth about one question.
func (o *oracle) allowed(subject iam.Ref, permission string, object iam.Ref) bool {
	p := o.model.Permission(permission)
	if !p.AppliesAt(object.Type) || o.inactive[subject] {
		return false
	}
	if p.AliasOf != "" {
		return o.allowed(subject, p.AliasOf, object)
	}
	if o.model.Type(object.Type).Kind == schema.KindScope {
		_, exists := o.scopes[object]
		return exists && o.atScope(subject, p, object)
	}
	return o.onOwned(subject, p, object)
}

func (o *oracle) atScope(subject iam.Ref, p *schema.Permission, scope iam.Ref) bool {
	for _, policy := range o.policies {
		if !o.is(subject, policy.Subject) {
			continue
		}
		here, below := policy.Scope == scope, o.under(policy.Scope, scope)
		if here && (p.AnyRole || o.gives(policy, p, false)) || below && p.FromBelow {
			return true
		}
	}
	return o.comesTo(subject, p, scope)
}

// comesTo says whether an inheriting role gives the permission at the scope, or
// above it and on the way down.
func (o *oracle) comesTo(subject iam.Ref, p *schema.Permission, scope iam.Ref) bool {
	for _, policy := range o.policies {
		if policy.Scope == scope && o.is(subject, policy.Subject) && o.gives(policy, p, true) {
			return true
		}
	}
	row := o.scopes[scope]
	if row.Parent.IsZero() {
		return false
	}
	above := row.Parent
	if row.Isolated {
		above = row.Tenant
	}
	if p.InheritIf != "" && p.AppliesAt(scope.Type) && !o.allowed(subject, p.InheritIf, scope) {
		return false
	}
	return o.comesTo(subject, p, above)
}

// gives says whether a role of the policy holds the permission.
func (o *oracle) gives(policy iam.Policy, p *schema.Permission, mustInherit bool) bool {
	roles := slices.DeleteFunc(slices.Clone(policy.Roles), func(id iam.RoleID) bool {
		return mustInherit && !o.model.RoleInherits(string(id))
	})
	policy.Roles = roles
	return slices.Contains(o.content(policy), p.Name)
}

// content returns what the roles of a policy hold at its scope.
func (o *oracle) content(policy iam.Policy) []string {
	var names []string
	for _, id := range policy.Roles {
		names = append(names, o.model.Content(string(id), policy.Scope.Type)...)
		for _, custom := range o.world.Roles {
			if custom.ID == id {
				names = append(names, o.model.ExpandCustom(string(custom.Base), custom.Permissions, custom.Except)...)
			}
		}
	}
	return names
}

// is says whether subject is named, itself or through groups.
func (o *oracle) is(subject, named iam.Ref) bool {
	if subject == named {
		return true
	}
	for _, g := range o.world.Groups {
		if o.group(g) == named && slices.ContainsFunc(g.Members, func(m iam.Ref) bool { return o.is(subject, m) }) {
			return true
		}
	}
	return false
}

// under says whether scope lies strictly below top.
func (o *oracle) under(scope, top iam.Ref) bool {
	parent := o.scopes[scope].Parent
	return !parent.IsZero() && (parent == top || o.under(parent, top))
}

func (o *oracle) onOwned(subject iam.Ref, p *schema.Permission, object iam.Ref) bool {
	scope, owners, exists := o.owned(object)
	kind := o.model.Type(object.Type)
	held := func(name string, owner iam.Ref) bool {
		counts := owner.IsZero() || o.is(subject, owner) && o.linked(owner, scope)
		return name != "" && counts && o.atScope(subject, o.model.Permission(name), scope)
	}
	switch {
	case !exists:
		return false
	case kind.Ownership == schema.OwnershipTiered:
		yes := held(p.Tiers.All, iam.Ref{})
		for _, owner := range owners {
			tier := p.Tiers.Own
			if owner.Type == o.model.TypeOf(schema.KindGroup) {
				tier = p.Tiers.Groups
			}
			if through := o.model.Permission(tier); through != nil && through.Tiers != nil {
				yes = yes || o.is(subject, owner) && o.onOwned(subject, through, object)
				continue
			}
			yes = yes || held(tier, owner)
		}
		return yes
	case !o.atScope(subject, p, scope):
		return false
	case kind.Ownership == schema.OwnershipNone || len(owners) == 0:
		return true
	}
	owner := slices.ContainsFunc(owners, func(owner iam.Ref) bool { return o.is(subject, owner) })
	return owner || kind.Bypass != "" && o.allowed(subject, kind.Bypass, o.scopes[scope].Tenant)
}

// linked says whether an owner counts for objects of a scope: a group that
// carries scopes must carry this one.
func (o *oracle) linked(owner, scope iam.Ref) bool {
	for _, g := range o.world.Groups {
		if o.group(g) == owner && o.model.Type(owner.Type).Carries != nil {
			return slices.Contains(o.carried(g), scope)
		}
	}
	return true
}

func (o *oracle) owned(object iam.Ref) (scope iam.Ref, owners []iam.Ref, exists bool) {
	for _, s := range o.world.ServiceAccounts {
		if o.model.TypeOf(schema.KindServiceAccount) == object.Type && string(s.ID) == object.ID {
			return s.Scope, s.Owners, true
		}
	}
	for _, r := range o.world.Resources {
		if r.Ref == object {
			return r.Scope, r.Owners, true
		}
	}
	return iam.Ref{}, nil, false
}
