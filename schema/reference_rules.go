package schema

import (
	"fmt"
	"slices"
	"strings"
)

// ruleTitles are the headings of docs/models.md, by number from 1.
var ruleTitles = []string{
	"Scope types form a tree", "Permissions and where they apply", "Roles hold patterns", "Where a role may be assigned",
	"Roles that do not inherit", "The life of a role", "Needs in the same role", "Isolated scopes", "Permissions of any role holder",
	"Permissions seen from below", "Ownership", "Inherit only if", "Aliases of permissions", "Groups that carry roles and scopes",
	"Switches",
}

// rules lists the rules that the model uses, with a link to what they mean.
func (r *reference) rules() {
	r.heading("Rules in use")
	r.table("rule", "here")
	for i, uses := range r.uses() {
		if uses != "" {
			r.row(fmt.Sprintf("[%d. %s](%s)", i+1, ruleTitles[i], ruleLink(i)), uses)
		}
	}
}

// ruleLink returns where docs/models.md explains a rule, seen from
// docs/reference/models.
func ruleLink(i int) string {
	title := strings.ReplaceAll(strings.ToLower(ruleTitles[i]), " ", "-")
	return fmt.Sprintf("../../models.md#%d-%s", i+1, title)
}

// uses says for each rule who uses it; "" if nobody does.
func (r *reference) uses() []string {
	m := r.model
	carrying := func(t *Type) bool { return t.Carries != nil }
	return []string{
		code(m.ScopeTypes()),
		count(len(m.Permissions), "permission"),
		count(len(m.Roles), "system role"),
		code(m.rolesWith(func(role *Role) bool { return len(role.PermissionsAt)+len(role.Assignable) > 0 })),
		r.local(),
		code(m.rolesWith(func(role *Role) bool { return role.Deprecated || len(role.Aliases) > 0 || role.ReplacedBy != "" })),
		m.permissionsWith(func(p *Permission) bool { return len(p.Needs) > 0 }),
		code(m.typesWith(func(t *Type) bool { return t.Isolatable })),
		m.permissionsWith(func(p *Permission) bool { return p.AnyRole }),
		m.permissionsWith(func(p *Permission) bool { return p.FromBelow }),
		code(m.typesWith(func(t *Type) bool { return t.Ownership != OwnershipNone })),
		m.permissionsWith(func(p *Permission) bool { return p.InheritIf != "" }),
		m.permissionsWith(func(p *Permission) bool { return p.AliasOf != "" }),
		code(m.typesWith(carrying)),
		r.switches(),
	}
}

func (r *reference) local() string {
	local := code(r.model.rolesWith(func(role *Role) bool { return !inherits(role.Inherits) }))
	if r.model.CustomRoles == nil || inherits(r.model.CustomRoles.Inherits) {
		return local
	}
	return strings.TrimPrefix(local+", custom roles", ", ")
}

// switches names those of rule 15 that are not at their default, or that every
// model has to set.
func (r *reference) switches() string {
	m := r.model
	words := []string{"roles in a policy: " + fmt.Sprint(m.Policies.MaxRoles)}
	for _, name := range m.order {
		t := m.Types[name]
		if t.NestedGroups > 0 {
			words = append(words, fmt.Sprintf("`%s` in `%s`, %d deep", name, name, t.NestedGroups))
		}
		if t.IDCase != "" {
			words = append(words, fmt.Sprintf("ids of `%s` in lower case", name))
		}
		if t.IDPattern != "" {
			words = append(words, fmt.Sprintf("ids of `%s` like `%s`", name, t.IDPattern))
		}
	}
	if m.CustomRoles != nil && m.CustomRoles.Pattern != "" {
		words = append(words, "ids of custom roles like `"+m.CustomRoles.Pattern+"`")
	}
	if m.PermissionPattern != "" {
		words = append(words, "permissions like `"+m.PermissionPattern+"`")
	}
	return strings.Join(words, "; ")
}

func (m *Model) typesWith(is func(*Type) bool) []string {
	return slices.DeleteFunc(m.TypeNames(), func(name string) bool { return !is(m.Types[name]) })
}

func (m *Model) rolesWith(is func(*Role) bool) []string {
	var ids []string
	for _, role := range m.Roles {
		if is(role) {
			ids = append(ids, role.ID)
		}
	}
	return ids
}

// manyNames is how many names are listed before their number says more.
const manyNames = 8

// permissionsWith names permissions, or says how many there are.
func (m *Model) permissionsWith(is func(*Permission) bool) string {
	var names []string
	for _, p := range m.Permissions {
		if is(p) {
			names = append(names, p.Name)
		}
	}
	if len(names) > manyNames {
		return count(len(names), "permission")
	}
	return code(names)
}
