package relay

import "sync/atomic"

// Counts says what a relay has done since its start.
type Counts struct {
	// Delivered entries reached the engine and were recorded. Failed counts
	// attempts that ended before; Retried counts tenants taken up again by Run.
	Delivered, Failed, Retried uint64
}

type counts struct{ delivered, failed, retried atomic.Uint64 }

// Counts returns what has been done so far.
func (r *Relay) Counts() Counts {
	return Counts{Delivered: r.counts.delivered.Load(), Failed: r.counts.failed.Load(), Retried: r.counts.retried.Load()}
}
