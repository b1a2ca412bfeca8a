package index

import "slices"

// names finds the numbers of objects by the hashes of their ids, in two steps: a
// bucket, and in it a slot. States share the buckets that are the same.
type names struct {
	buckets []bucket // a power of two of them, or none
	count   int
}

// bucket is an open hash table. It is a power of two long and never full.
type bucket []slot

// slot is a tag, which is the lower half of a hash, and a number; 0 is empty.
type slot uint64

func (s slot) tag() uint32    { return uint32(s >> 32) }
func (s slot) number() uint32 { return uint32(s) }

const (
	// bucketLoad is how many names a bucket holds on average, at most. Larger
	// ones are slower to copy, smaller ones make a longer list to copy.
	bucketLoad = 128
	minBucket  = 8
)

// in returns the bucket of a hash.
func (n *names) in(hash uint64) int { return int(hash>>32) & (len(n.buckets) - 1) }

// first returns where to look first in a bucket for a tag.
func (b bucket) first(tag uint32) int { return int(tag) & (len(b) - 1) }

// with adds a name. base is the state before, whose buckets stay as they are.
// hashOf hashes the ids of the numbers that are there.
func (n *names) with(base *names, hash uint64, number uint32, hashOf func(uint32) uint64) {
	n.count++
	if n.count > len(n.buckets)*bucketLoad {
		n.spread(hashOf)
	}
	i := n.own(base, n.in(hash))
	n.buckets[i] = n.buckets[i].with(slot(hash<<32) | slot(number))
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
	for _, other := range b {
		if other != 0 {
			used++
		}
	}
	if used*4 > len(b)*3 {
		larger := make(bucket, max(minBucket, 2*len(b)))
		for _, other := range b {
			if other != 0 {
				larger.put(other)
			}
		}
		b = larger
	}
	b.put(s)
	return b
}

func (b bucket) put(s slot) {
	for i := b.first(s.tag()); ; i = (i + 1) & (len(b) - 1) {
		if b[i] == 0 {
			b[i] = s
			return
		}
	}
}

// spread doubles the buckets.
func (n *names) spread(hashOf func(uint32) uint64) {
	wider := names{buckets: make([]bucket, max(1, 2*len(n.buckets)))}
	for _, b := range n.buckets {
		for _, s := range b {
			if s != 0 {
				i := wider.in(hashOf(s.number()))
				wider.buckets[i] = wider.buckets[i].with(s)
			}
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
	for _, s := range n.buckets[i] {
		if s != 0 && s.number() != number {
			rest = rest.with(s)
		}
	}
	n.buckets[i] = rest
	n.count--
}
