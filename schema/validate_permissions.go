package schema

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

func (v *validator) permissions() {
	v.model.permissions = make(map[string]*Permission, len(v.model.Permissions))
	spelled := map[string]string{}
	pattern := v.regex(at("permission_pattern"), v.model.PermissionPattern)
	for i, p := range v.model.Permissions {
		path := at("permissions", i, "name")
		if v.model.permissions[p.Name] != nil {
			v.report.add(path, "%q is here twice", p.Name)
			continue
		}
		v.model.permissions[p.Name] = p
		v.permissionName(path, p.Name, spelled)
		v.refuse(at("permissions", i), p.Description == "", "name", "say with description: what "+p.Name+" allows")
		if !pattern.MatchString(p.Name) {
			v.report.add(path, "%q does not match permission_pattern %s", p.Name, v.model.PermissionPattern)
		}
	}
	for i, p := range v.model.Permissions {
		v.wantKinds(at("permissions", i, "at"), p.At, KindScope, KindResource, KindServiceAccount)
		v.derivation(i, p)
		v.needs(i, p)
		v.inheritIf(i, p)
	}
	for _, name := range slices.Sorted(maps.Keys(v.model.Types)) {
		v.bypass(name, v.model.Types[name])
	}
}

// spelling reports signs that a name cannot have, wherever it comes from: they
// would part it in questions and end comments in the compiled schema.
func (v *validator) spelling(path []any, name string) {
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		v.report.add(path, "%q has a space or an invisible sign", name)
	}
}

// permissionName reports a name that SpiceDB cannot hold, or that meets another
// name there.
func (v *validator) permissionName(path []any, name string, spelled map[string]string) {
	v.spelling(path, name)
	identifier := Identifier(name)
	if strings.Contains(name, wildcard) {
		v.report.add(path, "%q has a *: write it under patterns", name)
		return
	}
	if err := checkIdentifier(identifier, maxPermission); err != nil {
		v.report.add(path, "%q: %v", name, err)
	}
	if slices.Contains(reservedRelations, identifier) || strings.HasSuffix(identifier, inheritableSuffix) {
		v.report.add(path, "%q becomes %q, which the compiled schema needs itself", name, identifier)
	}
	if other, taken := spelled[identifier]; taken {
		v.report.add(path, "%q and %q become the same SpiceDB identifier %q", other, name, identifier)
	}
	spelled[identifier] = name
}

// derivation checks alias_of, any_role and tiers, of which a permission has at
// most one.
func (v *validator) derivation(i int, p *Permission) {
	path := at("permissions", i)
	kinds := 0
	for _, set := range []bool{p.AliasOf != "", p.AnyRole, p.Tiers != nil} {
		if set {
			kinds++
		}
	}
	v.refuse(path, kinds > 1, "name", "alias_of, any_role and tiers exclude each other")
	v.refuse(path, kinds > 0 && (p.FromBelow || p.InheritIf != "" || len(p.Needs) > 0), "name",
		"a permission that follows from others has no needs, inherit_if or from_below")
	if p.AliasOf != "" {
		v.alias(i, p)
	}
	v.onScopesOnly(i, p, p.AnyRole, "any_role")
	v.onScopesOnly(i, p, p.FromBelow, "from_below")
	v.tiers(i, p)
}

func (v *validator) alias(i int, p *Permission) {
	path := at("permissions", i, "alias_of")
	target := v.wantPermission(path, p.AliasOf)
	if target == nil {
		return
	}
	if target.Derived() {
		v.report.add(path, "%s itself follows from another permission; name that one", p.AliasOf)
	}
	for _, name := range p.At {
		if !target.AppliesAt(name) {
			v.report.add(path, "%s is not applicable at %s", p.AliasOf, name)
		}
	}
}

func (v *validator) onScopesOnly(i int, p *Permission, rule bool, key string) {
	for _, name := range p.At {
		t := v.model.Types[name]
		v.refuse(at("permissions", i), rule && t != nil && t.Kind != KindScope, key, "holds on scopes only; "+name+" is none")
	}
}

// tiers checks that resources owned in tiers have tiered permissions, and nothing
// else has.
func (v *validator) tiers(i int, p *Permission) {
	path := at("permissions", i)
	for _, name := range p.At {
		t := v.model.Types[name]
		if t == nil {
			continue
		}
		v.refuse(path, p.Tiers != nil && t.Ownership != OwnershipTiered, "tiers", name+" is not owned in tiers")
		v.refuse(path, p.Tiers == nil && t.Ownership == OwnershipTiered, "at", name+" is owned in tiers: say with tiers: what gives "+p.Name)
	}
	if p.Tiers == nil {
		return
	}
	path = step(path, "tiers")
	v.refuse(at("permissions", i), *p.Tiers == Tiers{}, "tiers", "say with all:, groups: or own: what gives "+p.Name)
	v.tier(step(path, "all"), p, p.Tiers.All)
	v.tier(step(path, "groups"), p, p.Tiers.Groups, KindGroup)
	if other := v.model.Permission(p.Tiers.Own); other != nil && other.Tiers != nil {
		v.ownThrough(step(path, "own"), p, other)
		return
	}
	v.tier(step(path, "own"), p, p.Tiers.Own, KindUser, KindServiceAccount)
}

// ownThrough checks that owners get p wherever they have the other permission:
// it must apply to the same resources, and not lead to a third one in turn.
func (v *validator) ownThrough(path []any, p, other *Permission) {
	for _, resource := range p.At {
		if !other.AppliesAt(resource) {
			v.report.add(path, "%s is not applicable at %s", other.Name, resource)
		}
	}
	v.ownedBy(path, p, KindUser, KindServiceAccount)
	if next := v.model.Permission(other.Tiers.Own); next != nil && next.Tiers != nil {
		v.report.add(path, "%s leads on to %s; name a permission whose own: is held at the scope", other.Name, next.Name)
	}
}

// tier checks a permission that gives another one on resources: it must hold at
// the scopes where they live, and owners of one of the kinds must be possible.
func (v *validator) tier(path []any, p *Permission, name string, owners ...Kind) {
	if name == "" {
		return
	}
	target := v.wantPermission(path, name)
	if target == nil {
		return
	}
	if target.Derived() {
		v.report.add(path, "%s itself follows from another permission; name that one", name)
		return
	}
	for _, resource := range p.At {
		t := v.model.Types[resource]
		if t == nil || t.Ownership != OwnershipTiered {
			continue
		}
		if !slices.ContainsFunc(t.In, target.AppliesAt) {
			v.report.add(path, "%s is not applicable where a %s lives: %s", name, resource, strings.Join(t.In, ", "))
		}
	}
	v.ownedBy(path, p, owners...)
}

// ownedBy checks that the resources of a tiered permission can have owners of one
// of the kinds; of none, if no kind is named.
func (v *validator) ownedBy(path []any, p *Permission, owners ...Kind) {
	for _, resource := range p.At {
		t := v.model.Types[resource]
		tiered := t != nil && t.Ownership == OwnershipTiered
		if tiered && len(owners) > 0 && !slices.ContainsFunc(t.Owners, v.isOneOf(owners)) {
			v.report.add(path, "%s has no owners of kind %s; allow one under owners, or leave this out", resource, joinKinds(owners))
		}
	}
}

// isOneOf returns whether a type is of one of the kinds.
func (v *validator) isOneOf(kinds []Kind) func(string) bool {
	return func(name string) bool {
		t := v.model.Types[name]
		return t != nil && slices.Contains(kinds, t.Kind)
	}
}

func (v *validator) needs(i int, p *Permission) {
	for j, need := range p.Needs {
		path := at("permissions", i, "needs", j)
		if target := v.wantPermission(path, need); target != nil && target.Derived() {
			v.report.add(path, "no role can hold %s", need)
		}
	}
}

func (v *validator) inheritIf(i int, p *Permission) {
	if p.InheritIf == "" {
		return
	}
	path := at("permissions", i, "inherit_if")
	target := v.wantPermission(path, p.InheritIf)
	if target == nil {
		return
	}
	for _, name := range p.At {
		t := v.model.Types[name]
		below := t != nil && t.Kind == KindScope && len(t.In) > 0
		if below && !target.AppliesAt(name) {
			v.report.add(path, "%s is not applicable at %s, where %s comes from above", p.InheritIf, name, p.Name)
		}
	}
	if v.conditional(target, p) {
		v.report.add(path, "the conditions of %s lead back to it", p.Name)
	}
}

// conditional reports whether the conditions of p lead to target.
func (v *validator) conditional(p, target *Permission) bool {
	for range v.model.Permissions {
		if p == nil || p == target {
			return p == target
		}
		p = v.model.permissions[p.InheritIf+p.AliasOf] // never both
	}
	return false
}

// bypass checks that the permission that opens guarded objects can be held at
// a tenant.
func (v *validator) bypass(name string, t *Type) {
	if t.Bypass == "" {
		return
	}
	path := at("types", name, "bypass")
	p := v.wantPermission(path, t.Bypass)
	if p != nil && !slices.ContainsFunc(p.At, v.model.IsTenant) {
		v.report.add(path, "%s is not applicable at a tenant", t.Bypass)
	}
}
