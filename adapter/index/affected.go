package index

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// affected says whose answers, and about what, may differ between two states,
// of which the second follows from the first by one batch: so an object has the
// same number in both, and one that is the same in both is the same node.
//
//	a group has other members   ──▶ these members, about all that they reach
//	a binding, or its role      ──▶ whom it names, about what is below its scope
//	a place, or owners          ──▶ whoever holds something near, about what is there
//	a child, where roles below
//	count                       ──▶ who holds something below, about what is above
//
// It may say more than what differs, and never less.
type affected struct {
	states [2]*Snapshot
	// below says that bindings count for scopes above theirs, and spreads that
	// what they give there comes down again.
	below, spreads bool
	// everywhere are those whose groups have changed.
	everywhere marks
	// scopes are where bindings have changed, by whom they name.
	scopes map[uint32][]uint32
	// noted is how many there are; beyond maxNoted the list is not complete.
	noted int
	// moved are objects about which everybody may be answered differently, and
	// near who holds something that counts there.
	moved, near marks
}

// maxNoted bounds the memory for affected.scopes, to about 100 MB.
const maxNoted = 20_000_000

func newAffected(before, after *Snapshot) *affected {
	a := &affected{states: [2]*Snapshot{before, after}, scopes: map[uint32][]uint32{}}
	a.everywhere, a.moved = after.marks(), after.marks()
	a.below, a.spreads = after.plan.seesBelow()
	return a
}

func (a *affected) after() *Snapshot { return a.states[1] }

// either returns an object as it is, or as it was.
func (a *affected) either(number uint32) *node {
	if o := a.states[1].objects.at(number); o != nil {
		return o
	}
	return a.states[0].objects.at(number)
}

func (a *affected) ref(number uint32) iam.Ref { return a.after().ref(a.either(number)) }

// both calls f with an object in each state where it is.
func (a *affected) both(number uint32, f func(*Snapshot, *node)) {
	for _, s := range a.states {
		if o := s.objects.at(number); o != nil {
			f(s, o)
		}
	}
}

// gather finds out all that the fields say, or fails with the context.
func (a *affected) gather(ctx context.Context) error {
	roles := a.after().marks()
	var bindings []uint32
	for number := range a.after().objects.size {
		was, is := a.states[0].objects.at(number), a.states[1].objects.at(number)
		o := a.either(number)
		if o == nil {
			continue
		}
		if a.after().plan.kinds[o.kind].name == schema.DefinitionBinding {
			bindings = append(bindings, number)
		}
		if was == is {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		a.changed(number, roles)
	}
	for _, number := range bindings {
		if err := ctx.Err(); err != nil {
			return err
		}
		a.both(number, func(_ *Snapshot, o *node) {
			if slices.ContainsFunc(o.targets(roleOf), func(p pair) bool { return roles.has(p.low()) }) {
				a.reached(o.targets(subjectOf), o.attached())
			}
		})
	}
	a.near = a.holders()
	return nil
}

// changed looks at an object that is not the same in both states.
func (a *affected) changed(number uint32, roles marks) {
	was, is := a.states[0].objects.at(number), a.states[1].objects.at(number)
	switch kind := a.after().plan.kinds[a.either(number).kind]; {
	case kind.name == schema.DefinitionBinding:
		a.binding(was, is)
	case kind.name == schema.DefinitionRole:
		if !slices.Equal(was.content(), is.content()) {
			roles.add(number)
		}
	case kind.groups():
		a.group(number, was, is)
	default:
		a.place(number, was, is)
	}
}

// content returns what a role holds; nil without one.
func (o *node) content() pairs {
	if o == nil {
		return nil
	}
	return o.derived
}

// outward returns the tuples of an object; nil without one.
func (o *node) outward() pairs {
	if o == nil {
		return nil
	}
	return o.edges[:o.edges.start(uint32(noRelation))]
}

// attached returns where a binding hangs; nil without one.
func (o *node) attached() pairs {
	if o == nil {
		return nil
	}
	return slices.Concat(o.sources(bindingOf), o.sources(localBindingOf))
}

// differing returns what only one of two sets has.
func differing(was, is pairs) pairs {
	var found pairs
	for _, p := range was {
		if !is.has(p) {
			found = append(found, p)
		}
	}
	for _, p := range is {
		if !was.has(p) {
			found = append(found, p)
		}
	}
	return found
}

// binding looks at one that has changed. If it only names others, then only
// these.
func (a *affected) binding(was, is *node) {
	changed := differing(was.outward(), is.outward())
	whole := !slices.Equal(was.attached(), is.attached()) || slices.ContainsFunc(changed, func(p pair) bool { return relation(p.high()) != subjectOf })
	if whole {
		changed = slices.Concat(was.outward().of(uint32(subjectOf)), is.outward().of(uint32(subjectOf)))
	}
	a.reached(changed, slices.Concat(was.attached(), is.attached()))
}

// reached notes that bindings at scopes have changed for subjects.
func (a *affected) reached(subjects, scopes pairs) {
	for number := range a.behind(subjects).all() {
		if a.noted += len(scopes); a.noted > maxNoted {
			return
		}
		for _, scope := range scopes { // twice the same does no harm
			a.scopes[number] = append(a.scopes[number], scope.low())
		}
	}
}

// behind returns some subjects, and who is in them in one of the states.
func (a *affected) behind(subjects pairs) marks {
	all, open := a.after().marks(), slices.Clone(subjects)
	for len(open) > 0 {
		number := open[len(open)-1].low()
		open = open[:len(open)-1]
		if all.add(number) {
			a.both(number, func(_ *Snapshot, o *node) { open = append(open, o.targets(memberOf)...) })
		}
	}
	return all
}

func (a *affected) group(number uint32, was, is *node) {
	changed := differing(was.outward(), is.outward())
	for i, p := range changed {
		if relation(p.high()) != memberOf {
			changed[i] = pair(number) // of which nothing more is known
		}
	}
	a.everywhere.join(a.behind(changed))
}

// place looks at a scope, or at what lives in one. What hangs there is the
// business of bindings.
func (a *affected) place(number uint32, was, is *node) {
	moved := was != nil && is != nil && was.unowned != is.unowned || (was == nil) != (is == nil)
	for _, p := range differing(was.outward(), is.outward()) {
		switch relation(p.high()) {
		case bindingOf, localBindingOf:
		case childOf:
			a.reached(a.holdersUnder(p.low()), pairs{pair(number)})
		default:
			moved = true
		}
	}
	if moved {
		a.both(number, func(s *Snapshot, _ *node) {
			r := s.reach()
			r.descend(number)
			a.moved.join(r.found())
		})
	}
}

// holdersUnder returns who holds something at a scope or below it.
func (a *affected) holdersUnder(scope uint32) pairs {
	found := a.after().marks()
	a.both(scope, func(s *Snapshot, o *node) {
		for _, h := range o.derived {
			found.add(h.holder())
		}
		s.nameBelow(found, o)
	})
	return found.pairs()
}

// holders returns who holds something that counts for moved objects.
func (a *affected) holders() marks {
	found := a.after().marks()
	for _, s := range a.states {
		seen := s.marks()
		for number := range a.moved.all() {
			o := s.objects.at(number)
			if o == nil {
				continue
			}
			s.nameAbove(found, seen, number)
			if a.below {
				s.nameBelow(found, o)
			}
		}
	}
	return a.behind(found.pairs())
}

// nameAbove adds who holds something at an object, or above it.
func (s *Snapshot) nameAbove(found, seen marks, number uint32) {
	if !seen.add(number) {
		return
	}
	o := s.objects.at(number)
	for _, h := range o.derived {
		found.add(h.holder())
	}
	for _, r := range [...]relation{parentOf, scopeOf, tenantOf} {
		for _, to := range o.targets(r) {
			s.nameAbove(found, seen, to.low())
		}
	}
}

// subjects returns the users and service accounts that are affected, sorted.
func (a *affected) subjects() []uint32 {
	all := a.after().marks()
	all.join(a.everywhere)
	all.join(a.near)
	for number := range a.scopes {
		all.add(number)
	}
	numbers := slices.DeleteFunc(slices.Collect(all.all()), func(number uint32) bool {
		o := a.either(number)
		return o.raw || a.after().plan.kinds[o.kind].asker < 0
	})
	slices.SortFunc(numbers, func(x, y uint32) int { return compareRefs(a.ref(x), a.ref(y)) })
	return numbers
}

// about returns the objects about which a subject may be answered differently.
func (a *affected) about(who *asker) marks {
	about := a.after().marks()
	for i, s := range a.states {
		all := a.everywhere.has(who.number)
		if who.known[i] && (all || a.near.has(who.number)) {
			reached := who.queries[i].reachOn(grounds{any: true, below: a.below}).found()
			if !all {
				reached.meet(a.moved)
			}
			about.join(reached)
		}
		about.join(a.from(s, a.scopes[who.number]))
	}
	return about
}

// from returns what bindings at scopes count for.
func (a *affected) from(s *Snapshot, scopes []uint32) marks {
	r := s.reach()
	for _, scope := range scopes {
		if s.objects.at(scope) != nil {
			r.from(pairs{pair(scope)}, a.below)
		}
	}
	if a.spreads {
		for number := range r.up.all() {
			r.descend(number)
		}
	}
	return r.found()
}

// seesBelow reports whether bindings count above their scope somewhere, and
// whether an inherited permission or a condition depends on that.
func (p *plan) seesBelow() (below, spreads bool) {
	seen := map[*expr]bool{}
	var look func(e *expr, inside bool)
	follow := func(name symbol) {
		for _, k := range p.kinds {
			if rule := k.rule(name); rule != nil && !seen[rule] {
				seen[rule] = true
				look(rule, true)
			}
		}
	}
	look = func(e *expr, inside bool) {
		if e.op == opBelow {
			below, spreads = true, spreads || inside
		}
		if e.op == opArrow {
			follow(e.name)
		}
		for i := range e.parts {
			look(&e.parts[i], inside || e.op == opAll)
		}
	}
	for _, k := range p.kinds {
		for _, rule := range k.rules {
			if rule != nil {
				look(rule, false)
			}
		}
	}
	return below, spreads
}
