package schema

import (
	"maps"
	"slices"
)

// Kind says what the objects of a type are.
type Kind string

// The kinds of types.
const (
	// KindUser: people. Exactly one type of a model has it.
	KindUser Kind = "user"
	// KindServiceAccount: subjects that are no people, at most one type.
	KindServiceAccount Kind = "service_account"
	// KindGroup: sets of subjects, at most one type.
	KindGroup Kind = "group"
	// KindScope: nodes of the hierarchy.
	KindScope Kind = "scope"
	// KindResource: ownable objects inside a scope.
	KindResource Kind = "resource"
)

// Ownership says what owners of an object mean for permissions on it (rule 11).
type Ownership string

// The ways of ownership.
const (
	// OwnershipNone: owners mean nothing; what holds at the scope holds here.
	OwnershipNone Ownership = ""
	// OwnershipGuarded: without owners the permission suffices; with owners one
	// must also be one of them, or hold the bypass permission at the tenant.
	OwnershipGuarded Ownership = "guarded"
	// OwnershipTiered: one permission at the scope for all objects, another for
	// those of one's groups, a third for one's own.
	OwnershipTiered Ownership = "tiered"
)

// InUse says what deleting a role does while policies use it.
type InUse string

// The two ways.
const (
	// InUseRefuse: the role stays.
	InUseRefuse InUse = "refuse"
	// InUseCascade: the role's policies go with it.
	InUseCascade InUse = "cascade"
)

// Model is one IAM system as data. Get one from Load; treat it as read-only.
type Model struct {
	Name        string            `yaml:"model"`
	Version     int               `yaml:"version"`
	Title       string            `yaml:"title"`
	Description string            `yaml:"description"`
	Sources     map[string]string `yaml:"sources"`

	Types       map[string]*Type `yaml:"types"`
	Policies    PolicyRules      `yaml:"policies"`
	CustomRoles *CustomRoleRules `yaml:"custom_roles"`
	// PermissionPattern is a regular expression for the names of permissions.
	PermissionPattern string        `yaml:"permission_pattern"`
	Permissions       []*Permission `yaml:"permissions"`
	Patterns          []*Pattern    `yaml:"patterns"`
	Roles             []*Role       `yaml:"roles"`

	permissions map[string]*Permission
	roles       map[string]*Role
	order       []string // type names, users first, parents before children
}

// Type is one kind of object.
type Type struct {
	Kind        Kind   `yaml:"kind"`
	Description string `yaml:"description"`
	// In lists the scope types that may hold an object of this type. A scope
	// type without In is a tenant.
	In []string `yaml:"in"`
	// Isolatable scopes may stop inheriting from their parent (rule 8).
	Isolatable bool `yaml:"isolatable"`
	// Members lists the types that may be in a group.
	Members []string `yaml:"members"`
	// NestedGroups is how deep groups may contain groups; 0 refuses it.
	NestedGroups int `yaml:"nested_groups"`
	// Carries: groups of this type have roles and scopes of their own (rule 14).
	Carries *Carries `yaml:"carries"`
	// Owners lists the types that may own an object.
	Owners    []string  `yaml:"owners"`
	Ownership Ownership `yaml:"ownership"`
	// MaxOwners bounds how many owners of a type an object may have; a type that
	// is not in it is not bounded.
	MaxOwners map[string]int `yaml:"max_owners"`
	// KeepsOwners lists the types of owners that cannot be deleted while they own
	// an object of this type. Other owners leave it when they are deleted.
	KeepsOwners []string `yaml:"keeps_owners"`
	// Bypass names the permission that, held at the tenant, opens guarded
	// objects without ownership.
	Bypass string `yaml:"bypass"`
	// IDCase is "lower" if ids must have no capital letters; empty: any.
	IDCase string `yaml:"id_case"`
	// IDPattern is a regular expression that ids must match as a whole.
	IDPattern string `yaml:"id_pattern"`

	// Name is the key of the type.
	Name string `yaml:"-"`
}

// Carries says which scopes a group may carry beside its roles. The group's
// roles hold at each carried scope and, with Own, where the group lives.
type Carries struct {
	Scopes []string `yaml:"scopes"`
	Own    bool     `yaml:"own"`
	// RolesRequired refuses a group without a role.
	RolesRequired bool `yaml:"roles_required"`
}

// PolicyRules are the switches of access policies (rule 15).
type PolicyRules struct {
	// Subjects lists the types a policy may name. Empty: there are no policies
	// but those that groups carry.
	Subjects []string `yaml:"subjects"`
	// At lists the scope types a policy may sit at; empty: all.
	At []string `yaml:"at"`
	// MaxRoles is the largest number of roles in a policy; at least 1.
	MaxRoles int `yaml:"max_roles"`
}

// CustomRoleRules are the switches of roles that people define. A model
// without them has system roles only.
type CustomRoleRules struct {
	// In lists the scope types a custom role may belong to.
	In []string `yaml:"in"`
	// Inherits is whether policies with custom roles reach below their scope;
	// default true.
	Inherits *bool `yaml:"inherits"`
	// InUse is what deleting a role in use does; default refuse.
	InUse InUse `yaml:"in_use"`
	// Pattern is a regular expression for the ids of custom roles.
	Pattern string `yaml:"pattern"`
	// AllowEmpty lets a role hold no permission at all.
	AllowEmpty bool `yaml:"allow_empty"`
}

// Permission is one action that a role can allow, or one that follows from
// others.
type Permission struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	// At lists the scope and resource types where it may be asked. Empty: it is
	// in the catalogue, and roles may hold it, but it holds nowhere.
	At []string `yaml:"at"`
	// Needs lists what the same role must hold for this one to count (rule 7).
	Needs []string `yaml:"needs"`
	// InheritIf names a permission that must hold at a scope for this one to
	// count there when it comes from above (rule 12).
	InheritIf string `yaml:"inherit_if"`
	// AnyRole: held by the subjects of any policy at the scope (rule 9).
	AnyRole bool `yaml:"any_role"`
	// FromBelow: also held by the subjects of any policy on a descendant (rule 10).
	FromBelow bool `yaml:"from_below"`
	// AliasOf names the permission this is another name of (rule 13).
	AliasOf string `yaml:"alias_of"`
	// Tiers make a permission on a tiered resource (rule 11).
	Tiers *Tiers `yaml:"tiers"`
}

// Tiers name the permissions at the scope that give a permission on its
// resources: on All of them, on those that my Groups own, on my Own. Empty
// fields give nothing. Own may also name another permission with tiers: then an
// owner has this one wherever he has that one, whichever of its tiers gives it.
type Tiers struct {
	All    string `yaml:"all"`
	Groups string `yaml:"groups"`
	Own    string `yaml:"own"`
}

// Derived reports whether the permission follows from others, so that no role
// can hold it.
func (p *Permission) Derived() bool { return p.AnyRole || p.AliasOf != "" || p.Tiers != nil }

// AppliesAt reports whether the permission may be asked on objects of a type.
func (p *Permission) AppliesAt(typeName string) bool { return slices.Contains(p.At, typeName) }

// Pattern is a wildcard that the system documents. A documented pattern may
// match no permission of today's catalogue.
type Pattern struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	At          []string `yaml:"at"`
}

// Role is a system role.
type Role struct {
	ID          string `yaml:"id"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// RoleKind sorts the roles for people ("primitive", "basic").
	RoleKind    string   `yaml:"kind"`
	Permissions []string `yaml:"permissions"`
	Except      []string `yaml:"except"`
	// PermissionsAt replaces Permissions where the content differs by the type
	// of the policy's scope (rule 4).
	PermissionsAt map[string][]string `yaml:"permissions_at"`
	// Assignable lists the scope types where a policy may name the role; empty:
	// the keys of PermissionsAt, or everywhere a policy may sit.
	Assignable []string `yaml:"assignable"`
	// Inherits: false keeps the role at the scope of its policy (rule 5).
	Inherits *bool    `yaml:"inherits"`
	Aliases  []string `yaml:"aliases"`
	// Deprecated roles work and are reported; after EndOfLife (a date) no new
	// policy may name them.
	Deprecated bool   `yaml:"deprecated"`
	EndOfLife  string `yaml:"end_of_life"`
	// ReplacedBy is the role that a migration puts in place of this one.
	ReplacedBy string `yaml:"replaced_by"`
}

// inherits is the reading of an optional switch that is on by default.
func inherits(value *bool) bool { return value == nil || *value }

// Type returns a type by name, or nil.
func (m *Model) Type(name string) *Type { return m.Types[name] }

// Permission returns a permission by its exact name, or nil.
func (m *Model) Permission(name string) *Permission { return m.permissions[name] }

// Role returns a system role by id or alias, or nil.
func (m *Model) Role(id string) *Role { return m.roles[id] }

// TypeNames returns all types: subjects first, then scopes with parents before
// children, then resources.
func (m *Model) TypeNames() []string { return slices.Clone(m.order) }

// TypeOf returns the name of the one type of a kind that has at most one, or
// "" if the model has none.
func (m *Model) TypeOf(kind Kind) string {
	for name, t := range m.Types {
		if t.Kind == kind {
			return name
		}
	}
	return ""
}

// IsTenant reports whether objects of the type are tenants.
func (m *Model) IsTenant(typeName string) bool {
	t := m.Types[typeName]
	return t != nil && t.Kind == KindScope && len(t.In) == 0
}

// ScopeTypes returns the scope types, parents before children.
func (m *Model) ScopeTypes() []string {
	return slices.DeleteFunc(m.TypeNames(), func(name string) bool { return m.Types[name].Kind != KindScope })
}

// PolicyTypes returns the scope types where a policy may sit.
func (m *Model) PolicyTypes() []string {
	if len(m.Policies.At) > 0 {
		return slices.Clone(m.Policies.At)
	}
	return m.ScopeTypes()
}

// AssignableAt returns the scope types where a policy may name the role.
func (m *Model) AssignableAt(role *Role) []string {
	switch {
	case len(role.Assignable) > 0:
		return slices.Clone(role.Assignable)
	case len(role.PermissionsAt) > 0:
		return slices.Sorted(maps.Keys(role.PermissionsAt))
	}
	return m.PolicyTypes()
}

// RoleInherits reports whether policies with the role reach below their scope.
// An id that is no system role stands for a custom role.
func (m *Model) RoleInherits(id string) bool {
	if role := m.roles[id]; role != nil {
		return inherits(role.Inherits)
	}
	return m.CustomRoles == nil || inherits(m.CustomRoles.Inherits)
}
