package schema

import (
	"fmt"
	"slices"
)

// Union returns the SpiceDB schema wanted, and beside it all that the tuples of
// the schema held need in order to stay: its definitions and relations, with
// their types of subjects, as plain relations that no permission looks at.
// SpiceDB refuses a schema that drops a relation in use, so while content is
// changed from one schema to another it has to have both.
//
// held is what SpiceDB returns, wanted is what Compile returns. Whatever neither
// of them writes is an error, and so are two caveats of one name that differ.
// Permissions of held are dropped, and it is an error if one of its relations
// takes subjects by such a permission. A name that is a relation in held and a
// permission in wanted is a permission in the result: its tuples have to be
// deleted first, or SpiceDB will refuse it.
func Union(held, wanted string) (string, error) {
	before, err := parseZed(held)
	if err != nil {
		return "", fmt.Errorf("the schema that SpiceDB holds: %w", err)
	}
	after, err := parseZed(wanted)
	if err != nil {
		return "", fmt.Errorf("the schema wanted: %w", err)
	}
	for _, caveat := range before.caveats {
		if err := after.keepCaveat(caveat); err != nil {
			return "", err
		}
	}
	for _, definition := range before.definitions {
		after.keepDefinition(definition)
	}
	if err := after.check(); err != nil {
		return "", fmt.Errorf("the schema that SpiceDB holds cannot be kept: %w", err)
	}
	return after.String(), nil
}

// keptComment stands above what only Union keeps.
const keptComment = "// kept while content is changed; nothing looks at it"

func (s *zedSchema) keepCaveat(caveat *zedCaveat) error {
	same := slices.IndexFunc(s.caveats, func(c *zedCaveat) bool { return c.name == caveat.name })
	if same < 0 {
		s.caveats = append(s.caveats, caveat)
		return nil
	}
	if !slices.Equal(s.caveats[same].lines, caveat.lines) {
		return fmt.Errorf("caveat %s of the schema that SpiceDB holds is not the one of the schema wanted", caveat.name)
	}
	return nil
}

func (s *zedSchema) keepDefinition(from *zedDefinition) {
	same := s.definition(from.name)
	if same == nil {
		same = &zedDefinition{name: from.name, above: []string{"", keptComment}}
		s.definitions = append(s.definitions, same)
	}
	for _, member := range from.members {
		if member.isRelation() {
			same.keepRelation(member)
		}
	}
}

// keepRelation adds a relation, or the types of subjects that the relation does
// not take yet.
func (d *zedDefinition) keepRelation(from *zedMember) {
	same := d.member(from.name)
	switch {
	case same == nil:
		kept := &zedMember{name: from.name, subjects: from.subjects}
		if !slices.Contains(d.above, keptComment) {
			kept.above = []string{"\t" + keptComment}
		}
		d.members = append(d.members, kept)
	case same.isRelation():
		for _, subject := range from.subjects {
			if !slices.Contains(same.subjects, subject) {
				same.subjects = append(same.subjects, subject)
			}
		}
	}
}

// check finds subjects that the schema lacks: SpiceDB would say so in words that
// do not tell where they come from.
func (s *zedSchema) check() error {
	for _, definition := range s.definitions {
		for _, member := range definition.members {
			if err := s.checkSubjects(member); err != nil {
				return fmt.Errorf("relation %s#%s takes %w", definition.name, member.name, err)
			}
		}
	}
	return nil
}

func (s *zedSchema) checkSubjects(member *zedMember) error {
	for _, subject := range member.subjects {
		if err := s.checkSubject(subject); err != nil {
			return fmt.Errorf("%s, but %w", subject, err)
		}
	}
	return nil
}

func (s *zedSchema) checkSubject(subject zedSubject) error {
	definition := s.definition(subject.definition)
	switch {
	case definition == nil:
		return fmt.Errorf("there is no definition %s", subject.definition)
	case subject.relation != "" && subject.relation != "..." && definition.member(subject.relation) == nil:
		return fmt.Errorf("definition %s has no %s any more", subject.definition, subject.relation)
	case subject.caveat != "" && !slices.ContainsFunc(s.caveats, func(c *zedCaveat) bool { return c.name == subject.caveat }):
		return fmt.Errorf("there is no caveat %s", subject.caveat)
	}
	return nil
}
