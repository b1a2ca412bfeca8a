package index

import (
	"maps"
	"slices"
)

// topic is a permission that two states are asked about.
type topic struct {
	*permission
	// grounds are what it can come from, on whatever object.
	grounds grounds
	// plain says of which types of objects the permission is held by whoever is
	// somebody who holds it: the subject, or one of its groups. Where conditions or
	// owners count, one group may bring the one and another the other.
	plain []bool
}

// topics returns all permissions, by name.
func (p *plan) topics() []*topic {
	var all []*topic
	for _, name := range slices.Sorted(maps.Keys(p.permissions)) {
		t := &topic{permission: p.permissions[name], plain: make([]bool, len(p.kinds))}
		seen := map[*expr]bool{}
		for kind, rule := range t.rules {
			if rule != nil {
				p.gather(rule, &t.grounds, seen)
				t.plain[kind] = p.plain(rule, map[*expr]bool{})
			}
		}
		all = append(all, t)
	}
	return all
}

// plain reports whether an expression asks for nothing but bindings, one at a time.
func (p *plan) plain(e *expr, seen map[*expr]bool) bool {
	if seen[e] {
		return true
	}
	seen[e] = true
	switch e.op {
	case opAll, opSubject, opAnyone, opName:
		return false
	case opArrow:
		for _, k := range p.kinds {
			if rule := k.rule(e.name); rule != nil && !p.plain(rule, seen) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(e.parts, func(part expr) bool { return !p.plain(&part, seen) })
}

// bitMarks returns an empty set of bits of roles, which tell no types of askers
// apart.
func (p *plan) bitMarks() marks { return make(marks, p.words) }

// bitsOf returns the bits in which two contents of roles differ.
func (p *plan) bitsOf(was, is pairs) marks {
	found := p.bitMarks()
	for i := range max(len(was), len(is)) {
		word := uint64(0)
		if i < len(was) {
			word ^= uint64(was[i])
		}
		if i < len(is) {
			word ^= uint64(is[i])
		}
		found[i%len(found)] |= word
	}
	return found
}

// asking returns the topics that depend on some bits of roles or, with bindings, on
// which bindings there are.
func (a *affected) asking(held marks, bindings bool) marks {
	return a.topicsWith(func(g grounds) bool { return bindings && g.any || slices.ContainsFunc(g.bits, held.has) })
}

// seeingBelow returns the topics for which bindings below count.
func (a *affected) seeingBelow() marks {
	return a.topicsWith(func(g grounds) bool { return g.below })
}

// every returns all topics.
func (a *affected) every() marks {
	return a.topicsWith(func(grounds) bool { return true })
}

func (a *affected) topicsWith(is func(grounds) bool) marks {
	found := newMarks(len(a.topics))
	for i, t := range a.topics {
		if is(t.grounds) {
			found.add(uint32(i))
		}
	}
	return found
}
