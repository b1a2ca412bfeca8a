package follow

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// seat is the place of a tenant that the index holds.
type seat struct {
	// asked is when the last question was about it, by the coarse clock. Questions
	// write it, but only once a tick, so that they do not wait for each other.
	asked atomic.Int64
	// bytes is what it took when it was taken in, with what it shares with others.
	bytes int64
}

// ask notes a question.
func (s *seat) ask(now int64) {
	if s.asked.Load() != now {
		s.asked.Store(now)
	}
}

// seats are the tenants that a state holds. The map is replaced, never changed, as
// Views keep it.
type seats map[iam.Ref]*seat

func seatsOf(tenants []iam.Ref) seats {
	held := seats{}
	for _, tenant := range tenants {
		held[tenant] = &seat{}
	}
	return held
}

// with returns the seats with one more, and without those of tenants that are gone.
func (s seats) with(tenant iam.Ref, bytes int64, asked time.Duration, there func(iam.Ref) bool) seats {
	more := maps.Clone(s)
	maps.DeleteFunc(more, func(held iam.Ref, _ *seat) bool { return !there(held) })
	more[tenant] = &seat{bytes: bytes}
	more[tenant].asked.Store(int64(asked))
	return more
}

// idle returns the tenants that nobody has asked about since a moment, the one that
// was asked about longest ago first.
func (s seats) idle(since time.Duration) []iam.Ref {
	asked := map[iam.Ref]int64{}
	for tenant, seat := range s {
		if at := seat.asked.Load(); at < int64(since) {
			asked[tenant] = at
		}
	}
	return slices.SortedFunc(maps.Keys(asked), func(a, b iam.Ref) int {
		return cmp.Or(cmp.Compare(asked[a], asked[b]), cmp.Compare(a.ID, b.ID))
	})
}

// bytes returns what tenants take together.
func (s seats) bytes(tenants []iam.Ref) int64 {
	var sum int64
	for _, tenant := range tenants {
		sum += s[tenant].bytes
	}
	return sum
}

// tenants returns which they are.
func (s seats) tenants() []iam.Ref { return slices.Collect(maps.Keys(s)) }
