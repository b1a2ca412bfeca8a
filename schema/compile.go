package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Compile returns the SpiceDB schema of the model. The text is deterministic,
// commented, and loads as it is. How each rule becomes SpiceDB is told in
// docs/models.md.
func (m *Model) Compile() string {
	c := &compiler{model: m}
	c.line("// The %s model, version %d, compiled by Ambit. Do not edit: change the model instead.", m.Name, m.Version)
	c.subjects()
	c.role()
	c.binding()
	for _, name := range m.ScopeTypes() {
		c.scope(name)
	}
	for _, name := range m.order {
		t := m.Types[name]
		if t.Kind == KindResource {
			c.resource(name)
		}
	}
	return c.text.String()
}

type compiler struct {
	model *Model
	text  strings.Builder
}

func (c *compiler) line(format string, args ...any) {
	fmt.Fprintf(&c.text, format, args...)
	c.text.WriteByte('\n')
}

// open begins a definition with its comment.
func (c *compiler) open(name, comment string) {
	c.line("")
	c.line("/** %s */", comment)
	c.line("definition %s {", name)
}

func (c *compiler) relation(name string, types ...string) {
	c.line("\trelation %s: %s", name, strings.Join(types, " | "))
}

// permission writes a permission as the union of its parts; without parts
// nobody has it.
func (c *compiler) permission(name string, parts ...string) {
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	if len(parts) == 0 {
		parts = []string{"nil"}
	}
	c.line("\tpermission %s = %s", name, strings.Join(parts, " + "))
}

// comment describes the type, with a fallback for a model that says nothing.
func (c *compiler) comment(typeName, fallback string) string {
	description := c.model.Types[typeName].Description
	if description == "" {
		description = fallback
	}
	return strings.ReplaceAll(description, "*/", "* /")
}

// subjectRelation is how a type is named as the subject of a relation: groups
// by their members.
func (c *compiler) subjectRelation(typeName string) string {
	if c.model.Types[typeName].Kind == KindGroup {
		return typeName + "#" + RelationMember
	}
	return typeName
}

func (c *compiler) subjectRelations(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = c.subjectRelation(name)
	}
	return out
}

func (c *compiler) everybody() []string {
	names := c.model.SubjectTypes()
	for i, name := range names {
		names[i] = name + ":" + "*"
	}
	return names
}

func (c *compiler) subjects() {
	for _, name := range c.model.order {
		t := c.model.Types[name]
		switch t.Kind {
		case KindUser:
			c.open(name, c.comment(name, "A person."))
			c.line("}")
		case KindServiceAccount:
			c.resource(name)
		case KindGroup:
			c.open(name, c.comment(name, "A set of subjects."))
			members := c.subjectRelations(t.Members)
			if t.NestedGroups > 0 {
				members = append(members, c.subjectRelation(name))
			}
			c.relation(RelationMember, members...)
			c.line("}")
		}
	}
}

func (c *compiler) role() {
	c.open(DefinitionRole, "A set of permissions. A role holds a permission for everybody or not at all; who holds the role is said by role bindings.")
	for _, p := range c.model.Grantable() {
		c.relation(Identifier(p.Name), c.everybody()...)
	}
	c.line("}")
}

func (c *compiler) binding() {
	c.open(DefinitionBinding, "All subjects that hold one role at one scope.")
	c.relation(RelationRole, DefinitionRole)
	c.relation(RelationSubject, c.subjectRelations(c.model.BindingSubjects())...)
	for _, p := range c.model.Grantable() {
		id := Identifier(p.Name)
		c.permission(id, RelationSubject+" & "+RelationRole+"->"+id)
	}
	c.line("}")
}
