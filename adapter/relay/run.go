package relay

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// sweepers is how many tenants a sweep delivers side by side.
const sweepers = 8

// Sweep delivers whatever is pending for any tenant, except for tenants in
// quarantine, which have their turn now and then. The error is the first one
// met; the other tenants are tried all the same. Failures of a quarantined
// tenant are no error.
func (r *Relay) Sweep(ctx context.Context) error {
	waiting, err := r.config.Outbox.Waiting(ctx)
	if err != nil {
		return err
	}
	var first atomic.Pointer[error]
	var running sync.WaitGroup
	places := make(chan struct{}, sweepers)
	for _, backlog := range waiting {
		quarantined := backlog.Fault != ""
		if quarantined && !r.poison.due(backlog.Tenant) {
			continue
		}
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			if err := r.drain(ctx, backlog); err != nil && !quarantined {
				first.CompareAndSwap(nil, &err)
			}
		})
	}
	running.Wait()
	if met := first.Load(); met != nil {
		return *met
	}
	return nil
}

// drain delivers what waits of one tenant now.
func (r *Relay) drain(ctx context.Context, backlog Backlog) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	position, err := r.config.Outbox.Position(ctx, backlog.Tenant)
	if err != nil || position.Delivered == position.Last {
		return err
	}
	r.counts.retried.Add(1)
	if _, err = r.deliverUpTo(ctx, backlog.Tenant, position.Last); err != nil {
		r.counts.failed.Add(1)
		r.config.Logger.Debug("delivery failed again", "tenant", backlog.Tenant.String(), "error", err)
	}
	return err
}

// slowest bounds the pause of Run, in first pauses.
const slowest = 30

// Run delivers what a request could not deliver and what other processes left
// behind, until ctx ends. While that fails it comes less and less often.
func (r *Relay) Run(ctx context.Context) {
	pause := r.config.Retry
	for {
		if !r.rest(ctx, pause) {
			return
		}
		err := r.Sweep(ctx)
		for pause = r.config.Retry; err != nil; err = r.Sweep(ctx) {
			if !sleep(ctx, jittered(pause)) {
				return
			}
			pause = min(2*pause, slowest*r.config.Retry)
		}
	}
}

// rest waits until there may be something to do, and reports whether ctx goes
// on. What failed here wakes it; what another process left, or committed with a
// transaction of its own, it has to look for.
func (r *Relay) rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(jittered(pause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-r.wake:
	case <-timer.C:
	}
	return true
}

// jittered is d, more or less a fifth: replicas must not come all at once.
func jittered(d time.Duration) time.Duration {
	return d - d/5 + rand.N(2*d/5+1) //nolint:gosec // chance, not a secret
}

// sleep waits, and reports whether it may go on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
