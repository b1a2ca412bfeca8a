package index

import (
	"cmp"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Paths returns every way on which a subject has a permission on an object, the
// shortest first. There is none exactly if Check says no.
func (s *Snapshot) Paths(subject iam.Ref, permission string, object iam.Ref) []Path {
	rule, o := s.asked(permission, object)
	q, known := s.asking(subject)
	if rule == nil || !known {
		return nil
	}
	paths := q.paths(rule, o, []iam.Ref{s.ref(o)})
	slices.SortFunc(paths, func(a, b Path) int { return cmp.Compare(a.key(), b.key()) })
	return paths
}

// paths returns the ways on which an expression is true at an object, which was
// reached through others.
func (q *query) paths(e *expr, o *node, through []iam.Ref) []Path {
	switch e.op {
	case opUnion:
		var paths []Path
		for i := range e.parts {
			paths = append(paths, q.paths(&e.parts[i], o, through)...)
		}
		return paths
	case opAll:
		return q.pathsIf(e, o, through)
	case opHeld, opHolder:
		return q.pathsAt(e, o, through)
	case opArrow:
		var paths []Path
		for _, to := range o.targets(e.relation) {
			target := q.s.objects.at(to.low())
			if rule := q.s.plan.kinds[target.kind].rule(e.name); rule != nil {
				paths = append(paths, q.paths(rule, target, q.then(through, target))...)
			}
		}
		return paths
	case opBelow:
		return q.pathsBelow(o, through)
	case opSubject:
		return q.pathsOfOwner(e, o, through)
	case opAnyone:
		if q.holds(e, o) {
			return []Path{{Kind: ByNoOwner, Through: through}}
		}
	}
	return nil
}

// then returns a way with one step more.
func (q *query) then(through []iam.Ref, o *node) []iam.Ref {
	return append(slices.Clip(through), q.s.ref(o))
}

// pathsIf returns the paths of the main part, if the others are true.
func (q *query) pathsIf(e *expr, o *node, through []iam.Ref) []Path {
	var conditions []Condition
	main := e.main()
	for i := range e.parts {
		part := &e.parts[i]
		if part == main {
			continue
		}
		ways := q.paths(part, o, []iam.Ref{q.s.ref(o)})
		if len(ways) == 0 {
			return nil
		}
		conditions = append(conditions, Condition{Permission: q.s.plan.spelled[part.name], Object: q.s.ref(o), Ways: ways})
	}
	paths := q.paths(main, o, through)
	for i := range paths {
		paths[i].Conditions = slices.Concat(conditions, paths[i].Conditions)
	}
	return paths
}

// pathsAt returns a path for each binding at a scope that gives what the
// expression asks for, for each of its roles and each way to who it names.
func (q *query) pathsAt(e *expr, scope *node, through []iam.Ref) []Path {
	var paths []Path
	for _, over := range [...]relation{bindingOf, localBindingOf} {
		if e.bindings&bindingMask(over) == 0 {
			continue
		}
		for _, b := range scope.targets(over) {
			binding := q.s.objects.at(b.low())
			path := Path{Kind: ByAnyRole, Through: through, Binding: binding.id, Local: over == localBindingOf}
			for _, chain := range q.chains(binding.targets(subjectOf)) {
				path.Chain = chain
				paths = append(paths, q.pathsOf(path, e, binding)...)
			}
		}
	}
	return paths
}

// pathsOf returns a path for each role of a binding that counts.
func (q *query) pathsOf(path Path, e *expr, binding *node) []Path {
	var paths []Path
	for _, r := range binding.targets(roleOf) {
		role := q.s.objects.at(r.low())
		path.Role = roleID(role)
		if e.op == opHeld {
			if !role.gives(q.bits + e.bit) {
				continue
			}
			path.Kind, path.Permission = ByRole, q.s.plan.names[e.bit]
		}
		paths = append(paths, path)
	}
	if len(binding.targets(roleOf)) == 0 && e.op == opHolder {
		return []Path{path}
	}
	return paths
}

// anyBinding is what counts when a scope is seen from below.
func anyBinding() *expr {
	return &expr{op: opHolder, bindings: bindingMask(bindingOf) | bindingMask(localBindingOf)}
}

func (q *query) pathsBelow(o *node, through []iam.Ref) []Path {
	var paths []Path
	for _, child := range o.targets(childOf) {
		scope := q.s.objects.at(child.low())
		way := q.then(through, scope)
		here := q.pathsAt(anyBinding(), scope, way)
		for i := range here {
			here[i].Below = true
		}
		paths = append(append(paths, here...), q.pathsBelow(scope, way)...)
	}
	return paths
}

func (q *query) pathsOfOwner(e *expr, o *node, through []iam.Ref) []Path {
	var paths []Path
	for _, chain := range q.chains(o.targets(e.relation)) {
		paths = append(paths, Path{Kind: ByOwner, Through: through, Chain: chain})
	}
	return paths
}

// chains returns the ways from the subject to those of the targets that stand for
// it: for each of its own groups the shortest.
func (q *query) chains(targets pairs) [][]iam.Ref {
	var chains [][]iam.Ref
	for _, t := range targets {
		if !q.is(t.low()) {
			continue
		}
		self := q.s.ref(q.s.objects.at(q.self))
		if t.low() == q.self {
			chains = append(chains, []iam.Ref{self})
			continue
		}
		for _, g := range q.groups {
			if up := q.s.chain(g.low(), t.low()); up != nil {
				chains = append(chains, append([]iam.Ref{self}, up...))
			}
		}
	}
	return chains
}

// chain returns the shortest way from a group to one that holds it, both
// included, or nil.
func (s *Snapshot) chain(from, to uint32) []iam.Ref {
	type step struct {
		group uint32
		way   []iam.Ref
	}
	seen := map[uint32]bool{from: true}
	for open := []step{{from, []iam.Ref{s.ref(s.objects.at(from))}}}; len(open) > 0; open = open[1:] {
		if open[0].group == to {
			return open[0].way
		}
		for _, above := range s.objects.at(open[0].group).sources(memberOf) {
			if n := above.low(); !seen[n] {
				seen[n] = true
				open = append(open, step{n, append(slices.Clip(open[0].way), s.ref(s.objects.at(n)))})
			}
		}
	}
	return nil
}
