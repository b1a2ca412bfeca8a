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

// needed marks what tenants need.
func (s *Snapshot) needed(tenants []iam.Ref) marks {
	found := s.marks()
	var open []uint32
	for _, tenant := range tenants {
		if number, _ := s.object(tenant); number != 0 && found.add(number) {
			open = append(open, number)
		}
	}
	// First down, to what lies in the tenants: open grows while it is gone through.
	for i := 0; i < len(open); i++ {
		o := s.objects.at(open[i])
		for _, place := range [...]relation{parentOf, scopeOf} {
			for _, in := range o.sources(place) {
				if found.add(in.low()) {
					open = append(open, in.low())
				}
			}
		}
	}
	for i := 0; i < len(open); i++ {
		for _, edge := range s.objects.at(open[i]).edges {
			to := edge.low()
			if relation(edge.high()) >= noRelation {
				break // the rest are edges that lead here
			}
			// Of those who ask, and are named themselves, nothing more matters.
			if s.plan.kinds[s.objects.at(to).kind].asker < 0 && found.add(to) {
				open = append(open, to)
			}
		}
	}
	return found
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
		for i, word := range o.list() {
			for ; word != 0; word &= word - 1 {
				drop(join(uint32(contentOf), uint32(i*wordBits+bits.TrailingZeros64(uint64(word)))))
			}
		}
	}
	for rest := o.unowned; rest != 0; rest &= rest - 1 {
		drop(join(uint32(unownedOf), uint32(bits.TrailingZeros8(rest))))
	}
}
