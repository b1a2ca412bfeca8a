package schema

import (
	"fmt"
	"slices"
	"strings"
)

// zedSchema is a SpiceDB schema, read line by line. That is enough for what
// Compile and SpiceDB write; parseZed refuses the rest.
type zedSchema struct {
	// uses are the names after "use".
	uses        []string
	definitions []*zedDefinition
	caveats     []*zedCaveat
	// below are comments and empty lines at the end.
	below []string
}

type zedDefinition struct {
	name string
	// above are the comments and empty lines before it, as they are written.
	above   []string
	members []*zedMember
	// below are those before its end.
	below []string
}

// zedMember is a relation or a permission.
type zedMember struct {
	name  string
	above []string
	// subjects are what a relation takes.
	subjects []zedSubject
	// permission is the line of a permission.
	permission string
}

func (m *zedMember) isRelation() bool { return m.permission == "" }

// zedSubject is a type of subjects, such as team#member or user:* with expiration.
type zedSubject struct {
	definition string
	relation   string
	wildcard   bool
	caveat     string
	expiration bool
}

// zedCaveat is copied as it is written.
type zedCaveat struct {
	name  string
	above []string
	lines []string
}

func (s *zedSchema) definition(name string) *zedDefinition {
	at := slices.IndexFunc(s.definitions, func(d *zedDefinition) bool { return d.name == name })
	if at < 0 {
		return nil
	}
	return s.definitions[at]
}

func (d *zedDefinition) member(name string) *zedMember {
	at := slices.IndexFunc(d.members, func(m *zedMember) bool { return m.name == name })
	if at < 0 {
		return nil
	}
	return d.members[at]
}

// zedParser reads line by line and stops at the first that it does not know.
type zedParser struct {
	schema  zedSchema
	pending []string // comments and empty lines that belong to what comes next
	comment bool     // inside of a comment of several lines
	used    bool     // the last line was a "use"
	open    *zedDefinition
	caveat  *zedCaveat
}

func parseZed(text string) (*zedSchema, error) {
	p := &zedParser{}
	number := 0
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		number++
		if err := p.line(strings.TrimRight(line, " \t\r")); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if p.comment || p.open != nil || p.caveat != nil {
		return nil, fmt.Errorf("line %d: it ends in the middle of something", number)
	}
	p.schema.below = p.take()
	return &p.schema, nil
}

// take returns the pending lines.
func (p *zedParser) take() []string {
	pending := p.pending
	p.pending = nil
	return pending
}

func (p *zedParser) line(line string) error {
	words := strings.TrimSpace(line)
	used := p.used
	p.used = false
	switch {
	case used && words == "":
		return nil // String writes one after the last use
	case p.caveat != nil:
		p.caveat.lines = append(p.caveat.lines, line)
		if line == "}" {
			p.caveat = nil
		}
		return nil
	case p.comment:
		return p.commented(line, words)
	case words == "", strings.HasPrefix(words, "//"):
		p.pending = append(p.pending, line)
		return nil
	case strings.HasPrefix(words, "/*"):
		return p.commented(line, words[2:])
	case p.open != nil:
		return p.member(words)
	}
	return p.top(line)
}

// commented reads a line of a comment that ends with a mark of its own.
func (p *zedParser) commented(line, words string) error {
	_, after, ends := strings.Cut(words, "*/")
	if after != "" {
		return fmt.Errorf("cannot read %q after a comment", after)
	}
	p.pending = append(p.pending, line)
	p.comment = !ends
	return nil
}

// top reads a line outside of definitions.
func (p *zedParser) top(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "use":
		p.schema.uses = append(p.schema.uses, rest)
		p.pending, p.used = nil, true
		return nil
	case "caveat":
		if name, _, ok := strings.Cut(rest, "("); ok && strings.HasSuffix(rest, "{") {
			p.caveat = &zedCaveat{name: name, above: p.take(), lines: []string{line}}
			p.schema.caveats = append(p.schema.caveats, p.caveat)
			return nil
		}
	case "definition":
		name, brace, _ := strings.Cut(rest, " ")
		if !isZedName(name) || brace != "{" && brace != "{}" {
			break
		}
		if p.schema.definition(name) != nil {
			return fmt.Errorf("there are two definitions of %s", name)
		}
		definition := &zedDefinition{name: name, above: p.take()}
		p.schema.definitions = append(p.schema.definitions, definition)
		if brace == "{" {
			p.open = definition
		}
		return nil
	}
	return fmt.Errorf("cannot read %q", line)
}

// member reads a line of a definition.
func (p *zedParser) member(words string) error {
	if words == "}" {
		p.open.below, p.open = p.take(), nil
		return nil
	}
	word, rest, _ := strings.Cut(words, " ")
	member := &zedMember{}
	switch word {
	case "permission":
		name, rule, _ := strings.Cut(rest, " = ")
		if rule == "" {
			return fmt.Errorf("cannot read %q", words)
		}
		member.name, member.permission = name, words
	case "relation":
		name, subjects, _ := strings.Cut(rest, ": ")
		member.name = name
		for text := range strings.SplitSeq(subjects, "|") {
			subject, ok := parseSubject(strings.TrimSpace(text))
			if !ok {
				return fmt.Errorf("cannot read the subjects of %q", words)
			}
			member.subjects = append(member.subjects, subject)
		}
	}
	if !isZedName(member.name) {
		return fmt.Errorf("cannot read %q", words)
	}
	if p.open.member(member.name) != nil {
		return fmt.Errorf("definition %s has two of %s", p.open.name, member.name)
	}
	member.above = p.take()
	p.open.members = append(p.open.members, member)
	return nil
}

// parseSubject reads what zedSubject.String writes.
func parseSubject(text string) (zedSubject, bool) {
	subject := zedSubject{}
	name, traits, limited := strings.Cut(text, " with ")
	if limited {
		subject.caveat = traits
		if traits == "expiration" {
			subject.caveat, subject.expiration = "", true
		} else if caveat, found := strings.CutSuffix(traits, " and expiration"); found {
			subject.caveat, subject.expiration = caveat, true
		}
	}
	name, subject.wildcard = strings.CutSuffix(name, ":*")
	subject.definition, subject.relation, _ = strings.Cut(name, "#")
	known := isZedName(subject.definition) &&
		(subject.relation == "" || subject.relation == "..." || isZedName(subject.relation)) &&
		(subject.caveat == "" || isZedName(subject.caveat))
	// What has a second meaning, such as "user#", comes back as something else.
	return subject, known && subject.String() == text
}

// isZedName tells whether a text can name a definition, relation or caveat.
func isZedName(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_/") == ""
}
