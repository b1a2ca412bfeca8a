package schema

import (
	"slices"
	"strings"
)

// wildcard stands for any run of signs in a role's permission pattern.
const wildcard = "*"

// Match reports whether name matches pattern, in which * stands for any run of
// signs, none included. A pattern matches whole names: "*:read" does not match
// "plans:read-json-output" (facts A5: the literal reading is the safe one).
func Match(pattern, name string) bool {
	parts := strings.Split(pattern, wildcard)
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// Matches reports whether a role may hold the pattern: it is the exact name of
// a permission that roles can hold, matches at least one, or is documented by
// the model.
func (m *Model) Matches(pattern string) bool {
	documented := slices.ContainsFunc(m.Patterns, func(p *Pattern) bool { return p.Name == pattern })
	return documented || slices.ContainsFunc(m.Permissions, func(p *Permission) bool {
		return !p.Derived() && Match(pattern, p.Name)
	})
}

// expand adds to set, or with remove takes from it, every permission that one
// of the patterns matches.
func (m *Model) expand(set map[string]bool, patterns []string, remove bool) {
	for _, pattern := range patterns {
		for _, p := range m.Permissions {
			if p.Derived() || !Match(pattern, p.Name) {
				continue
			}
			if remove {
				delete(set, p.Name)
			} else {
				set[p.Name] = true
			}
		}
	}
}
