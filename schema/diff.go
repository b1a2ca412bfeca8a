package schema

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Difference is what changes when one model takes the place of another, and
// what that means for the policies and roles that people have stored. Get one
// from Diff. Changes of words alone (titles, descriptions) are none.
type Difference struct {
	// Old and New are the models by name and version, such as "scalr version 1".
	Old, New string

	Types       Changes
	Permissions Changes
	Roles       Changes
	// Switches are changes of policies and custom_roles (rule 15).
	Switches []Change

	// Contents are the system roles that give more or less than before.
	Contents []ContentChange
	// Reaches are the permissions that hold at more or fewer types than before.
	Reaches []Reach
	// Patterns are wildcards that match more or less than before: custom roles
	// that hold them do, too.
	Patterns []PatternChange
	// Orphans is what stored data must not use any more.
	Orphans Orphans
}

// Changes are what was added, removed and changed among things with names, each
// list sorted.
type Changes struct {
	Added, Removed []string
	Changed        []Change
}

// Change is a thing that is in both models with different rules.
type Change struct {
	Name string
	// Details are lines such as "at: [account] -> [account, environment]".
	Details []string
}

// ContentChange is a system role that gives more or less where a policy with it
// sits at a scope of the type. A role that is new, gone, or no longer
// assignable there is not among them.
type ContentChange struct {
	Role, ScopeType string
	Gained, Lost    []string
}

// Reach is a permission that is applicable at more or fewer types than before.
type Reach struct {
	Permission string
	// Gained and Lost are the types.
	Gained, Lost []string
	// Roles are the system roles that hold it.
	Roles []string
}

// PatternChange is a wildcard that matches more or less than before.
type PatternChange struct {
	Pattern      string
	Gained, Lost []string
}

// Orphans is what the old model allows in stored data and the new one does not.
// A server must find none of it in its data before it takes the new model.
type Orphans struct {
	// Types: no object of the type may be left.
	Types []string
	// Roles: no policy and no group may name the system role.
	Roles []string
	// Permissions: no custom role may name it exactly.
	Permissions []string
	// Assignments: no policy may name the role at a scope of the type.
	Assignments []Assignment
	// Places: no object of the type may be in one of the other type.
	Places []Place
}

// Assignment is a role at a type of scopes. An empty Role stands for every
// custom role.
type Assignment struct{ Role, ScopeType string }

// Place is a type of objects in a type of scopes.
type Place struct{ Type, In string }

// Empty reports whether there is nothing that stored data could use.
func (o Orphans) Empty() bool {
	return len(o.Types)+len(o.Roles)+len(o.Permissions)+len(o.Assignments)+len(o.Places) == 0
}

// Diff compares two versions of a model.
func Diff(before, after *Model) Difference {
	d := Difference{Old: stamp(before), New: stamp(after)}
	d.Types = changes(before.Types, after.Types)
	d.Permissions = changes(before.permissions, after.permissions)
	d.Roles = changes(before.systemRoles(), after.systemRoles())
	d.renames(before, after)
	d.switches("policies", before.Policies, after.Policies)
	d.switches("custom_roles", before.customRules(), after.customRules())
	d.switches("", nameRules{before.PermissionPattern}, nameRules{after.PermissionPattern})
	d.contents(before, after)
	d.reaches(before, after)
	d.Patterns = PatternChanges(before, after, knownPatterns(before, after))
	d.Orphans = orphans(before, after)
	return d
}

// Empty reports whether the models are the same but for words.
func (d Difference) Empty() bool {
	return d.Types.empty() && d.Permissions.empty() && d.Roles.empty() && len(d.Switches) == 0 &&
		len(d.Contents) == 0 && len(d.Reaches) == 0 && len(d.Patterns) == 0 && d.Orphans.Empty()
}

func (c Changes) empty() bool { return len(c.Added)+len(c.Removed)+len(c.Changed) == 0 }

func stamp(m *Model) string { return fmt.Sprintf("%s version %d", m.Name, m.Version) }

// nameRules are the rules about names that belong to no other part of a model.
type nameRules struct {
	PermissionPattern string `yaml:"permission_pattern"`
}

// systemRoles returns the system roles by id.
func (m *Model) systemRoles() map[string]*Role {
	roles := make(map[string]*Role, len(m.Roles))
	for _, role := range m.Roles {
		roles[role.ID] = role
	}
	return roles
}

// customRules returns the switches of custom roles; those of a model without
// custom roles allow none.
func (m *Model) customRules() CustomRoleRules {
	if m.CustomRoles == nil {
		return CustomRoleRules{}
	}
	return *m.CustomRoles
}

// changes compares two sets of things by name.
func changes[T any](before, after map[string]*T) Changes {
	var c Changes
	for _, name := range slices.Sorted(maps.Keys(before)) {
		now, kept := after[name]
		if !kept {
			c.Removed = append(c.Removed, name)
			continue
		}
		if details := compare(*before[name], *now); len(details) > 0 {
			c.Changed = append(c.Changed, Change{Name: name, Details: details})
		}
	}
	c.Added = missing(slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	return c
}

// renames tells roles that are now aliases of others from roles that are gone.
func (d *Difference) renames(before, after *Model) {
	removed := d.Roles.Removed
	d.Roles.Removed = nil
	for _, id := range removed {
		now := after.roles[id]
		if now == nil {
			d.Roles.Removed = append(d.Roles.Removed, id)
			continue
		}
		details := append([]string{"is now an alias of " + now.ID}, compare(*before.roles[id], *now)...)
		d.Roles.Changed = append(d.Roles.Changed, Change{Name: id, Details: details})
	}
	slices.SortFunc(d.Roles.Changed, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
}

func (d *Difference) switches(name string, before, after any) {
	if details := compare(before, after); len(details) > 0 {
		d.Switches = append(d.Switches, Change{Name: name, Details: details})
	}
}
