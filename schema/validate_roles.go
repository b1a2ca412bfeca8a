package schema

import (
	"maps"
	"slices"
	"strings"
	"time"
)

func (v *validator) roles() {
	v.model.roles = make(map[string]*Role, len(v.model.Roles))
	for i, role := range v.model.Roles {
		v.roleName(at("roles", i, "id"), role.ID, role)
		for j, alias := range role.Aliases {
			v.roleName(at("roles", i, "aliases", j), alias, role)
		}
		v.refuse(at("roles", i), role.Description == "", "id", "say with description: what the role is for")
		v.rolePermissions(i, role)
		v.assignable(i, role)
	}
	for i, role := range v.model.Roles {
		v.lifeCycle(i, role)
	}
}

func (v *validator) roleName(path []any, id string, role *Role) {
	switch {
	case !roleID.MatchString(id):
		v.report.add(path, "%q: a role id has letters, digits or _ . + = - and begins with a letter or digit", id)
	case v.model.roles[id] != nil:
		v.report.add(path, "there is a role %q already", id)
	}
	v.model.roles[id] = role
}

func (v *validator) rolePermissions(i int, role *Role) {
	v.refuse(at("roles", i), len(role.Permissions) > 0 && len(role.PermissionsAt) > 0, "permissions_at", "give permissions or permissions_at, not both")
	v.rolePatterns(at("roles", i, "permissions"), role.Permissions)
	v.rolePatterns(at("roles", i, "except"), role.Except)
	for _, name := range slices.Sorted(maps.Keys(role.PermissionsAt)) {
		v.rolePatterns(at("roles", i, "permissions_at", name), role.PermissionsAt[name])
		v.policyAt(at("roles", i, "permissions_at", name), name)
	}
}

func (v *validator) assignable(i int, role *Role) {
	for j, name := range role.Assignable {
		path := at("roles", i, "assignable", j)
		v.policyAt(path, name)
		if slices.Contains(role.Assignable[:j], name) {
			v.report.add(path, "%s is here twice", name)
		}
		if _, ok := role.PermissionsAt[name]; !ok && len(role.PermissionsAt) > 0 {
			v.report.add(path, "permissions_at says nothing for %s", name)
		}
	}
}

// policyAt reports a name that is no scope type where a policy may sit.
func (v *validator) policyAt(path []any, name string) {
	v.wantKind(path, name, KindScope)
	t := v.model.Types[name]
	if t != nil && t.Kind == KindScope && !slices.Contains(v.model.PolicyTypes(), name) {
		v.report.add(path, "no policy may sit at %s (see policies.at)", name)
	}
}

func (v *validator) rolePatterns(path []any, patterns []string) {
	for i, pattern := range patterns {
		if v.model.Matches(pattern) {
			continue
		}
		p := v.model.permissions[pattern]
		if p != nil && p.Derived() {
			v.report.add(step(path, i), "no role can hold %s, which follows from others%s", pattern, source(p))
			continue
		}
		v.report.add(step(path, i), "%q matches no permission that a role can hold%s", pattern, suggest(pattern, v.holdable()))
	}
}

// source says what to put into a role instead of a permission that follows from
// others.
func source(p *Permission) string {
	if p.Tiers != nil {
		tiers := []string{p.Tiers.All, p.Tiers.Groups, p.Tiers.Own}
		return ": name " + strings.Join(slices.DeleteFunc(tiers, func(name string) bool { return name == "" }), " or ")
	}
	if p.AliasOf != "" {
		return ": name " + p.AliasOf
	}
	return ": every role gives it"
}

// holdable returns what roles can hold.
func (v *validator) holdable() []string {
	var names []string
	for _, p := range v.model.Permissions {
		if !p.Derived() {
			names = append(names, p.Name)
		}
	}
	return names
}

// lifeCycle checks that a replacement exists, leads somewhere, and can stand
// wherever the old role stands.
func (v *validator) lifeCycle(i int, role *Role) {
	if role.EndOfLife != "" {
		if _, err := time.Parse(time.DateOnly, role.EndOfLife); err != nil {
			v.report.add(at("roles", i, "end_of_life"), "%q is no date; write it as 2027-01-31", role.EndOfLife)
		}
	}
	if role.ReplacedBy == "" {
		return
	}
	path := at("roles", i, "replaced_by")
	next := v.model.roles[role.ReplacedBy]
	if next == nil {
		v.report.add(path, "there is no role %q%s", role.ReplacedBy, suggest(role.ReplacedBy, slices.Sorted(maps.Keys(v.model.roles))))
		return
	}
	if v.replaces(next, role) {
		v.report.add(path, "the replacements of %s lead back to it", role.ID)
		return
	}
	places := v.model.AssignableAt(next)
	for _, name := range v.model.AssignableAt(role) {
		if !slices.Contains(places, name) {
			v.report.add(path, "%s can be assigned at %s, %s cannot", role.ID, name, next.ID)
		}
	}
}

// replaces reports whether the replacements of next lead to role.
func (v *validator) replaces(next, role *Role) bool {
	for range v.model.Roles {
		if next == nil || next == role {
			return next == role
		}
		next = v.model.roles[next.ReplacedBy]
	}
	return false
}
