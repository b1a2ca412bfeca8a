package reference

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Oracle answers questions from the rows and the model alone, as naively as the
// rules are written: the rules' numbers are those of package schema. It knows
// neither tuples nor the compiled schema.
type Oracle struct {
	// World is what it speaks of.
	World iam.World
	// Policies are those of the world, with those that groups carry.
	Policies []iam.Policy

	model    *schema.Model
	scopes   map[iam.Ref]iam.Scope
	inactive map[iam.Ref]bool
	contents map[content][]string
}

// content is what a role holds at a type of scopes.
type content struct {
	role      iam.RoleID
	scopeType string
}

// New returns the oracle of a world.
func New(model *schema.Model, world iam.World) *Oracle {
	o := &Oracle{model: model, World: world, scopes: map[iam.Ref]iam.Scope{}, inactive: map[iam.Ref]bool{}, contents: map[content][]string{}}
	for _, s := range world.Scopes {
		o.scopes[s.Ref] = s
	}
	for _, u := range world.Users {
		o.inactive[iam.Ref{Type: model.TypeOf(schema.KindUser), ID: string(u.ID)}] = u.Status == iam.Inactive
	}
	for _, s := range world.ServiceAccounts {
		o.inactive[iam.Ref{Type: model.TypeOf(schema.KindServiceAccount), ID: string(s.ID)}] = s.Status == iam.Inactive
	}
	o.Policies = slices.Clone(world.Policies)
	for _, g := range world.Groups {
		for _, scope := range carried(model, g) {
			o.Policies = append(o.Policies, iam.Policy{Subject: groupRef(model, g), Scope: scope, Roles: g.Roles})
		}
	}
	return o
}

func groupRef(model *schema.Model, g iam.Group) iam.Ref {
	return iam.Ref{Type: model.TypeOf(schema.KindGroup), ID: string(g.ID)}
}

// carried is rule 14.
func carried(model *schema.Model, g iam.Group) []iam.Ref {
	carries := model.Type(model.TypeOf(schema.KindGroup)).Carries
	if carries == nil {
		return nil
	}
	if carries.Own {
		return append(slices.Clone(g.Scopes), g.Scope)
	}
	return g.Scopes
}

// Active reports whether a subject may do anything at all; whoever has no status
// may.
func (o *Oracle) Active(subject iam.Ref) bool { return !o.inactive[subject] }

// Allowed is the whole truth about one question: rules 2 and 13, then where.
func (o *Oracle) Allowed(subject iam.Ref, permission string, object iam.Ref) bool {
	p := o.model.Permission(permission)
	if !p.AppliesAt(object.Type) || o.inactive[subject] {
		return false
	}
	if p.AliasOf != "" {
		return o.Allowed(subject, p.AliasOf, object)
	}
	if o.model.Type(object.Type).Kind == schema.KindScope {
		_, exists := o.scopes[object]
		return exists && o.atScope(subject, p, object)
	}
	return o.onOwned(subject, p, object)
}

// atScope is rules 9 and 10, and what roles give.
func (o *Oracle) atScope(subject iam.Ref, p *schema.Permission, scope iam.Ref) bool {
	for _, policy := range o.Policies {
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
// above it and on the way down: rules 5, 8 and 12.
func (o *Oracle) comesTo(subject iam.Ref, p *schema.Permission, scope iam.Ref) bool {
	for _, policy := range o.Policies {
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
	if p.InheritIf != "" && p.AppliesAt(scope.Type) && !o.Allowed(subject, p.InheritIf, scope) {
		return false
	}
	return o.comesTo(subject, p, above)
}

func (o *Oracle) gives(policy iam.Policy, p *schema.Permission, mustInherit bool) bool {
	return slices.ContainsFunc(policy.Roles, func(id iam.RoleID) bool {
		return (!mustInherit || o.model.RoleInherits(string(id))) && slices.Contains(o.Content(id, policy.Scope.Type), p.Name)
	})
}

// Content returns what a role holds at scopes of a type: rules 3, 4 and 7.
func (o *Oracle) Content(id iam.RoleID, scopeType string) []string {
	key := content{id, scopeType}
	if known, met := o.contents[key]; met {
		return known
	}
	names := o.model.Content(string(id), scopeType)
	for _, custom := range o.World.Roles {
		if custom.ID == id {
			names = append(names, o.model.ExpandCustom(string(custom.Base), custom.Permissions, custom.Except)...)
		}
	}
	o.contents[key] = names
	return names
}

// is says whether subject is named, itself or through groups.
func (o *Oracle) is(subject, named iam.Ref) bool {
	if subject == named {
		return true
	}
	for _, g := range o.World.Groups {
		if groupRef(o.model, g) == named && slices.ContainsFunc(g.Members, func(m iam.Ref) bool { return o.is(subject, m) }) {
			return true
		}
	}
	return false
}

// under says whether scope lies strictly below top.
func (o *Oracle) under(scope, top iam.Ref) bool {
	parent := o.scopes[scope].Parent
	return !parent.IsZero() && (parent == top || o.under(parent, top))
}

// onOwned is rule 11.
func (o *Oracle) onOwned(subject iam.Ref, p *schema.Permission, object iam.Ref) bool {
	scope, owners, exists := o.owned(object)
	kind := o.model.Type(object.Type)
	switch {
	case !exists:
		return false
	case kind.Ownership == schema.OwnershipTiered:
		return o.tiered(subject, p, object)
	case !o.atScope(subject, p, scope):
		return false
	case kind.Ownership == schema.OwnershipNone || len(owners) == 0:
		return true
	}
	owner := slices.ContainsFunc(owners, func(owner iam.Ref) bool { return o.is(subject, owner) })
	return owner || kind.Bypass != "" && o.Allowed(subject, kind.Bypass, o.scopes[scope].Tenant)
}

// tiered is the part of rule 11 about all, groups and own.
func (o *Oracle) tiered(subject iam.Ref, p *schema.Permission, object iam.Ref) bool {
	scope, owners, _ := o.owned(object)
	held := func(name string) bool { return name != "" && o.atScope(subject, o.model.Permission(name), scope) }
	return held(p.Tiers.All) || slices.ContainsFunc(owners, func(owner iam.Ref) bool {
		tier := p.Tiers.Own
		if owner.Type == o.model.TypeOf(schema.KindGroup) {
			tier = p.Tiers.Groups
		}
		if through := o.model.Permission(tier); through != nil && through.Tiers != nil {
			return o.is(subject, owner) && o.onOwned(subject, through, object)
		}
		return o.is(subject, owner) && o.Linked(owner, scope) && held(tier)
	})
}

// Linked says whether an owner counts for objects of a scope: a group that
// carries scopes must carry this one.
func (o *Oracle) Linked(owner, scope iam.Ref) bool {
	for _, g := range o.World.Groups {
		if groupRef(o.model, g) == owner && o.model.Type(owner.Type).Carries != nil {
			return slices.Contains(carried(o.model, g), scope)
		}
	}
	return true
}

func (o *Oracle) owned(object iam.Ref) (scope iam.Ref, owners []iam.Ref, exists bool) {
	for _, s := range o.World.ServiceAccounts {
		if o.model.TypeOf(schema.KindServiceAccount) == object.Type && string(s.ID) == object.ID {
			return s.Scope, s.Owners, true
		}
	}
	for _, r := range o.World.Resources {
		if r.Ref == object {
			return r.Scope, r.Owners, true
		}
	}
	return iam.Ref{}, nil, false
}
