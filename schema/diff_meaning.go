package schema

import (
	"slices"
	"strings"
)

// contents compares what the roles of both models give, wherever both can be
// assigned.
func (d *Difference) contents(before, after *Model) {
	for _, role := range before.Roles {
		for _, at := range before.AssignableAt(role) {
			now := after.roles[role.ID]
			if now == nil || !slices.Contains(after.AssignableAt(now), at) {
				continue
			}
			old, current := before.Content(role.ID, at), after.Content(role.ID, at)
			change := ContentChange{Role: role.ID, ScopeType: at, Gained: missing(current, old), Lost: missing(old, current)}
			if len(change.Gained)+len(change.Lost) > 0 {
				d.Contents = append(d.Contents, change)
			}
		}
	}
}

// reaches compares where permissions are applicable.
func (d *Difference) reaches(before, after *Model) {
	holders := after.holders()
	for _, p := range before.Permissions {
		now := after.permissions[p.Name]
		if now == nil {
			continue
		}
		reach := Reach{Permission: p.Name, Gained: missing(now.At, p.At), Lost: missing(p.At, now.At), Roles: holders[p.Name]}
		if len(reach.Gained)+len(reach.Lost) > 0 {
			d.Reaches = append(d.Reaches, reach)
		}
	}
}

// holders returns the system roles that hold a permission anywhere, for each
// permission.
func (m *Model) holders() map[string][]string {
	held := map[string][]string{}
	for _, role := range m.Roles {
		content := map[string]bool{}
		for _, variant := range m.Variants(role.ID) {
			for _, name := range m.SystemContent(role, variant) {
				content[name] = true
			}
		}
		for name := range content {
			held[name] = append(held[name], role.ID)
		}
	}
	return held
}

// PatternChanges returns those of the patterns that match more, or less, in
// after than in before. Give it the patterns of stored custom roles to learn
// which roles change.
func PatternChanges(before, after *Model, patterns []string) []PatternChange {
	var all []PatternChange
	for _, pattern := range patterns {
		old, current := before.matching(pattern), after.matching(pattern)
		change := PatternChange{Pattern: pattern, Gained: missing(current, old), Lost: missing(old, current)}
		if len(change.Gained)+len(change.Lost) > 0 {
			all = append(all, change)
		}
	}
	return all
}

// matching returns the permissions that a role with the pattern is meant to
// hold, sorted.
func (m *Model) matching(pattern string) []string {
	var found []string
	for _, p := range m.Permissions {
		if !p.Derived() && Match(pattern, p.Name) {
			found = append(found, p.Name)
		}
	}
	slices.Sort(found)
	return found
}

// knownPatterns returns the wildcards that either model documents or uses,
// sorted. Custom roles mostly hold those.
func knownPatterns(models ...*Model) []string {
	var all []string
	for _, m := range models {
		for _, p := range m.Patterns {
			all = append(all, p.Name)
		}
		for _, role := range m.Roles {
			all = append(all, role.Permissions...)
		}
	}
	all = slices.DeleteFunc(all, func(pattern string) bool { return !strings.Contains(pattern, wildcard) })
	slices.Sort(all)
	return slices.Compact(all)
}

func orphans(before, after *Model) Orphans {
	var o Orphans
	for _, name := range before.order {
		t, now := before.Types[name], after.Types[name]
		if now == nil || now.Kind != t.Kind {
			o.Types = append(o.Types, name)
			continue
		}
		for _, in := range missing(t.In, now.In) {
			o.Places = append(o.Places, Place{Type: name, In: in})
		}
	}
	for _, p := range before.Permissions {
		now := after.permissions[p.Name]
		if !p.Derived() && (now == nil || now.Derived()) {
			o.Permissions = append(o.Permissions, p.Name)
		}
	}
	o.assignments(before, after)
	return o
}

func (o *Orphans) assignments(before, after *Model) {
	for _, role := range before.Roles {
		now := after.roles[role.ID] // also under an alias
		if now == nil {
			o.Roles = append(o.Roles, role.ID)
			continue
		}
		o.unassignable(role.ID, before.AssignableAt(role), after.AssignableAt(now))
	}
	if before.CustomRoles == nil {
		return
	}
	var places []string
	if after.CustomRoles != nil {
		places = after.PolicyTypes()
	}
	o.unassignable("", before.PolicyTypes(), places)
}

func (o *Orphans) unassignable(role string, before, after []string) {
	for _, at := range missing(before, after) {
		o.Assignments = append(o.Assignments, Assignment{Role: role, ScopeType: at})
	}
}

// missing returns the entries of list that other lacks, in order.
func missing(list, other []string) []string {
	var found []string
	for _, entry := range list {
		if !slices.Contains(other, entry) {
			found = append(found, entry)
		}
	}
	return found
}
