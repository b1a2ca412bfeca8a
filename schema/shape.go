package schema

import "slices"

// The relations and permissions that the compiled schema itself needs, beside
// those named after the model's permissions.
const (
	RelationParent         = "parent"          // scope -> the scope it inherits from
	RelationIsolatedParent = "isolated_parent" // isolated scope -> the scope above it
	RelationChild          = "child"           // scope -> the scopes below it
	RelationBinding        = "role_binding"    // scope -> bindings that reach below it
	RelationLocalBinding   = "local_role_binding"
	RelationRole           = "role"        // binding -> its role
	RelationSubject        = "subject"     // binding -> who holds it
	RelationMember         = "member"      // group -> who is in it
	RelationScope          = "scope"       // resource -> where it lives
	RelationTenant         = "tenant"      // resource -> the root above it
	RelationOwner          = "owner"       // resource -> who owns it
	RelationOwnerGroup     = "owner_group" // tiered resource -> groups that own it
	RelationUnowned        = "unowned"     // guarded resource without owners -> everybody

	permissionHolder      = "holder"       // subjects of policies at the scope
	permissionHolderBelow = "holder_below" // subjects of policies below the scope
	permissionUnguarded   = "unguarded"    // who may pass the guard of an owned object

	// DefinitionRole and DefinitionBinding are the compiler's own object types.
	DefinitionRole    = "role"
	DefinitionBinding = "role_binding"

	// inheritableSuffix names the part of a permission that reaches below a
	// scope, where that differs from what holds at the scope.
	inheritableSuffix = "__inheritable"
)

// reservedRelations may not be the identifier of a permission.
var reservedRelations = []string{
	RelationParent, RelationIsolatedParent, RelationChild, RelationBinding, RelationLocalBinding,
	RelationRole, RelationSubject, RelationMember, RelationScope, RelationTenant, RelationOwner,
	RelationOwnerGroup, RelationUnowned, permissionHolder, permissionHolderBelow, permissionUnguarded,
}

// HasInheriting reports whether some role of the model reaches below its scope.
func (m *Model) HasInheriting() bool { return m.hasRole(true) }

// HasLocal reports whether some role of the model stays at its scope.
func (m *Model) HasLocal() bool { return m.hasRole(false) }

func (m *Model) hasRole(reaching bool) bool {
	custom := m.CustomRoles != nil && inherits(m.CustomRoles.Inherits) == reaching
	return custom || slices.ContainsFunc(m.Roles, func(r *Role) bool { return inherits(r.Inherits) == reaching })
}

// SubjectTypes returns the types of those who ask: users and service accounts.
func (m *Model) SubjectTypes() []string {
	return slices.DeleteFunc(m.TypeNames(), func(name string) bool {
		kind := m.Types[name].Kind
		return kind != KindUser && kind != KindServiceAccount
	})
}

// BindingSubjects returns the types that a binding may name: those of policies,
// and groups that carry roles.
func (m *Model) BindingSubjects() []string {
	subjects := slices.Clone(m.Policies.Subjects)
	group := m.TypeOf(KindGroup)
	if group != "" && m.Types[group].Carries != nil && !slices.Contains(subjects, group) {
		subjects = append(subjects, group)
	}
	return subjects
}

// Grantable returns the permissions that roles can hold and that hold
// somewhere. Those are the relations of the role definition.
func (m *Model) Grantable() []*Permission {
	return slices.DeleteFunc(slices.Clone(m.Permissions), func(p *Permission) bool {
		return p.Derived() || len(p.At) == 0
	})
}

// NeedsChildren reports whether scopes of the type keep tuples to the scopes
// below them: something on the type, or above it, is seen from below (rule 10).
func (m *Model) NeedsChildren(typeName string) bool {
	return m.seenFromBelow(typeName) && len(m.childTypes(typeName)) > 0
}

func (m *Model) seenFromBelow(typeName string) bool {
	applies := slices.ContainsFunc(m.Permissions, func(p *Permission) bool { return p.FromBelow && p.AppliesAt(typeName) })
	return applies || slices.ContainsFunc(m.Types[typeName].In, m.seenFromBelow)
}

// TenantOwned reports whether objects of a guarded type keep a tuple to their
// tenant, because their scope need not be one.
func (m *Model) TenantOwned(typeName string) bool {
	t := m.Types[typeName]
	return t.Bypass != "" && slices.ContainsFunc(t.In, func(in string) bool { return !m.IsTenant(in) })
}

// childTypes returns the scope types that may sit directly under one.
func (m *Model) childTypes(typeName string) []string {
	return slices.DeleteFunc(m.ScopeTypes(), func(name string) bool {
		return !slices.Contains(m.Types[name].In, typeName)
	})
}

// parentTypes returns the types that a scope may inherit from: those it may sit
// under, and its tenants if it can be isolated.
func (m *Model) parentTypes(typeName string) []string {
	t := m.Types[typeName]
	parents := slices.Clone(t.In)
	if !t.Isolatable {
		return parents
	}
	for _, name := range m.ScopeTypes() {
		if m.IsTenant(name) && m.isAbove(name, typeName) && !slices.Contains(parents, name) {
			parents = append(parents, name)
		}
	}
	return parents
}

func (m *Model) isAbove(ancestor, typeName string) bool {
	return slices.ContainsFunc(m.Types[typeName].In, func(parent string) bool {
		return parent == ancestor || m.isAbove(ancestor, parent)
	})
}

// holdsAt reports whether a permission is asked at a scope type, or on the
// resources in it.
func (m *Model) holdsAt(p *Permission, typeName string) bool {
	if p.AppliesAt(typeName) {
		return true
	}
	return slices.ContainsFunc(m.order, func(name string) bool {
		t := m.Types[name]
		return (t.Kind == KindResource || t.Kind == KindServiceAccount) && slices.Contains(t.In, typeName) && p.AppliesAt(name)
	})
}

// handsDown reports whether a scope type below this one needs the permission
// from it.
func (m *Model) handsDown(p *Permission, typeName string) bool {
	if !m.HasInheriting() {
		return false
	}
	return slices.ContainsFunc(m.ScopeTypes(), func(name string) bool {
		return slices.Contains(m.parentTypes(name), typeName) && (m.holdsAt(p, name) || m.handsDown(p, name))
	})
}

// split reports whether what reaches below a scope is another set than what
// holds at it.
func (m *Model) split(p *Permission) bool {
	return m.HasInheriting() && (p.FromBelow || m.HasLocal())
}
