package index

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Filter says in few words on which objects of a type a subject has a permission,
// so that an application can put it into a query of its own:
//
//	WHERE account_id IN (...below...) OR environment_id IN (...below...) OR id IN (...objects...)
type Filter struct {
	// Below are scopes where the subject has the permission in such a way that it
	// reaches down, and below which it has it on every object of the type today.
	// None lies below another. Below means the place in the tree, also where an
	// isolated scope does not inherit from it.
	Below []iam.Ref
	// Objects are those that are in no scope of Below, sorted.
	Objects []iam.Ref
}

// Filter returns the same objects as Resources, in the form of a filter.
func (s *Snapshot) Filter(subject iam.Ref, permission, typeName string) Filter {
	q, rule, kind := s.listing(subject, permission, typeName)
	if rule == nil {
		return Filter{}
	}
	r := q.reach(rule)
	c := &cover{s: s, kind: kind, allowed: s.marks(), covered: s.marks()}
	for number := range r.found().all() {
		if o := s.objects.at(number); o.kind == kind && q.holds(rule, o) {
			c.allowed.add(number)
		}
	}
	f := Filter{Below: c.below(&q, rule, r.down)}
	for number := range c.allowed.all() {
		if o := s.objects.at(number); !c.covered.has(number) && !o.raw {
			f.Objects = append(f.Objects, s.ref(o))
		}
	}
	slices.SortFunc(f.Objects, compareRefs)
	return f
}

// passes gathers, by type, the permissions that scopes hand down for an
// expression to become true below.
func (p *plan) passes(found map[uint8][]symbol, e *expr, k *kind) {
	switch {
	case e.op == opUnion:
		for i := range e.parts {
			p.passes(found, &e.parts[i], k)
		}
	case e.op == opAll && !slices.ContainsFunc(e.parts, func(part expr) bool { return part.op == opSubject }):
		p.passes(found, e.main(), k)
	case e.op == opArrow && (e.relation == parentOf || e.relation == scopeOf):
		for _, to := range k.leads(e.relation) {
			if rule := to.rule(e.name); rule != nil && !slices.Contains(found[to.number], e.name) {
				found[to.number] = append(found[to.number], e.name)
				p.passes(found, rule, to)
			}
		}
	}
}

// leads returns the types of the subjects of a relation.
func (k *kind) leads(r relation) []*kind {
	var kinds []*kind
	for _, a := range k.accepts {
		if a.relation == r {
			for _, form := range a.subjects {
				kinds = append(kinds, form.kind)
			}
		}
	}
	return kinds
}

// cover finds scopes below which everything is allowed.
type cover struct {
	s       *Snapshot
	kind    uint8
	allowed marks
	covered marks
}

// below returns the topmost scopes below which everything is allowed, and covers
// what lies there.
func (c *cover) below(q *query, rule *expr, scopes marks) []iam.Ref {
	passes := map[uint8][]symbol{}
	c.s.plan.passes(passes, rule, c.s.plan.kinds[c.kind])
	var refs []iam.Ref
	for _, k := range c.s.plan.kinds { // scopes come before what is in them
		names := passes[k.number]
		if len(names) == 0 {
			continue
		}
		for number := range scopes.all() {
			scope := c.s.objects.at(number)
			if scope.kind == k.number && !scope.raw && !c.covered.has(number) && q.all(names, number) && c.whole(scope) {
				c.cover(scope)
				refs = append(refs, c.s.ref(scope))
			}
		}
	}
	slices.SortFunc(refs, compareRefs)
	return refs
}

// all reports whether several names are true at an object.
func (q *query) all(names []symbol, number uint32) bool {
	return !slices.ContainsFunc(names, func(name symbol) bool { return !q.holdsAt(name, number) })
}

// whole reports whether all objects of the type below a scope are allowed.
func (c *cover) whole(scope *node) bool {
	return c.eachBelow(scope, func(number uint32) bool {
		return c.s.objects.at(number).kind != c.kind || c.allowed.has(number)
	})
}

func (c *cover) cover(scope *node) {
	c.eachBelow(scope, func(number uint32) bool {
		c.covered.add(number)
		return true
	})
}

// eachBelow calls f for the scopes and objects below a scope until it says no, and
// reports whether it never did.
func (c *cover) eachBelow(scope *node, f func(number uint32) bool) bool {
	for _, in := range c.s.residents(scope) {
		if !f(in.low()) {
			return false
		}
	}
	for _, r := range [...]relation{parentOf, isolatedParentOf} {
		for _, in := range scope.sources(r) {
			below := c.s.objects.at(in.low())
			if r == parentOf && len(below.targets(isolatedParentOf)) > 0 {
				continue // it inherits from here, but lies elsewhere
			}
			if !f(in.low()) || !c.eachBelow(below, f) {
				return false
			}
		}
	}
	return true
}
