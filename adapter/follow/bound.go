package follow

import (
	"context"
	"maps"
	"math"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// perStay is how many ticks of the coarse clock there are in a stay.
const perStay = 8

// bound is what an index needs that holds no more than fits into memory.
type bound struct {
	// max is how much it may take, in bytes, and stay how long a tenant that was
	// asked about does not give way to another.
	max  int64
	stay time.Duration
	// may are the tenants that can be held; nil: all.
	may seats
	// misses are objects whose tenants are not held. Some are quiet for a while.
	misses chan iam.Ref
	quiet  quiet
	// next is the tenant that is being taken in, and ended the one that is in the next
	// View, or was refused. Only the stream knows that one.
	next  atomic.Pointer[intake]
	ended *intake
}

// newBound returns nil if there is none.
func newBound(config Config) *bound {
	if config.Max == 0 {
		return nil
	}
	b := &bound{max: config.Max, stay: config.Stay, misses: make(chan iam.Ref, maxMisses)}
	if len(config.Tenants) > 0 {
		b.may = seatsOf(config.Tenants)
	}
	return b
}

// keepTime winds the coarse clock until ctx ends.
func (f *Follower) keepTime(ctx context.Context) {
	ticker := time.NewTicker(max(f.bound.stay/perStay, time.Millisecond))
	defer ticker.Stop()
	for {
		f.clock.Store(int64(f.now()))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// allows reports whether a tenant can be held.
func (b *bound) allows(tenant iam.Ref) bool { return b.may == nil || b.may[tenant] != nil }

// room returns how much a tenant may take that comes now: what is free, and what
// those take that nobody has asked about for a stay.
func (b *bound) room(state *index.Snapshot, held seats, now time.Duration) int64 {
	idle := held.idle(now - b.stay)
	if len(idle) == len(held) {
		return b.max
	}
	return min(b.max, b.max-state.Bytes()+held.bytes(idle))
}

// makeRoom lets go of tenants that nobody has asked about since a moment, as many as
// it takes, and reports whether there is room for so much more. Only the stream's
// goroutine may call it; nobody sees the state before the next View.
func (f *Follower) makeRoom(more int64, since time.Duration) bool {
	for {
		over := f.x.Snapshot().Bytes() + more - f.bound.max
		if over <= 0 {
			return true
		}
		idle := f.part.seats.idle(since)
		if len(idle) == 0 {
			return false
		}
		n := 1 // what they took when they came is not what they take now, hence the loop
		for n < len(idle) && f.part.seats.bytes(idle[:n]) < over {
			n++
		}
		f.drop(idle[:n])
	}
}

func (f *Follower) drop(tenants []iam.Ref) {
	held := maps.Clone(f.part.seats)
	for _, tenant := range tenants {
		delete(held, tenant)
	}
	f.part.seat(held)
	f.x.Retain(held.tenants())
	f.counts.evicted.Add(uint64(len(tenants)))
}

// keepBelow sees to it that the next View is not above the bound, however tenants
// have grown.
func (f *Follower) keepBelow() {
	if f.bound != nil {
		f.makeRoom(0, math.MaxInt64)
	}
}

// begin lets an intake begin that waits for a revision to read at.
func (b *bound) begin(at rel.ZedToken) {
	if b == nil {
		return
	}
	if in := b.next.Load(); in != nil && in.at == "" {
		in.at = at
		close(in.begun)
	}
}

// told notes what the stream tells while a tenant is being read, and returns the
// intake when it has been read.
func (b *bound) told(updates []rel.Update) *intake {
	if b == nil {
		return nil
	}
	in := b.next.Load()
	if in == nil || in.at == "" {
		return nil
	}
	if in.since = append(in.since, updates...); len(in.since) > maxSince {
		b.lose()
		return nil
	}
	if !in.read.Load() {
		return nil
	}
	b.next.Store(nil)
	b.ended = in
	return in
}

// finish tells whoever waits for an intake that it has ended.
func (b *bound) finish() {
	if b != nil && b.ended != nil {
		close(b.ended.done)
		b.ended = nil
	}
}

// lose gives up an intake: what the stream told meanwhile is not known.
func (b *bound) lose() {
	if b == nil {
		return
	}
	if in := b.next.Swap(nil); in != nil {
		in.lose()
	}
}

// taking reports whether the stream has to come to another revision for an intake.
func (b *bound) taking() bool { return b != nil && b.next.Load() != nil }
