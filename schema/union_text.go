package schema

import (
	"slices"
	"strings"
)

// String returns the text of a schema, with all comments.
func (s *zedSchema) String() string {
	var b strings.Builder
	write := func(lines ...string) {
		for _, line := range lines {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	uses := s.allUses()
	for _, use := range uses {
		write("use " + use)
	}
	if len(uses) > 0 {
		write("")
	}
	for _, definition := range s.definitions {
		definition.write(write)
	}
	for _, caveat := range s.caveats {
		if len(caveat.above) == 0 || caveat.above[0] != "" {
			write("")
		}
		write(caveat.above...)
		write(caveat.lines...)
	}
	write(s.below...)
	return b.String()
}

// allUses returns what the schema has to say that it uses. Where only kept
// relations need it, that is expiration: the others are for permissions.
func (s *zedSchema) allUses() []string {
	const expiration = "expiration"
	expires := slices.ContainsFunc(s.definitions, func(d *zedDefinition) bool {
		return slices.ContainsFunc(d.members, func(m *zedMember) bool {
			return slices.ContainsFunc(m.subjects, func(subject zedSubject) bool { return subject.expiration })
		})
	})
	if expires && !slices.Contains(s.uses, expiration) {
		return append([]string{expiration}, s.uses...)
	}
	return s.uses
}

func (d *zedDefinition) write(write func(lines ...string)) {
	write(d.above...)
	if len(d.members) == 0 && len(d.below) == 0 {
		write("definition " + d.name + " {}")
		return
	}
	write("definition " + d.name + " {")
	for _, member := range d.members {
		write(member.above...)
		write("\t" + member.String())
	}
	write(d.below...)
	write("}")
}

// String returns the line of the member.
func (m *zedMember) String() string {
	if !m.isRelation() {
		return m.permission
	}
	subjects := make([]string, len(m.subjects))
	for i, subject := range m.subjects {
		subjects[i] = subject.String()
	}
	return "relation " + m.name + ": " + strings.Join(subjects, " | ")
}

// String returns the type of subjects as it stands in a schema.
func (s zedSubject) String() string {
	text := s.definition
	if s.relation != "" {
		text += "#" + s.relation
	}
	if s.wildcard {
		text += ":*"
	}
	var traits []string
	if s.caveat != "" {
		traits = append(traits, s.caveat)
	}
	if s.expiration {
		traits = append(traits, "expiration")
	}
	if len(traits) > 0 {
		text += " with " + strings.Join(traits, " and ")
	}
	return text
}
