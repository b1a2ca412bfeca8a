package index

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestNames: a list of names is a set, also where all hashes are alike.
func TestNames(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	for name, mask := range map[string]uint64{"good": ^uint64(0), "poor": 0x300000003, "none": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hash := func(number uint32) uint64 { return maphash.String(seed, fmt.Sprint(number)) & mask }
			rapid.Check(t, func(t *rapid.T) {
				most := uint32(400)
				if mask == ^uint64(0) {
					most = 5000
				}
				have := map[uint32]bool{}
				var base, now names
				for range 4 {
					base = now
					was := len(slots(base))
					now.buckets = slices.Clone(base.buckets)
					for _, n := range rapid.SliceOfN(rapid.Uint32Range(1, most), 0, int(most)).Draw(t, "numbers") {
						if have[n] {
							now.without(hash(n), n)
						} else {
							now.with(&base, hash(n), n, hash)
						}
						have[n] = !have[n]
					}
					require.Len(t, slots(base), was, "the state before has changed")
				}
				for n, there := range have {
					require.Equal(t, there, slices.Contains(slots(now), n), "%d", n)
				}
				require.Equal(t, now.count, len(slots(now)))
			})
		})
	}
}

func slots(n names) []uint32 {
	var numbers []uint32
	for _, b := range n.buckets {
		for s := range b.slots() {
			numbers = append(numbers, s.number())
		}
	}
	return numbers
}

// TestPairs: merging is what it is with maps, and searches find the first.
func TestPairs(t *testing.T) {
	t.Parallel()
	small := rapid.Custom(func(t *rapid.T) pair {
		return join(rapid.SampledFrom([]uint32{0, 1, 2, 1 << 20, 1 << 31, 1<<32 - 1}).Draw(t, "high"), rapid.Uint32Range(0, 9).Draw(t, "low"))
	})
	rapid.Check(t, func(t *rapid.T) {
		set := map[pair]bool{}
		for _, p := range rapid.SliceOfN(small, 0, 60).Draw(t, "set") {
			set[p] = true
		}
		ps := members(set)
		before := slices.Clone(ps)
		var changes []change
		want := 0
		for _, p := range rapid.SliceOfDistinct(small, func(p pair) pair { return p }).Draw(t, "changes") {
			c := change{p, rapid.Bool().Draw(t, "add")}
			if changes = append(changes, c); set[p] != c.add {
				want++
			}
		}
		slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.pair, b.pair) })
		after := map[pair]bool{}
		for p := range set {
			after[p] = true
		}
		for _, c := range changes {
			after[c.pair] = c.add
		}
		merged, effective := ps.merge(changes)
		require.Equal(t, members(after), merged)
		require.Len(t, effective, want)
		require.Equal(t, before, ps)
		for _, high := range []uint32{0, 1, 2, 3, 1 << 20, 1 << 31, 1<<32 - 1} {
			start, _ := slices.BinarySearch(ps, join(high, 0))
			require.Equal(t, start, ps.start(high))
			require.Equal(t, start, ps.seek(high), "%d in %v", high, ps)
			count := 0
			for _, p := range ps {
				if p.high() == high {
					count++
				}
			}
			require.Equal(t, ps[start:start+count], ps.of(high))
		}
	})
}

func members(set map[pair]bool) pairs {
	ps := pairs{}
	for p, in := range set {
		if in {
			ps = append(ps, p)
		}
	}
	slices.Sort(ps)
	return ps
}

// TestScramble: subjects come back from where they are kept.
func TestScramble(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		subject, role := rapid.Uint32Range(1, idMask).Draw(t, "subject"), rapid.Uint32Range(0, idMask).Draw(t, "role")
		for _, r := range []relation{bindingOf, localBindingOf} {
			h := holding(subject, role, r)
			assert.Equal(t, []uint32{subject, role, uint32(r)}, []uint32{h.holder(), h.held(), uint32(h.over())})
		}
	})
}

// TestStrangeSchemas: whatever the compiler should begin to write one day, what is
// not understood is counted and gives nothing.
func TestStrangeSchemas(t *testing.T) {
	t.Parallel()
	for text, unread := range map[string]int{
		"definition a {}": 0,
		"/* definition a {\n} */\n// definition b {": 0,
		"definition a {\n\trelation x: a\n}":         0,
		"caveat c(a int) {\n}":                       1,
		"permission x = y":                           1,
		"definition a {\n\tpermission x y\n}":        1,
	} {
		_, n := definitions(text)
		assert.Equal(t, unread, n, text)
	}
	for _, tokens := range [][]string{
		{"a", "-", "b"}, {"a", "+"}, {"+", "a"}, {"a", "+", "b", "&", "c"}, {"(", "a"}, {"(", ")"}, {}, {"a", "b"}, {"(", "a", "&"},
	} {
		r := &reader{tokens: tokens, symbols: symbols{}}
		_, err := r.expression()
		assert.True(t, err != nil || len(r.tokens) > 0, "%v", tokens)
	}
}

// TestSameTags: names that nothing but their letters tells apart are found.
func TestSameTags(t *testing.T) {
	t.Parallel()
	s, all := &Snapshot{}, names{}
	ids := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	for _, id := range ids {
		number := s.objects.take()
		s.objects.set(&table{}, number, &node{id: id})
		all.with(&names{}, 7, number, func(uint32) uint64 { return 7 })
	}
	find := func(id string) (uint32, *node) {
		return s.found(&wanted{id: id, tag: tagged(7), bucket: all.buckets[0]})
	}
	for i, id := range ids {
		number, o := find(id)
		require.Equal(t, uint32(i+1), number)
		require.Equal(t, id, o.id)
	}
	number, o := find("A")
	require.Zero(t, number)
	require.Nil(t, o)
}
