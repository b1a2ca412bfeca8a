package index

import (
	"iter"
	"math/bits"
)

// marks is a set of numbers: mostly of objects of a snapshot.
type marks []uint64

func (s *Snapshot) marks() marks { return newMarks(int(s.objects.size)) }

// newMarks returns an empty set of numbers below size.
func newMarks(size int) marks { return make(marks, size/wordBits+1) }

// add puts an object in and reports whether it is new there.
func (m marks) add(number uint32) bool {
	bit := uint64(1) << (number % wordBits)
	fresh := m[number/wordBits]&bit == 0
	m[number/wordBits] |= bit
	return fresh
}

func (m marks) has(number uint32) bool {
	return m[number/wordBits]>>(number%wordBits)&1 == 1
}

// remove takes a number out.
func (m marks) remove(number uint32) { m[number/wordBits] &^= 1 << (number % wordBits) }

// count returns how many there are in the set.
func (m marks) count() (n uint64) {
	for _, word := range m {
		n += uint64(bits.OnesCount64(word))
	}
	return n
}

// all yields the objects in the set.
func (m marks) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, word := range m {
			for ; word != 0; word &= word - 1 {
				if !yield(uint32(i*wordBits + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// join adds what is in another set, which is not larger than this one can be.
func (m marks) join(other marks) {
	for i, word := range other {
		m[i] |= word
	}
}

// meet takes out what is not in another set, which is not smaller.
func (m marks) meet(other marks) {
	for i := range m {
		m[i] &= other[i]
	}
}

// pairs returns the objects in the set.
func (m marks) pairs() pairs {
	var found pairs
	for number := range m.all() {
		found = append(found, pair(number))
	}
	return found
}
