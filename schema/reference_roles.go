package schema

import (
	"fmt"
	"strings"
)

func (r *reference) roles() {
	r.heading("System roles")
	if len(r.model.Roles) == 0 {
		r.line("None.")
	}
	for i, role := range r.model.Roles {
		if i > 0 {
			r.line("")
		}
		r.role(role)
	}
}

func (r *reference) role(role *Role) {
	m := r.model
	r.line("### " + role.ID)
	r.line("")
	r.line("%s", oneLine(strings.TrimPrefix(role.Title+". "+role.Description, ". ")))
	r.line("")
	if role.RoleKind != "" {
		r.line("- Kind: %s.", role.RoleKind)
	}
	r.line("- Assignable at %s.", code(m.AssignableAt(role)))
	if !inherits(role.Inherits) {
		r.line("- Holds at the scope of its policy only.")
	}
	r.lifeCycle(role)
	for _, variant := range m.Variants(role.ID) {
		where := ""
		if variant != "" {
			where = " at " + code([]string{variant})
		}
		r.line("- Holds%s: %s.", where, r.holds(m.SystemContent(role, variant)))
	}
}

func (r *reference) lifeCycle(role *Role) {
	if len(role.Aliases) > 0 {
		r.line("- Also called %s.", code(role.Aliases))
	}
	if role.Deprecated {
		r.line("- Deprecated.")
	}
	if role.EndOfLife != "" {
		r.line("- No new policies after %s.", role.EndOfLife)
	}
	if role.ReplacedBy != "" {
		r.line("- The migration puts %s in its place.", code([]string{role.ReplacedBy}))
	}
}

// holds writes a content, as what is missing where that is shorter.
func (r *reference) holds(content []string) string {
	var all []string
	for _, p := range r.model.Permissions {
		if !p.Derived() {
			all = append(all, p.Name)
		}
	}
	lacks := missing(all, content)
	switch {
	case len(content) == 0:
		return "nothing"
	case len(lacks) == 0:
		return fmt.Sprintf("all %s that roles can hold", count(len(all), "permission"))
	case len(lacks) <= len(all)/10:
		return fmt.Sprintf("all %s that roles can hold, but %s", count(len(all), "permission"), code(lacks))
	}
	return code(content)
}

func (r *reference) permissions() {
	r.heading("Permissions")
	r.table("permission", "asked at", "allows to", "rules", "system roles")
	for _, p := range r.model.Permissions {
		at := code(p.At)
		if at == "" {
			at = "nowhere"
		}
		r.row(code([]string{p.Name}), at, p.Description, strings.Join(rulesOf(p), "; "), code(r.holders[p.Name]))
	}
}

// rulesOf says in words which rules a permission has.
func rulesOf(p *Permission) []string {
	var words []string
	add := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(len(p.Needs) > 0, "needs %s in the same role", code(p.Needs))
	add(p.InheritIf != "", "from above only with `%s`", p.InheritIf)
	add(p.AnyRole, "held by every role holder")
	add(p.FromBelow, "seen from below")
	add(p.AliasOf != "", "the same as `%s`", p.AliasOf)
	if p.Tiers != nil {
		add(p.Tiers.All != "", "on all with `%s`", p.Tiers.All)
		add(p.Tiers.Groups != "", "on those of my groups with `%s`", p.Tiers.Groups)
		add(p.Tiers.Own != "", "on my own with `%s`", p.Tiers.Own)
	}
	return words
}

func (r *reference) patterns() {
	if len(r.model.Patterns) == 0 {
		return
	}
	r.heading("Wildcards")
	r.table("wildcard", "meant for", "", "matches")
	for _, p := range r.model.Patterns {
		r.row(code([]string{p.Name}), code(p.At), p.Description, count(len(r.model.matching(p.Name)), "permission"))
	}
}
