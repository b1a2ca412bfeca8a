package follow

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// View is a state of the index.
type View struct {
	*index.Snapshot
	// Revision names the state for SpiceDB.
	Revision rel.ZedToken
	// seats are the tenants that it holds; nil: all.
	seats seats
	clock *atomic.Int64
}

// view returns the present state of the index.
func (f *Follower) view(revision rel.ZedToken) *View {
	view := &View{Snapshot: f.x.Snapshot(), Revision: revision, clock: &f.clock}
	if f.part != nil {
		view.seats = f.part.seats
	}
	return view
}

// Covers reports whether a question about these objects can be answered from here:
// the index holds all tenants, or there are objects, and theirs are among those that
// it holds. Without objects a question is about all tenants. It counts as a question
// about them.
func (v *View) Covers(objects ...iam.Ref) bool {
	if v.seats == nil {
		return true
	}
	for _, object := range objects {
		tenant, known := v.Tenant(object)
		seat := v.seats[tenant]
		if !known || seat == nil {
			return false
		}
		seat.ask(v.clock.Load())
	}
	return len(objects) > 0
}

// Need says how fresh a View has to be. The zero value: it holds everything that
// this process Expects, and, if Shared, what others delivered longer than
// Staleness ago.
type Need struct {
	// Changes are what it has to hold, and Revision what it must not be older than.
	// With either of them, what is Expected does not count.
	Changes  []Change
	Revision rel.ZedToken
	// Objects, if there are any, say that only the changes of their tenants count.
	Objects []iam.Ref
}

// Change names a change of a tenant.
type Change struct {
	Tenant iam.Ref
	Seq    uint64
}

func (n *Need) named() bool { return n.Revision != "" || len(n.Changes) > 0 }

// Expect says that questions have to see a change from now on, which may still be on
// its way to the engine.
func (f *Follower) Expect(tenant iam.Ref, seq uint64) { f.progress.expect(tenant, seq, f.now()) }

// Arrived says that the engine has a change.
func (f *Follower) Arrived(tenant iam.Ref, seq uint64) { f.progress.arrive(tenant, seq) }

// ExpectMore says that this process wrote something to the engine that has no
// number.
func (f *Follower) ExpectMore() {
	f.progress.expectUnnamed(f.now())
	f.beats.want()
}

// Current returns the state that View would return for a zero Need, or nil if it
// would have to wait.
func (f *Follower) Current() *View {
	if f.fresh(&Need{}) {
		return f.current.Load()
	}
	return nil
}

// Whole reports whether a View that was just returned holds everything that this
// process Expects, in all tenants: also what it was not asked to hold.
func (f *Follower) Whole(view *View) bool {
	return f.progress.behind.Load() == 0 && f.current.Load() == view
}

// View returns a state that is fresh enough and covers the objects, for which it may
// wait a little, or nil: then the engine has to be asked.
func (f *Follower) View(ctx context.Context, need Need) *View {
	view := f.current.Load()
	switch {
	case f.fresh(&need):
		view = f.current.Load()
	case f.bound != nil && !view.Covers(need.Objects...):
		// A tenant that is not held does not come while a question waits.
	case !f.patient(&need):
		return nil
	default:
		view = f.wait(ctx, need, f.config.Patience)
	}
	if view == nil || view.Covers(need.Objects...) {
		return view
	}
	f.missed(need.Objects)
	return nil
}

// patient reports whether it is worth waiting for what is needed.
func (f *Follower) patient(need *Need) bool {
	old := f.config.Shared && !f.young(need)
	return f.config.Patience > 0 && f.live.Load() && !old && time.Duration(f.progress.lag.Load()) <= f.config.Patience
}

// Settle waits for a state that holds all that this process delivered, as long as
// ctx allows, and returns it; nil if ctx ended before.
func (f *Follower) Settle(ctx context.Context) *View {
	const forever = 1<<63 - 1
	if view := f.Current(); view != nil {
		return view
	}
	return f.wait(ctx, Need{}, forever)
}

func (f *Follower) wait(ctx context.Context, need Need, patience time.Duration) *View {
	f.counts.waited.Add(1)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		moved := f.progress.next()
		if f.fresh(&need) {
			return f.current.Load()
		}
		select {
		case <-moved:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// fresh reports whether the current View is fresh enough. The View is loaded after
// it was asked, and can only be fresher.
func (f *Follower) fresh(need *Need) bool {
	if !f.live.Load() || f.config.Shared && !f.young(need) {
		return false
	}
	if need.named() {
		return f.holds(need)
	}
	return f.progress.behind.Load() == 0 || f.complete(need.Objects)
}

// complete reports whether nothing is missing in the tenants of objects.
func (f *Follower) complete(objects []iam.Ref) bool {
	state := f.current.Load()
	for _, object := range objects {
		tenant, known := state.Tenant(object)
		if !known || !f.progress.complete(tenant) {
			return false
		}
	}
	return len(objects) > 0
}

// young reports whether the state is not too old because of what others write.
func (f *Follower) young(need *Need) bool {
	bound := f.config.Silence
	if !need.named() {
		bound = min(bound, f.config.Staleness)
	}
	return f.now()-time.Duration(f.asOf.Load()) < bound
}

// holds reports whether the state has what a need names. Numbers are enough where
// there are some: the revision is that of the last of them.
func (f *Follower) holds(need *Need) bool {
	for _, change := range need.Changes {
		if !f.progress.has(change.Tenant, change.Seq) {
			return false
		}
	}
	return len(need.Changes) > 0 || f.progress.knows(need.Revision, f.now())
}
