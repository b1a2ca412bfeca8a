package server

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter"
)

// firstComparison is about how long after the start SpiceDB is compared first.
const firstComparison = time.Minute

// reconcileEvery compares SpiceDB with the database now and then, for the
// metrics and the log, and returns what ends it.
func (s *Server) reconcileEvery(core *adapter.Adapter) (end func() error) {
	every := s.config.ReconcileEvery
	if every < 0 {
		return func() error { return nil }
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		pause := min(every, firstComparison)
		for {
			// Not all servers at the same time: each takes the lock of all writers.
			timer := time.NewTimer(pause/2 + rand.N(pause+1)) //nolint:gosec // chance, not a secret
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
				s.reconcile(ctx, core)
			}
			pause = every
		}
	})
	return func() error {
		stop()
		running.Wait()
		return nil
	}
}

func (s *Server) reconcile(ctx context.Context, core *adapter.Adapter) {
	drift, err := core.Reconcile(ctx, adapter.ReconcileOptions{})
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		s.config.Logger.Warn("the comparison with SpiceDB failed", "error", err)
		return
	case !drift.None():
		s.config.Logger.Error("SpiceDB differs from the database; ambit reconcile shows what, --fix mends it",
			"missing", drift.Missing, "foreign", drift.Foreign)
	}
	s.metrics.drift.WithLabelValues("missing").Set(float64(drift.Missing))
	s.metrics.drift.WithLabelValues("foreign").Set(float64(drift.Foreign))
	s.metrics.reconciled.SetToCurrentTime()
}
