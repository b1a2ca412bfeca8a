package schema

import (
	"fmt"
	"slices"
	"strings"
)

// String returns the difference for people, several lines.
func (d Difference) String() string { return strings.Join(d.Lines(), "\n") + "\n" }

// Lines returns the difference for people: what changed, what it means for
// policies, and what stored data must not use any more.
func (d Difference) Lines() []string {
	lines := []string{d.Old + " -> " + d.New}
	if d.Empty() {
		return append(lines, "nothing changes for anybody")
	}
	for _, part := range []struct {
		title string
		lines []string
	}{
		{"types", d.Types.lines()},
		{"permissions", d.Permissions.lines()},
		{"roles", d.Roles.lines()},
		{"switches", Changes{Changed: d.Switches}.lines()},
		{"what it means for policies and custom roles", d.meaning()},
		{"what stored data must not use any more", d.Orphans.lines()},
	} {
		if len(part.lines) == 0 {
			continue
		}
		lines = append(lines, "", part.title)
		for _, line := range part.lines {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

func (c Changes) lines() []string {
	var lines []string
	for _, name := range c.Added {
		lines = append(lines, "+ "+name)
	}
	for _, name := range c.Removed {
		lines = append(lines, "- "+name)
	}
	for _, change := range c.Changed {
		for _, detail := range change.Details {
			lines = append(lines, strings.TrimSuffix("~ "+change.Name, " ")+" "+detail)
		}
	}
	return lines
}

// meaning says who holds more, and who less.
func (d Difference) meaning() []string {
	var lines []string
	for _, c := range d.Contents {
		role := fmt.Sprintf("policies with %s at a scope of type %s", c.Role, c.ScopeType)
		lines = append(lines, sentences(role, "gain", c.Gained, "lose", c.Lost)...)
	}
	for _, r := range d.Reaches {
		held := r.Permission + ", held by " + strings.Join(append(slices.Clone(r.Roles), "custom roles with it"), ", ") + ","
		lines = append(lines, sentences(held, "now holds at", r.Gained, "no longer holds at", r.Lost)...)
	}
	for _, p := range d.Patterns {
		role := "custom roles with " + p.Pattern
		lines = append(lines, sentences(role, "gain", p.Gained, "lose", p.Lost)...)
	}
	return lines
}

func sentences(who, gain string, gained []string, lose string, lost []string) []string {
	var lines []string
	if len(gained) > 0 {
		lines = append(lines, fmt.Sprintf("%s %s %s", who, gain, strings.Join(gained, ", ")))
	}
	if len(lost) > 0 {
		lines = append(lines, fmt.Sprintf("%s %s %s", who, lose, strings.Join(lost, ", ")))
	}
	return lines
}

func (o Orphans) lines() []string {
	var lines []string
	for _, name := range o.Types {
		lines = append(lines, "type "+name+": delete its objects first")
	}
	for _, place := range o.Places {
		lines = append(lines, fmt.Sprintf("%s in %s: move or delete such objects first", place.Type, place.In))
	}
	for _, name := range o.Permissions {
		lines = append(lines, "permission "+name+": take it out of custom roles first")
	}
	for _, name := range o.Roles {
		lines = append(lines, "role "+name+": take it out of policies first")
	}
	for _, a := range o.Assignments {
		role := "role " + a.Role
		if a.Role == "" {
			role = "custom roles"
		}
		lines = append(lines, fmt.Sprintf("%s at a scope of type %s: take such policies away first", role, a.ScopeType))
	}
	return lines
}
