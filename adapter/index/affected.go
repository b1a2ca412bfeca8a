package index

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// affected says which answers may differ between two states, of which the second
// follows from the first by one batch: so an object has the same number in both,
// and one that is the same in both is the same node. It is a list of claims:
//
//	a role holds other things   ──▶ these, for whom its bindings name, below their scopes
//	a binding                   ──▶ what its roles hold, for whom it names, below its scope
//	a group has other members   ──▶ everything, for these members, below all that they hold
//	a place, or owners          ──▶ everything, for whoever holds something near, about what is there
//	a child, where roles below
//	count                       ──▶ what counts so, for who holds something below, about what is above
//
// It may say more than what differs, and never less.
type affected struct {
	states [2]*Snapshot
	// below and spreads are what seesBelow says.
	below, spreads bool
	topics         []*topic
	claims         []*claim
	// roles are the claims about those that hold other things.
	roles map[uint32]*claim
	// regrouped are those whose groups have changed.
	regrouped marks
	// moved are objects about which everybody may be answered differently.
	moved marks
}

func newAffected(before, after *Snapshot) *affected {
	a := &affected{states: [2]*Snapshot{before, after}, topics: after.plan.topics(), roles: map[uint32]*claim{}}
	a.regrouped, a.moved = after.marks(), after.marks()
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

// gather finds out all claims, or fails with the context.
func (a *affected) gather(ctx context.Context) error {
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
		a.changed(number)
	}
	if len(a.roles) > 0 {
		a.ofRoles(bindings)
	}
	a.ofGroups()
	a.ofPlaces()
	for _, c := range a.claims {
		if err := ctx.Err(); err != nil {
			return err
		}
		a.complete(c)
	}
	return nil
}

// changed looks at an object that is not the same in both states.
func (a *affected) changed(number uint32) {
	was, is := a.states[0].objects.at(number), a.states[1].objects.at(number)
	switch kind := a.after().plan.kinds[a.either(number).kind]; {
	case kind.name == schema.DefinitionBinding:
		a.binding(number, was, is)
	case kind.name == schema.DefinitionRole:
		if !slices.Equal(was.content(), is.content()) {
			a.roles[number] = a.claim(a.asking(a.after().plan.bitsOf(was.content(), is.content()), false))
		}
	case kind.groups():
		a.group(number, was, is)
	default:
		a.place(number, was, is)
	}
}

// ofRoles claims what follows from roles that hold other things.
func (a *affected) ofRoles(bindings []uint32) {
	for _, number := range bindings {
		a.both(number, func(_ *Snapshot, o *node) {
			for _, r := range o.targets(roleOf) {
				if c := a.roles[r.low()]; c != nil {
					c.reached(o.targets(subjectOf), o.attached())
				}
			}
		})
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
func (a *affected) binding(number uint32, was, is *node) {
	changed := differing(was.outward(), is.outward())
	whole := !slices.Equal(was.attached(), is.attached()) || slices.ContainsFunc(changed, func(p pair) bool { return relation(p.high()) != subjectOf })
	if whole {
		changed = slices.Concat(was.outward().of(uint32(subjectOf)), is.outward().of(uint32(subjectOf)))
	}
	held := a.after().plan.bitMarks()
	a.both(number, func(s *Snapshot, o *node) {
		for _, r := range o.targets(roleOf) {
			held.join(s.plan.bitsOf(s.objects.at(r.low()).derived, nil))
		}
	})
	a.claim(a.asking(held, true)).reached(changed, slices.Concat(was.attached(), is.attached()))
}

// behind returns some subjects, and who is in them in one of the states.
func (a *affected) behind(subjects marks) marks {
	all, open := a.after().marks(), subjects.pairs()
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
	for _, p := range differing(was.outward(), is.outward()) {
		if relation(p.high()) == memberOf {
			a.regrouped.add(p.low())
		} else {
			a.regrouped.add(number) // of which nothing more is known
		}
	}
}

// ofGroups claims what follows for those whose groups have changed: with other
// owners among their groups, also what they hold otherwise may count.
func (a *affected) ofGroups() {
	if a.regrouped.count() == 0 {
		return
	}
	c := a.newClaim(a.every())
	c.named = a.behind(a.regrouped)
	selves := a.after().marks()
	for number := range c.named.all() {
		a.both(number, func(s *Snapshot, _ *node) {
			q := query{s: s, self: number, groups: s.objects.at(number).sources(memberOf)}
			q.eachSelf(func(self uint32) { selves.add(self) })
		})
	}
	for self := range selves.all() {
		a.both(self, func(s *Snapshot, o *node) {
			for _, b := range o.sources(subjectOf) {
				c.reached(nil, s.objects.at(b.low()).attached())
			}
		})
	}
}

// place looks at a scope, or at what lives in one. What hangs there is the
// business of bindings.
func (a *affected) place(number uint32, was, is *node) {
	moved := was != nil && is != nil && was.unowned != is.unowned || (was == nil) != (is == nil)
	for _, p := range differing(was.outward(), is.outward()) {
		switch relation(p.high()) {
		case bindingOf, localBindingOf:
		case childOf:
			c := a.claim(a.seeingBelow())
			a.holdersUnder(c.named, p.low())
			c.scopes.add(number)
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

// holdersUnder adds who holds something at a scope or below it.
func (a *affected) holdersUnder(found marks, scope uint32) {
	a.both(scope, func(s *Snapshot, o *node) {
		for _, h := range o.derived {
			found.add(h.holder())
		}
		s.nameBelow(found, o)
	})
}

// ofPlaces claims what follows where the tree has changed, or owners.
func (a *affected) ofPlaces() {
	if a.moved.count() > 0 {
		c := a.newClaim(a.every())
		c.named, c.objects = a.holders(), a.moved
	}
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
	return found
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
