package index

import (
	"iter"
	"slices"
)

// names finds the numbers of objects by the hashes of their ids, in two steps: a
// bucket, and in it a row. States share the buckets that are the same.
type names struct {
	buckets []bucket // a power of two of them, or none
	count   int
}

// bucket is a hash table of rows, a power of two of them. A name whose row is full
// stands in the next that is not, and one of them never is.
type bucket []row

// row is what the processor fetches at once. It is filled from its beginning.
type row [8]slot

// slot is a tag, which is the lower half of a hash, and a number; 0 is empty.
type slot uint64

// tagged returns the tag of a hash, which is never 0.
func tagged(hash uint64) uint32 { return uint32(hash) | 1<<31 }

func (s slot) tag() uint32    { return uint32(s >> 32) }
func (s slot) number() uint32 { return uint32(s) }

const (
	// bucketLoad is how many names a bucket holds on average, at most. Larger
	// ones are slower to copy, smaller ones make a longer list to copy.
	bucketLoad = 128
	// rowLoad is how many names its rows hold on average, at most.
	rowLoad = 5
)

// in returns the bucket of a hash.
func (n *names) in(hash uint64) int { return int(hash>>32) & (len(n.buckets) - 1) }

// first returns where to look first in a bucket for a tag.
func (b bucket) first(tag uint32) int { return int(tag) & (len(b) - 1) }

// match returns a number that stands with a tag, or 0. It has no branch that
// depends on where, so that the processor need not guess.
func (r *row) match(tag uint32) uint32 {
	number := uint32(0)
	for _, s := range r {
		if s.tag() == tag {
			number = s.number()
		}
	}
	return number
}

// wanted is a name that is looked for in a bucket.
type wanted struct {
	id     string
	tag    uint32
	bucket bucket
}

// candidate returns a number that has the tag of the name, or 0 if none has.
func (w *wanted) candidate() uint32 {
	if len(w.bucket) == 0 {
		return 0
	}
	for i := w.bucket.first(w.tag); ; i = (i + 1) & (len(w.bucket) - 1) {
		r := &w.bucket[i]
		if number := r.match(w.tag); number != 0 || r[len(r)-1] == 0 {
			return number
		}
	}
}

// with adds a name. base is the state before, whose buckets stay as they are.
// hashOf hashes the ids of the numbers that are there.
func (n *names) with(base *names, hash uint64, number uint32, hashOf func(uint32) uint64) {
	n.count++
	if n.count > len(n.buckets)*bucketLoad {
		n.spread(hashOf)
	}
	i := n.own(base, n.in(hash))
	n.buckets[i] = n.buckets[i].with(slot(tagged(hash))<<32 | slot(number))
}

// own makes a bucket one that may be changed.
func (n *names) own(base *names, i int) int {
	shared := len(n.buckets) == len(base.buckets) && len(n.buckets[i]) > 0 && len(base.buckets[i]) > 0 && &n.buckets[i][0] == &base.buckets[i][0]
	if shared {
		n.buckets[i] = slices.Clone(n.buckets[i])
	}
	return i
}

// with returns the bucket with a slot more, in the same place if there is room.
func (b bucket) with(s slot) bucket {
	used := 1
	for range b.slots() {
		used++
	}
	if used > len(b)*rowLoad {
		larger := make(bucket, max(1, 2*len(b)))
		for other := range b.slots() {
			larger.put(other)
		}
		b = larger
	}
	b.put(s)
	return b
}

// slots yields those that are not empty.
func (b bucket) slots() iter.Seq[slot] {
	return func(yield func(slot) bool) {
		for i := range b {
			for _, s := range b[i] {
				if s != 0 && !yield(s) {
					return
				}
			}
		}
	}
}

func (b bucket) put(s slot) {
	for i := b.first(s.tag()); ; i = (i + 1) & (len(b) - 1) {
		if at := slices.Index(b[i][:], 0); at >= 0 {
			b[i][at] = s
			return
		}
	}
}

// spread doubles the buckets.
func (n *names) spread(hashOf func(uint32) uint64) {
	wider := names{buckets: make([]bucket, max(1, 2*len(n.buckets)))}
	for _, b := range n.buckets {
		for s := range b.slots() {
			i := wider.in(hashOf(s.number()))
			wider.buckets[i] = wider.buckets[i].with(s)
		}
	}
	n.buckets = wider.buckets
}

// without removes a name. What is left of its bucket is put anew, as a gap would
// hide what stands behind it.
func (n *names) without(hash uint64, number uint32) {
	if len(n.buckets) == 0 {
		return
	}
	i := n.in(hash)
	var rest bucket
	for s := range n.buckets[i].slots() {
		if s.number() != number {
			rest = rest.with(s)
		}
	}
	n.buckets[i] = rest
	n.count--
}
