package follow

import (
	"sync/atomic"
	"time"
)

type counts struct{ loaded, resumed, strange, waited, takenIn, evicted, refused atomic.Uint64 }

// Stats says how an index is and what it has done since its start.
type Stats struct {
	// Live: it answers questions.
	Live bool
	// Tuples is how many it holds, and Bytes an estimate of the memory that they take.
	Tuples int
	Bytes  int64
	// Tenants is how many it holds; 0, too, if it holds all.
	Tenants int
	// Age is how long ago the mark left that came back last: nothing older can be
	// missing. Where nobody else writes, it grows while nothing is missing.
	Age time.Duration
	// Lag is how long the last change of this process took to come.
	Lag time.Duration
	// Behind is how many tenants lack changes that were delivered.
	Behind int
	// Loaded counts how often everything was read, Resumed how often a broken stream
	// was taken up, Strange what no relationship of the model can be, and Waited the
	// questions that waited for a change.
	Loaded, Resumed, Strange, Waited uint64
	// TakenIn, Evicted and Refused count tenants, with a bound: those that were read
	// because somebody asked about them, those that gave way, and those for which there
	// was no room.
	TakenIn, Evicted, Refused uint64
}

// Stats returns how the index is now.
func (f *Follower) Stats() Stats {
	view := f.current.Load()
	return Stats{
		Live: f.live.Load(), Tuples: view.Len(), Bytes: view.Bytes(), Tenants: len(view.seats),
		Age: f.now() - time.Duration(f.asOf.Load()), Lag: time.Duration(f.progress.lag.Load()), Behind: int(f.progress.behind.Load()),
		Loaded: f.counts.loaded.Load(), Resumed: f.counts.resumed.Load(), Strange: f.counts.strange.Load(), Waited: f.counts.waited.Load(),
		TakenIn: f.counts.takenIn.Load(), Evicted: f.counts.evicted.Load(), Refused: f.counts.refused.Load(),
	}
}
