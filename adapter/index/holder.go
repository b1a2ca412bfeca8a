package index

// The holders of a scope say who holds which role there, and over which relation
// the binding hangs: (subject, role). It is what a check looks at, so it is all
// in one list, without the bindings that it follows from. A binding without a
// role counts as one with role 0, which gives nothing.
//
// The subjects are scrambled: their numbers are spread evenly, so that a subject
// stands in the list about where its share says. A search begins there, and
// mostly ends in the same cache line.

const (
	scramble   = 0x9E3779B1
	unscramble = 0x0E8B2F51 // its inverse
)

const (
	localBit = 1 << 31
	idMask   = localBit - 1
)

// holding returns what stands in the list of a scope for a role that a subject
// holds there over a relation.
func holding(subject, role uint32, r relation) pair {
	if r == localBindingOf {
		role |= localBit
	}
	return join(subject*scramble, role)
}

// holder returns the subject.
func (p pair) holder() uint32 { return p.high() * unscramble }

// held returns the role.
func (p pair) held() uint32 { return p.low() & idMask }

// over returns the relation.
func (p pair) over() relation {
	if p.low()&localBit != 0 {
		return localBindingOf
	}
	return bindingOf
}

// seek returns where the pairs that begin with high begin, if the first numbers
// of all pairs are spread evenly: from where that should be it goes left or
// right, in steps that grow.
func (ps pairs) seek(high uint32) int {
	want, n := join(high, 0), len(ps)
	low := int(uint64(high) * uint64(n) >> 32)
	top := low
	for step := 4; low > 0 && ps[low-1] >= want; step *= 2 {
		top, low = low-1, max(0, low-step)
	}
	for step := 4; top < n && ps[top] < want; step *= 2 {
		low, top = top+1, min(n, top+step)
	}
	for low < top {
		if middle := (low + top) / 2; ps[middle] < want {
			low = middle + 1
		} else {
			top = middle
		}
	}
	return low
}
