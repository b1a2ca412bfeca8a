package schema

import "slices"

// resource writes the definition of an ownable type: a resource or a service
// account (rule 11).
func (c *compiler) resource(name string) {
	m, t := c.model, c.model.Types[name]
	c.open(name, c.comment(name, "An object inside a scope."))
	c.relation(RelationScope, t.In...)
	switch t.Ownership {
	case OwnershipGuarded:
		c.guard(name)
	case OwnershipTiered:
		c.tierRelations(t)
	}
	for _, p := range m.Permissions {
		if p.AppliesAt(name) {
			c.resourcePermission(t, p)
		}
	}
	c.line("}")
}

// guard writes who passes the guard: everybody where there are no owners, the
// owners, and who may bypass ownership at the tenant.
func (c *compiler) guard(name string) {
	m, t := c.model, c.model.Types[name]
	passing := []string{RelationUnowned, RelationOwner}
	c.relation(RelationUnowned, c.everybody()...)
	c.relation(RelationOwner, c.subjectRelations(t.Owners)...)
	if t.Bypass != "" {
		tenant := RelationScope
		if m.TenantOwned(name) {
			tenant = RelationTenant
			c.relation(RelationTenant, c.tenants(name)...)
		}
		passing = append(passing, tenant+"->"+Identifier(t.Bypass))
	}
	c.line("\t// who may pass: anybody if nobody owns it, else its owners")
	c.permission(permissionUnguarded, passing...)
}

func (c *compiler) tenants(name string) []string {
	return slices.DeleteFunc(c.model.ScopeTypes(), func(scope string) bool {
		return !c.model.IsTenant(scope) || !c.model.isAbove(scope, name)
	})
}

func (c *compiler) tierRelations(t *Type) {
	var direct, groups []string
	for _, owner := range t.Owners {
		if c.model.Types[owner].Kind == KindGroup {
			groups = append(groups, c.subjectRelation(owner))
		} else {
			direct = append(direct, owner)
		}
	}
	if len(direct) > 0 {
		c.relation(RelationOwner, direct...)
	}
	if len(groups) > 0 {
		c.relation(RelationOwnerGroup, groups...)
	}
}

func (c *compiler) resourcePermission(t *Type, p *Permission) {
	id := Identifier(p.Name)
	c.describe(p)
	switch {
	case p.Tiers != nil:
		c.permission(id, tier("", p.Tiers.All), tier(RelationOwnerGroup, p.Tiers.Groups), tier(RelationOwner, p.Tiers.Own))
	case p.AliasOf != "":
		c.permission(id, Identifier(p.AliasOf))
	case t.Ownership == OwnershipGuarded:
		c.permission(id, RelationScope+"->"+id+" & "+permissionUnguarded)
	default:
		c.permission(id, RelationScope+"->"+id)
	}
}

// tier returns what one tier gives: a permission held at the scope, and for
// owners only if they are named.
func tier(owners, permission string) string {
	if permission == "" {
		return ""
	}
	held := RelationScope + "->" + Identifier(permission)
	if owners == "" {
		return held
	}
	return "(" + owners + " & " + held + ")"
}
