package schema

import (
	"maps"
	"slices"
)

// Content returns the exact names of the permissions that a system role holds
// when its policy sits at a scope of the given type, sorted. It is nil for an
// unknown role and for a type where the role may not be assigned.
func (m *Model) Content(roleID, scopeType string) []string {
	role := m.roles[roleID]
	if role == nil || !slices.Contains(m.AssignableAt(role), scopeType) {
		return nil
	}
	patterns := role.Permissions
	if role.PermissionsAt != nil {
		patterns = role.PermissionsAt[scopeType]
	}
	return m.Expand(patterns, role.Except)
}

// Expand returns the permissions that patterns give after except is taken
// away, sorted. A permission whose needs are not met by the rest falls (rule 7).
func (m *Model) Expand(patterns, except []string) []string {
	set := map[string]bool{}
	m.expand(set, patterns, false)
	m.expand(set, except, true)
	m.dropUnmet(set)
	return slices.Sorted(maps.Keys(set))
}

// ExpandCustom returns what a custom role holds: the content of its base, plus
// permissions, minus except. An unknown base gives nothing.
func (m *Model) ExpandCustom(base string, permissions, except []string) []string {
	set := map[string]bool{}
	if role := m.roles[base]; role != nil {
		m.expand(set, role.Permissions, false)
		m.expand(set, role.Except, true)
	}
	m.expand(set, permissions, false)
	m.expand(set, except, true)
	m.dropUnmet(set)
	return slices.Sorted(maps.Keys(set))
}

// dropUnmet removes permissions until each one left has what it needs.
func (m *Model) dropUnmet(set map[string]bool) {
	for removed := true; removed; {
		removed = false
		for name := range set {
			if slices.ContainsFunc(m.permissions[name].Needs, func(need string) bool { return !set[need] }) {
				delete(set, name)
				removed = true
			}
		}
	}
}

// Variants returns the scope types for which a role has a content of its own,
// or a single "" if the content is the same everywhere. Each variant is one
// role object in SpiceDB.
func (m *Model) Variants(roleID string) []string {
	role := m.roles[roleID]
	if role == nil || role.PermissionsAt == nil {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(role.PermissionsAt))
}

// SystemContent returns what a variant of a system role holds (see Variants).
func (m *Model) SystemContent(role *Role, variant string) []string {
	if variant == "" {
		return m.Expand(role.Permissions, role.Except)
	}
	return m.Expand(role.PermissionsAt[variant], role.Except)
}
