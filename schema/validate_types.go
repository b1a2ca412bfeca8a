package schema

import (
	"maps"
	"slices"
)

// reservedTypes are the definitions that the compiler makes itself.
var reservedTypes = []string{DefinitionRole, DefinitionBinding}

func (v *validator) types() {
	counts := map[Kind]int{}
	for _, name := range slices.Sorted(maps.Keys(v.model.Types)) {
		t := v.model.Types[name]
		if t == nil {
			v.report.add(at("types", name), "say at least its kind, as in {kind: scope}")
			v.model.Types[name] = &Type{Name: name}
			continue
		}
		// Two types written as one YAML anchor must not share their name.
		own := *t
		own.Name = name
		v.model.Types[name] = &own
		counts[own.Kind]++
		v.typeName(name)
		v.typeShape(&own)
	}
	v.countKinds(counts)
	v.orderTypes()
}

func (v *validator) typeName(name string) {
	path := at("types", name)
	switch {
	case slices.Contains(reservedTypes, name):
		v.report.add(path, "%q is a name that the compiled schema needs itself", name)
	case Identifier(name) != name:
		v.report.add(path, "%q: type names have lower-case letters, digits and _", name)
	default:
		if err := checkIdentifier(name, maxIdentifier); err != nil {
			v.report.add(path, "%q: %v", name, err)
		}
	}
}

func (v *validator) countKinds(counts map[Kind]int) {
	if counts[KindUser] != 1 {
		v.report.add(at("types"), "a model has exactly one type of kind user; this one has %d", counts[KindUser])
	}
	for _, kind := range []Kind{KindServiceAccount, KindGroup} {
		if counts[kind] > 1 {
			v.report.add(at("types"), "a model has at most one type of kind %s; this one has %d", kind, counts[kind])
		}
	}
	if counts[KindScope] == 0 {
		v.report.add(at("types"), "a model has at least one type of kind scope")
	}
}

// typeShape checks that a type has what its kind needs and nothing else.
func (v *validator) typeShape(t *Type) {
	path := at("types", t.Name)
	switch t.Kind {
	case KindUser:
		v.refuse(path, len(t.In) > 0, "in", "users belong to no scope")
	case KindServiceAccount, KindGroup, KindResource:
		v.refuse(path, len(t.In) == 0, "kind", "say with in: which scopes hold it")
	case KindScope:
	default:
		v.report.add(at("types", t.Name, "kind"), "%q is no kind: use user, service_account, group, scope or resource", t.Kind)
	}
	v.wantKinds(at("types", t.Name, "in"), t.In, KindScope)
	v.refuse(path, t.Isolatable && (t.Kind != KindScope || len(t.In) == 0), "isolatable", "only a scope below another one can be isolated")
	v.refuse(path, t.IDCase != "" && t.IDCase != "lower", "id_case", "write lower, or leave it out")
	v.regex(step(path, "id_pattern"), t.IDPattern)
	v.groupShape(t)
	v.ownerShape(t)
}

func (v *validator) groupShape(t *Type) {
	path := at("types", t.Name)
	if t.Kind != KindGroup {
		v.refuse(path, len(t.Members) > 0, "members", "only groups have members")
		v.refuse(path, t.NestedGroups != 0, "nested_groups", "only groups nest")
		v.refuse(path, t.Carries != nil, "carries", "only groups carry roles and scopes")
		return
	}
	v.refuse(path, len(t.Members) == 0, "kind", "say with members: who may be in a group")
	v.refuse(path, t.NestedGroups < 0, "nested_groups", "the depth is 0 or more")
	v.wantKinds(at("types", t.Name, "members"), t.Members, KindUser, KindServiceAccount)
	if t.Carries == nil {
		return
	}
	v.refuse(path, len(t.Carries.Scopes) == 0 && !t.Carries.Own, "carries",
		"say with scopes: or own: true where the roles of a group hold")
	v.wantKinds(at("types", t.Name, "carries", "scopes"), t.Carries.Scopes, KindScope)
}

func (v *validator) ownerShape(t *Type) {
	path := at("types", t.Name)
	ownable := t.Kind == KindServiceAccount || t.Kind == KindResource
	v.refuse(path, len(t.Owners) > 0 && !ownable, "owners", "only service accounts and resources have owners")
	v.wantKinds(at("types", t.Name, "owners"), t.Owners, KindUser, KindServiceAccount, KindGroup)
	for _, name := range slices.Sorted(maps.Keys(t.MaxOwners)) {
		v.refuse(path, t.MaxOwners[name] < 1, "max_owners", "the bound for "+name+" is 1 or more")
		v.wantOwner(at("types", t.Name, "max_owners", name), t, name)
	}
	for i, name := range t.KeepsOwners {
		v.wantOwner(at("types", t.Name, "keeps_owners", i), t, name)
	}
	switch t.Ownership {
	case OwnershipNone:
	case OwnershipGuarded, OwnershipTiered:
		v.refuse(path, len(t.Owners) == 0, "ownership", "say with owners: who may own it")
	default:
		v.report.add(step(path, "ownership"), "%q: write guarded or tiered, or leave it out", t.Ownership)
	}
	v.refuse(path, t.Ownership == OwnershipTiered && t.Kind != KindResource, "ownership", "only resources are owned in tiers")
	v.refuse(path, t.Bypass != "" && t.Ownership != OwnershipGuarded, "bypass", "only guarded ownership can be bypassed")
}

// wantOwner reports a type that may not own objects of t.
func (v *validator) wantOwner(path []any, t *Type, name string) {
	if !slices.Contains(t.Owners, name) {
		v.report.add(path, "%q may not own a %s; write it under owners first", name, t.Name)
	}
}

// refuse reports a problem at path.key if bad holds.
func (v *validator) refuse(path []any, bad bool, key, sentence string) {
	if bad {
		v.report.add(step(path, key), "%s", sentence)
	}
}

// orderTypes sorts the types, subjects first and parents before children, and
// reports a cycle of parents.
func (v *validator) orderTypes() {
	rank := map[Kind]int{KindUser: 0, KindServiceAccount: 1, KindGroup: 2, KindScope: 3, KindResource: 4}
	names := slices.SortedFunc(maps.Keys(v.model.Types), func(a, b string) int {
		ra, rb := rank[v.model.Types[a].Kind], rank[v.model.Types[b].Kind]
		if ra != rb {
			return ra - rb
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	placed := map[string]bool{}
	for range names {
		for _, name := range names {
			if !placed[name] && v.parentsPlaced(name, placed) {
				placed[name] = true
				v.model.order = append(v.model.order, name)
			}
		}
	}
	for _, name := range names {
		if placed[name] {
			continue
		}
		v.model.order = append(v.model.order, name)
		if v.under(name, name, map[string]bool{}) {
			v.report.add(at("types", name, "in"), "%s sits under itself: the parents of scope types must form a tree", name)
		}
	}
	slices.SortStableFunc(v.model.order, func(a, b string) int {
		return rank[v.model.Types[a].Kind] - rank[v.model.Types[b].Kind]
	})
}

// parentsPlaced reports whether every scope type that a scope type may sit
// under comes earlier. Types of other kinds depend on nothing.
func (v *validator) parentsPlaced(name string, placed map[string]bool) bool {
	t := v.model.Types[name]
	if t.Kind != KindScope {
		return true
	}
	return !slices.ContainsFunc(t.In, func(parent string) bool {
		return v.model.Types[parent] != nil && !placed[parent]
	})
}

// under reports whether name sits, over any number of parents, under ancestor.
func (v *validator) under(name, ancestor string, seen map[string]bool) bool {
	t := v.model.Types[name]
	if t == nil || seen[name] {
		return false
	}
	seen[name] = true
	return slices.ContainsFunc(t.In, func(parent string) bool {
		return parent == ancestor || v.under(parent, ancestor, seen)
	})
}
