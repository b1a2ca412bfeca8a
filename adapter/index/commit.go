package index

import (
	"cmp"
	"iter"
	"slices"
)

// link is an edge that a batch has added or removed.
type link struct {
	change
	from uint32
}

func (l link) relation() relation { return relation(l.high()) }

// commit returns the next state, or the base if nothing has changed.
//
//	edits ──▶ edges out of objects ──▶ what has changed ─┬─▶ edges into objects
//	                                                     ├─▶ holders of scopes
//	                                                     └─▶ groups above groups
//
// Each arrow works on sets, so neither the order of updates nor that of tuples
// in a load matters.
func (b *batch) commit() *Snapshot {
	links := b.outward()
	if len(links) == 0 {
		return b.base
	}
	b.inward(links)
	b.holders(links)
	b.nest(links)
	b.forget()
	b.pack()
	return b.next
}

// runs yields the parts of a sorted list that share a key.
func runs[T any](list []T, key func(T) uint32) iter.Seq2[uint32, []T] {
	return func(yield func(uint32, []T) bool) {
		for len(list) > 0 {
			first, n := key(list[0]), 1
			for n < len(list) && key(list[n]) == first {
				n++
			}
			if !yield(first, list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// outward changes the edges out of objects and returns the changes.
func (b *batch) outward() []link {
	slices.SortFunc(b.edits, func(a, c edit) int {
		return cmp.Or(cmp.Compare(a.from, c.from), cmp.Compare(a.edge, c.edge), cmp.Compare(a.turn, c.turn))
	})
	var links []link
	var changes []change
	for from, edits := range runs(b.edits, func(e edit) uint32 { return e.from }) {
		changes = lastOf(changes[:0], edits)
		wild := slices.IndexFunc(changes, func(c change) bool { return relation(c.high()).wild() })
		if wild < 0 {
			wild = len(changes)
		}
		edges, effective := b.next.objects.at(from).edges.merge(changes[:wild])
		if len(effective) > 0 {
			b.own(from).link(edges)
		}
		effective = append(effective, b.wildcards(from, changes[wild:])...)
		for _, c := range effective {
			links = append(links, link{change: c, from: from})
		}
	}
	return links
}

// lastOf appends the last change of each edge.
func lastOf(changes []change, edits []edit) []change {
	for i, e := range edits {
		if i+1 == len(edits) || edits[i+1].edge != e.edge {
			changes = append(changes, change{pair: e.edge, add: e.turn&1 == 1})
		}
	}
	return changes
}

// wildcards sets and clears the bits of roles and of objects without owners. It
// returns the changes that were ones.
func (b *batch) wildcards(from uint32, changes []change) []change {
	var effective []change
	for _, c := range changes {
		o, bit := b.next.objects.at(from), c.low()
		held := o.unowned>>(bit%8)&1 == 1
		if relation(c.high()) == contentOf {
			held = o.gives(bit)
		}
		if held == c.add {
			continue
		}
		effective = append(effective, c)
		if relation(c.high()) == contentOf {
			b.flip(from, bit)
		} else {
			b.own(from).unowned ^= 1 << (bit % 8)
		}
	}
	return effective
}

// flip changes one bit of a role.
func (b *batch) flip(role, bit uint32) {
	before, content := b.base.objects.at(role), &b.own(role).derived
	switch {
	case len(*content) == 0:
		*content = make(pairs, b.plan.words*b.plan.askers())
	case before != nil && len(before.derived) > 0 && &before.derived[0] == &(*content)[0]:
		*content = slices.Clone(*content)
	}
	(*content)[bit/wordBits] ^= 1 << (bit % wordBits)
}

// askers returns how many types of those who ask there are.
func (p *plan) askers() uint32 {
	n := uint32(0)
	for _, k := range p.kinds {
		if k.asker >= 0 {
			n++
		}
	}
	return n
}

// inward counts the uses of objects, and changes the edges into them.
func (b *batch) inward(links []link) {
	var back []link
	for _, l := range links {
		b.use(l.from, l.add)
		if !l.relation().wild() {
			b.use(l.low(), l.add)
		}
		if l.relation().mirrored() {
			back = append(back, link{from: l.low(), change: change{pair: join(uint32(l.relation().back()), l.from), add: l.add}})
		}
		if l.add {
			b.next.tuples++
		} else {
			b.next.tuples--
		}
	}
	slices.SortFunc(back, func(a, c link) int { return cmp.Or(cmp.Compare(a.from, c.from), cmp.Compare(a.pair, c.pair)) })
	var changes []change
	for to, part := range runs(back, func(l link) uint32 { return l.from }) {
		changes = changes[:0]
		for _, l := range part {
			changes = append(changes, l.change)
		}
		o := b.own(to)
		edges, _ := o.edges.merge(changes)
		o.link(edges)
	}
}

func (b *batch) use(number uint32, add bool) {
	o := b.own(number)
	if add {
		o.uses++
		return
	}
	o.uses--
	b.suspects = append(b.suspects, number)
}
