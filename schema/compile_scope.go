package schema

import (
	"slices"
	"strings"
)

// scope writes the definition of a scope type: where it hangs, which bindings
// sit at it, and what follows.
func (c *compiler) scope(name string) {
	m, t := c.model, c.model.Types[name]
	c.open(name, c.comment(name, "A scope."))
	if len(t.In) > 0 {
		c.relation(RelationParent, m.parentTypes(name)...)
	}
	if t.Isolatable {
		c.relation(RelationIsolatedParent, t.In...)
	}
	if m.NeedsChildren(name) {
		c.relation(RelationChild, m.childTypes(name)...)
	}
	for _, relation := range c.bindingRelations(name) {
		c.relation(relation, DefinitionBinding)
	}
	c.holders(name)
	for _, p := range m.Permissions {
		c.scopePermission(name, p)
	}
	c.line("}")
}

// bindingRelations returns the relations that attach bindings to a scope type;
// none where no policy may sit.
func (c *compiler) bindingRelations(name string) []string {
	var relations []string
	if !slices.Contains(c.bindableTypes(), name) {
		return nil
	}
	if c.model.HasInheriting() {
		relations = append(relations, RelationBinding)
	}
	if c.model.HasLocal() {
		relations = append(relations, RelationLocalBinding)
	}
	return relations
}

// bindableTypes are the scope types that policies, or groups that carry roles,
// may name.
func (c *compiler) bindableTypes() []string {
	types := c.model.PolicyTypes()
	group := c.model.TypeOf(KindGroup)
	if group == "" || c.model.Types[group].Carries == nil {
		return types
	}
	carries := c.model.Types[group].Carries
	types = append(types, carries.Scopes...)
	if carries.Own {
		types = append(types, c.model.Types[group].In...)
	}
	return types
}

// holders writes who holds any role at the scope (rules 9 and 10).
func (c *compiler) holders(name string) {
	m := c.model
	anyRole := slices.ContainsFunc(m.Permissions, func(p *Permission) bool { return p.AnyRole && p.AppliesAt(name) })
	if anyRole || slices.ContainsFunc(m.Types[name].In, m.seenFromBelow) {
		c.line("\t// who holds any role here")
		c.permission(permissionHolder, c.arrows(c.bindingRelations(name), RelationSubject)...)
	}
	if !m.NeedsChildren(name) {
		return
	}
	below := []string{RelationChild + "->" + permissionHolder}
	if slices.ContainsFunc(m.childTypes(name), m.NeedsChildren) {
		below = append(below, RelationChild+"->"+permissionHolderBelow)
	}
	c.line("\t// who holds any role below")
	c.permission(permissionHolderBelow, below...)
}

func (c *compiler) arrows(relations []string, target string) []string {
	out := make([]string, len(relations))
	for i, relation := range relations {
		out[i] = relation + "->" + target
	}
	return out
}

func (c *compiler) scopePermission(name string, p *Permission) {
	id := Identifier(p.Name)
	switch {
	case p.Derived() && !p.AppliesAt(name):
	case p.AliasOf != "":
		c.describe(p)
		c.permission(id, Identifier(p.AliasOf))
	case p.AnyRole:
		c.describe(p)
		c.permission(id, permissionHolder)
	case c.model.split(p):
		c.splitPermission(name, p)
	case c.model.holdsAt(p, name):
		c.describe(p)
		c.permission(id, append(c.own(name, id), c.fromAbove(name, p, id))...)
	case c.model.handsDown(p, name):
		c.line("\t// not asked here, handed down")
		c.permission(id, append(c.own(name, id), c.fromAbove(name, p, id))...)
	}
}

// splitPermission writes what reaches below apart from what holds here.
func (c *compiler) splitPermission(name string, p *Permission) {
	id := Identifier(p.Name)
	relations := c.bindingRelations(name)
	inheriting := slices.DeleteFunc(slices.Clone(relations), func(r string) bool { return r != RelationBinding })
	local := slices.DeleteFunc(slices.Clone(relations), func(r string) bool { return r != RelationLocalBinding })
	reaching := append(c.arrows(inheriting, id), c.fromAbove(name, p, id+inheritableSuffix))
	if c.model.handsDown(p, name) {
		c.line("\t// the part of %s that reaches below", p.Name)
		c.permission(id+inheritableSuffix, reaching...)
		reaching = []string{id + inheritableSuffix}
	}
	if !c.model.holdsAt(p, name) {
		return
	}
	c.describe(p)
	parts := slices.Concat(reaching, c.arrows(local, id))
	if p.FromBelow && p.AppliesAt(name) && c.model.NeedsChildren(name) {
		parts = append(parts, permissionHolderBelow)
	}
	c.permission(id, parts...)
}

// own returns what the bindings at the scope itself give.
func (c *compiler) own(name, id string) []string {
	return c.arrows(c.bindingRelations(name), id)
}

// fromAbove returns what comes from the parent, or "".
func (c *compiler) fromAbove(name string, p *Permission, id string) string {
	if len(c.model.Types[name].In) == 0 || !c.model.HasInheriting() {
		return ""
	}
	arrow := RelationParent + "->" + id
	if p.InheritIf != "" && p.AppliesAt(name) {
		return "(" + arrow + " & " + Identifier(p.InheritIf) + ")"
	}
	return arrow
}

// describe writes the comment of a permission, on one line: any sign that ends
// the line would end the comment.
func (c *compiler) describe(p *Permission) {
	c.line("\t// %s: %s", p.Name, strings.Join(strings.Fields(p.Description), " "))
}
