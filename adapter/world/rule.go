package world

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// rule is a rule of models, as coverage sees it.
type rule struct {
	name    string
	used    func(*schema.Model) bool
	touched func(*story) bool
}

// rules returns those that a model may use or not, with their numbers in the
// design.
func rules() []rule {
	anyRole := func(p *schema.Permission) bool { return p.AnyRole }
	fromBelow := func(p *schema.Permission) bool { return p.FromBelow }
	tiers := func(p *schema.Permission) bool { return p.Tiers != nil }
	inheritIf := func(p *schema.Permission) bool { return p.InheritIf != "" }
	alias := func(p *schema.Permission) bool { return p.AliasOf != "" }
	needs := func(p *schema.Permission) bool { return len(p.Needs) > 0 }
	byType := func(r *schema.Role) bool { return r.PermissionsAt != nil }
	replaced := func(r *schema.Role) bool { return r.ReplacedBy != "" }
	aliased := func(r *schema.Role) bool { return len(r.Aliases) > 0 }
	isolatable := func(t *schema.Type) bool { return t.Isolatable }
	guarded := func(t *schema.Type) bool { return t.Ownership == schema.OwnershipGuarded }
	bypass := func(t *schema.Type) bool { return t.Bypass != "" }
	carries := func(t *schema.Type) bool { return t.Carries != nil }

	return []rule{
		{"3, custom roles with a base", customRoles, definesRole(func(r iam.Role) bool { return r.Base != "" })},
		{"3, custom roles with except", customRoles, definesRole(func(r iam.Role) bool { return len(r.Except) > 0 })},
		{"4, roles with another content per scope type (permissions_at)", someRole(byType), gives(byType)},
		{"5, roles that stay at their scope (inherits: false)", localRoles, (*story).staysLocal},
		{"6, aliases of roles", someRole(aliased), (*story).givesAlias},
		{"6, replaced roles and their migration (replaced_by)", someRole(replaced), migrates(replaced)},
		{"7, needs in the same role", somePermission(needs), (*story).lacksNeeded},
		{"8, isolated scopes", someType(isolatable), (*story).isolates},
		{"9, permissions of any role holder (any_role)", somePermission(anyRole), asks(anyRole, anywhere)},
		{"10, permissions seen from below (from_below)", somePermission(fromBelow), asks(fromBelow, (*story).givenBelow)},
		{"11, guarded ownership", someType(guarded), asks(anyPermission, (*story).guardedHere)},
		{"11, bypass of guarded ownership", someType(bypass), asks(anyPermission, (*story).bypassed)},
		{"11, tiered ownership", somePermission(tiers), asks(tiers, func(s *story, o iam.Ref) bool { return s.owned[o] })},
		{"12, inherit only if (inherit_if)", somePermission(inheritIf), asks(inheritIf, (*story).givenAbove)},
		{"13, aliases of permissions", somePermission(alias), asks(alias, anywhere)},
		{"14, groups that carry roles", someType(carries), (*story).carries},
	}
}

func anywhere(*story, iam.Ref) bool           { return true }
func anyPermission(*schema.Permission) bool   { return true }
func customRoles(m *schema.Model) bool        { return m.CustomRoles != nil }
func isLocal(m *schema.Model, id string) bool { return !m.RoleInherits(id) }
func (s *story) guardedHere(o iam.Ref) bool {
	return s.owned[o] && s.ownership(o) == schema.OwnershipGuarded
}
func (s *story) givenBelow(object iam.Ref) bool {
	return s.given(func(g grant) bool { return s.below(g.scope, object) })
}
func (s *story) givenAbove(object iam.Ref) bool {
	return s.given(func(g grant) bool { return s.below(object, g.scope) })
}

func localRoles(m *schema.Model) bool {
	// An id that no role has stands for custom roles.
	return someRole(func(r *schema.Role) bool { return isLocal(m, r.ID) })(m) || customRoles(m) && isLocal(m, "")
}

func somePermission(is func(*schema.Permission) bool) func(*schema.Model) bool {
	return func(m *schema.Model) bool { return slices.ContainsFunc(m.Permissions, is) }
}

func someRole(is func(*schema.Role) bool) func(*schema.Model) bool {
	return func(m *schema.Model) bool { return slices.ContainsFunc(m.Roles, is) }
}

func someType(is func(*schema.Type) bool) func(*schema.Model) bool {
	return func(m *schema.Model) bool {
		return slices.ContainsFunc(m.TypeNames(), func(name string) bool { return is(m.Type(name)) })
	}
}

func (s *story) given(is func(grant) bool) bool { return slices.ContainsFunc(s.grants, is) }

func (s *story) ownership(object iam.Ref) schema.Ownership {
	if t := s.model.Type(object.Type); t != nil {
		return t.Ownership
	}
	return schema.OwnershipNone
}

// asks: a question about such a permission, on such an object.
func asks(permission func(*schema.Permission) bool, where func(*story, iam.Ref) bool) func(*story) bool {
	return func(s *story) bool {
		return slices.ContainsFunc(s.questions, func(q Question) bool {
			p := s.model.Permission(q.Permission)
			return p != nil && permission(p) &&
				slices.ContainsFunc(s.objects(q), func(object iam.Ref) bool { return where(s, object) })
		})
	}
}

func definesRole(is func(iam.Role) bool) func(*story) bool {
	return func(s *story) bool { return slices.ContainsFunc(s.roles, is) }
}

func gives(is func(*schema.Role) bool) func(*story) bool {
	return func(s *story) bool {
		return s.given(func(g grant) bool { role := s.model.Role(string(g.role)); return role != nil && is(role) })
	}
}

func migrates(is func(*schema.Role) bool) func(*story) bool {
	return func(s *story) bool { return s.migrates && gives(is)(s) }
}

func (s *story) givesAlias() bool {
	return s.given(func(g grant) bool {
		role := s.model.Role(string(g.role))
		return role != nil && role.ID != string(g.role)
	})
}

// staysLocal: a question below the scope where such a role is given.
func (s *story) staysLocal() bool {
	return asks(anyPermission, func(s *story, object iam.Ref) bool {
		return s.given(func(g grant) bool { return isLocal(s.model, string(g.role)) && s.below(object, g.scope) })
	})(s)
}

// isolates: a question about an isolated scope, or below it.
func (s *story) isolates() bool {
	return asks(anyPermission, func(s *story, object iam.Ref) bool {
		return slices.ContainsFunc(s.scopes, func(scope iam.Scope) bool {
			return scope.Isolated && (object == scope.Ref || s.below(object, scope.Ref))
		})
	})(s)
}

// bypassed: a question about a guarded object above which, at the tenant, the
// permission is given that opens it.
func (s *story) bypassed(object iam.Ref) bool {
	return s.guardedHere(object) && s.given(func(g grant) bool {
		return s.model.IsTenant(g.scope.Type) && s.below(object, g.scope) && s.holds(g, s.model.Type(object.Type).Bypass)
	})
}

// lacksNeeded: a question about a permission that a custom role names without
// what it needs.
func (s *story) lacksNeeded() bool {
	return definesRole(func(r iam.Role) bool {
		held := s.model.ExpandCustom(string(r.Base), r.Permissions, r.Except)
		return slices.ContainsFunc(s.questions, func(q Question) bool {
			p := s.model.Permission(q.Permission)
			names := func(pattern string) bool { return schema.Match(pattern, q.Permission) }
			return p != nil && len(p.Needs) > 0 && slices.ContainsFunc(r.Permissions, names) && !slices.ContainsFunc(r.Except, names) &&
				!slices.Contains(held, q.Permission)
		})
	})(s)
}

func (s *story) carries() bool {
	return slices.ContainsFunc(s.groups, func(g iam.Group) bool { return len(g.Roles) > 0 })
}
