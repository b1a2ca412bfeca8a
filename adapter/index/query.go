package index

import "github.com/ambit-iam/ambit/adapter/iam"

// query evaluates expressions for one subject in one state.
type query struct {
	s *Snapshot
	// self is the subject; groups are the edges to those that name it.
	self   uint32
	groups pairs
	// asker numbers the subject's type, and bits is where the bits of that type
	// begin in the content of roles.
	asker uint8
	bits  uint32
	// found is what lists, which ask about many objects in the same scopes, have found
	// out about those; nil for a single question.
	found *findings
}

// asking returns the query of a subject; false if nobody like that is known.
func (s *Snapshot) asking(subject iam.Ref) (query, bool) {
	number, o := s.object(subject)
	if o == nil || s.plan.kinds[o.kind].asker < 0 {
		return query{}, false
	}
	return s.query(number, o, s.plan.kinds[o.kind].asker), true
}

// query returns the query of an object that asks like one of a type.
func (s *Snapshot) query(number uint32, o *node, asker int) query {
	return query{
		s: s, self: number, groups: o.sources(memberOf),
		asker: uint8(asker), bits: uint32(asker) * s.plan.words * wordBits,
	}
}

// holds reports whether the expression is true at an object.
func (q *query) holds(e *expr, o *node) bool {
	switch e.op {
	case opUnion:
		for i := range e.parts {
			if q.holds(&e.parts[i], o) {
				return true
			}
		}
	case opAll:
		for i := range e.parts {
			if !q.holds(&e.parts[i], o) {
				return false
			}
		}
		return true
	case opHeld, opHolder:
		return q.among(e, o.derived)
	case opArrow:
		return q.beyond(e, o)
	case opBelow:
		return q.below(o)
	case opSubject:
		return q.named(o.targets(e.relation))
	case opAnyone:
		return o.unowned>>q.asker&1 == 1
	}
	return false
}

// beyond follows an arrow.
func (q *query) beyond(e *expr, o *node) bool {
	if e.relation == parentOf && o.up != 0 {
		return q.holdsAt(e.name, o.up)
	}
	for _, to := range o.targets(e.relation) {
		if q.holdsAt(e.name, to.low()) {
			return true
		}
	}
	return false
}

// holdsAt reports whether what a name means for an object is true there.
func (q *query) holdsAt(name symbol, number uint32) bool {
	if q.found == nil {
		return q.holdsAnew(name, number)
	}
	known, yes := q.found.about(name)
	if !known.has(number) {
		if q.holdsAnew(name, number) {
			yes.add(number)
		}
		known.add(number)
	}
	return yes.has(number)
}

func (q *query) holdsAnew(name symbol, number uint32) bool {
	o := q.s.objects.at(number)
	rule := q.s.plan.kinds[o.kind].rule(name)
	return rule != nil && q.holds(rule, o)
}

// among reports whether holders of a scope are the subject or one of its groups,
// and what they hold is what the expression asks for. It goes through whichever
// are fewer: the holders or the groups.
func (q *query) among(e *expr, holders pairs) bool {
	if len(holders) <= len(q.groups) {
		for _, h := range holders {
			if q.is(h.holder()) && q.counts(e, h) {
				return true
			}
		}
		return false
	}
	if q.from(e, holders, q.self) {
		return true
	}
	for _, g := range q.groups {
		if q.from(e, holders, g.low()) || q.fromAbove(e, holders, g.low()) {
			return true
		}
	}
	return false
}

// fromAbove looks for the groups that hold a group.
func (q *query) fromAbove(e *expr, holders pairs, group uint32) bool {
	if !q.s.plan.nests {
		return false
	}
	for _, above := range q.s.objects.at(group).derived {
		if q.from(e, holders, above.low()) {
			return true
		}
	}
	return false
}

// from looks for one subject among the holders of a scope.
func (q *query) from(e *expr, holders pairs, subject uint32) bool {
	for _, h := range holders[holders.seek(subject*scramble):] {
		if h.holder() != subject {
			return false
		}
		if q.counts(e, h) {
			return true
		}
	}
	return false
}

// counts reports whether what a subject holds gives what the expression asks for.
func (q *query) counts(e *expr, h pair) bool {
	if !e.takes(h) {
		return false
	}
	return e.op == opHolder || h.held() != 0 && q.s.objects.at(h.held()).gives(q.bits+e.bit)
}

// is reports whether an object stands for the subject: itself, or a group that
// it is in.
func (q *query) is(number uint32) bool {
	if number == q.self || q.groups.has(join(uint32(memberOf.back()), number)) {
		return true
	}
	for _, g := range q.groups {
		if q.s.plan.nests && q.s.objects.at(g.low()).derived.has(pair(number)) {
			return true
		}
	}
	return false
}

// named reports whether one of the targets stands for the subject.
func (q *query) named(targets pairs) bool {
	for _, t := range targets {
		if q.is(t.low()) {
			return true
		}
	}
	return false
}
