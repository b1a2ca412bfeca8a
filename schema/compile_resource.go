package schema

import (
	"slices"
	"strings"
)

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
		c.permission(id, c.tiers(p.Tiers)...)
	case p.AliasOf != "":
		c.permission(id, Identifier(p.AliasOf))
	case t.Ownership == OwnershipGuarded:
		c.permission(id, RelationScope+"->"+id+" & "+permissionUnguarded)
	default:
		c.permission(id, RelationScope+"->"+id)
	}
}

// tiers returns what each tier gives. Where owning leads to another permission
// with tiers, its tiers are written out: an intersection has to say how to reach
// the scope, or listings would not know where to begin.
func (c *compiler) tiers(t *Tiers) []string {
	parts := []string{tier(t.All), tier(t.Groups, RelationOwnerGroup)}
	other := c.model.Permission(t.Own)
	if other == nil || other.Tiers == nil {
		return append(parts, tier(t.Own, RelationOwner))
	}
	return append(parts,
		tier(other.Tiers.All, RelationOwner),
		tier(other.Tiers.Groups, RelationOwner, RelationOwnerGroup),
		tier(other.Tiers.Own, RelationOwner))
}

// tier returns what one tier gives: a permission held at the scope, and only for
// those who are in each of the relations of owners.
func tier(permission string, owners ...string) string {
	if permission == "" {
		return ""
	}
	held := RelationScope + "->" + Identifier(permission)
	if len(owners) == 0 {
		return held
	}
	return "(" + strings.Join(owners, " & ") + " & " + held + ")"
}
