package index

import "slices"

// pair is two numbers in one word, ordered by the first, then by the second. An
// edge of the graph is (relation, object); a holder is (subject, binding).
type pair uint64

func join(high, low uint32) pair { return pair(high)<<32 | pair(low) }

func (p pair) high() uint32 { return uint32(p >> 32) }
func (p pair) low() uint32  { return uint32(p) }

// pairs is a sorted set. It is never changed once others may see it.
type pairs []pair

// start returns where the pairs that begin with high begin. The search has no
// branch that depends on what it finds, so that it does not stall on a guess.
func (ps pairs) start(high uint32) int {
	want, base, n := join(high, 0), 0, len(ps)
	if n == 0 {
		return 0
	}
	for n > 1 {
		half := n / 2
		if ps[base+half-1] < want {
			base += half
		}
		n -= half
	}
	if ps[base] < want {
		base++
	}
	return base
}

// of returns the pairs that begin with high.
func (ps pairs) of(high uint32) pairs {
	start := 0
	if len(ps) > 0 && ps[0].high() < high {
		start = ps.start(high)
	}
	end := len(ps)
	if end > start && ps[end-1].high() > high {
		end = start + ps[start:].start(high+1)
	}
	return ps[start:end]
}

func (ps pairs) has(p pair) bool {
	_, found := slices.BinarySearch(ps, p)
	return found
}

// change puts a pair into a set or takes it out.
type change struct {
	pair
	add bool
}

// merge returns the set after changes, and which of them changed something. The
// changes are sorted and name no pair twice; their slice is used up. The set
// itself stays as it is.
func (ps pairs) merge(changes []change) (pairs, []change) {
	effective, size := changes[:0], len(ps)
	for _, c := range changes {
		if ps.has(c.pair) == c.add {
			continue
		}
		effective = append(effective, c)
		size--
		if c.add {
			size += 2
		}
	}
	if len(effective) == 0 {
		return ps, nil
	}
	merged := make(pairs, 0, size)
	rest := ps
	for _, c := range effective {
		at, _ := slices.BinarySearch(rest, c.pair)
		merged = append(merged, rest[:at]...)
		if c.add {
			merged = append(merged, c.pair)
		} else {
			at++
		}
		rest = rest[at:]
	}
	return append(merged, rest...), effective
}
