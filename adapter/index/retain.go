package index

import (
	"math/bits"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Retain drops, in one step, whatever tenants do not need: it keeps what lies in
// them, and what that leads to, as policies to groups and roles. What is kept is kept
// whole. Its cost grows with all that the index holds.
func (x *Index) Retain(tenants []iam.Ref) {
	x.writing.Lock()
	defer x.writing.Unlock()
	b := newBatch(x.state.Load())
	needed := b.base.needed(tenants)
	for number := range b.base.objects.size {
		if o := b.base.objects.at(number); o != nil && !needed.has(number) {
			b.strip(number, o)
		}
	}
	x.publish(b)
}

// needed marks what tenants need: what lies in them, and then what that leads to.
func (s *Snapshot) needed(tenants []iam.Ref) marks {
	found := s.marks()
	var open []uint32
	for _, tenant := range tenants {
		if number, _ := s.object(tenant); number != 0 && found.add(number) {
			open = append(open, number)
		}
	}
	for i := 0; i < len(open); i++ { // open grows meanwhile
		o := s.objects.at(open[i])
		open = found.more(open, s.heirs(o))
		open = found.more(open, s.residents(o))
	}
	for i := 0; i < len(open); i++ {
		for _, edge := range s.objects.at(open[i]).edges {
			if s.leads(edge) && found.add(edge.low()) {
				open = append(open, edge.low())
			}
		}
	}
	return found
}

// leads reports whether an edge leads out of its object, to one that matters with it.
// Of those who ask, and are named themselves, nothing more does.
func (s *Snapshot) leads(edge pair) bool {
	return relation(edge.high()) < noRelation && s.plan.kinds[s.objects.at(edge.low()).kind].asker < 0
}

// more adds objects to a set, and those that are new there to a list.
func (m marks) more(list []uint32, objects pairs) []uint32 {
	for _, p := range objects {
		if m.add(p.low()) {
			list = append(list, p.low())
		}
	}
	return list
}

// strip removes all tuples of an object.
func (b *batch) strip(number uint32, o *node) {
	drop := func(edge pair) {
		b.edits = append(b.edits, edit{from: number, turn: uint32(len(b.edits)) << 1, edge: edge})
	}
	for _, edge := range o.edges {
		if relation(edge.high()) < noRelation {
			drop(edge)
		}
	}
	if b.plan.kinds[o.kind].name == schema.DefinitionRole {
		for i, word := range o.derived {
			for ; word != 0; word &= word - 1 {
				drop(join(uint32(contentOf), uint32(i*wordBits+bits.TrailingZeros64(uint64(word)))))
			}
		}
	}
	for rest := o.unowned; rest != 0; rest &= rest - 1 {
		drop(join(uint32(unownedOf), uint32(bits.TrailingZeros8(rest))))
	}
}
