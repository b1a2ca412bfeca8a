package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ambit-iam/ambit/adapter"
)

// probe asks one part how it is.
type probe struct {
	part string
	// needed parts make the server not ready, others only degraded.
	needed bool
	ask    func(context.Context) error
}

// readiness is the answer of /readyz.
type readiness struct {
	Ready bool `json:"ready"`
	// Degraded has a sentence for each part that is not well.
	Degraded []string `json:"degraded"`
}

func probesOf(store adapter.Store, engine adapter.Content, index func() adapter.IndexStats) []probe {
	return []probe{
		{part: "store", needed: true, ask: func(ctx context.Context) error {
			_, err := store.Meta().Get(ctx, "model")
			return err
		}},
		{part: "spicedb", needed: true, ask: func(ctx context.Context) error {
			_, err := engine.Schema(ctx)
			return err
		}},
		{part: "outbox", ask: func(ctx context.Context) error {
			waiting, err := store.Outbox().Waiting(ctx)
			if err != nil {
				return err
			}
			return backlogged(waiting)
		}},
		{part: "index", ask: func(context.Context) error { return lost(index()) }},
	}
}

// lost says that the index has lost SpiceDB. That it has not begun yet is no matter.
func lost(index adapter.IndexStats) error {
	if index.Live || index.Loaded+index.Resumed <= 1 {
		return nil
	}
	return errors.New("it has lost the stream of changes, or the stream holds what the model does not have; SpiceDB answers everything")
}

// backlogged describes what waits. It names no tenant: /readyz is open to all.
func backlogged(waiting []adapter.Backlog) error {
	quarantined := 0
	for _, backlog := range waiting {
		if backlog.Fault != "" {
			quarantined++
		}
	}
	switch {
	case len(waiting) == 0:
		return nil
	case quarantined == 0:
		return fmt.Errorf("%d tenants have writes that SpiceDB has not taken yet", len(waiting))
	}
	return fmt.Errorf("%d tenants have writes that SpiceDB has not taken yet, %d of them in quarantine because it refuses to; the log names them", len(waiting), quarantined)
}

// ready asks all parts, for two seconds at most.
func ready(ctx context.Context, probes []probe) readiness {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	state := readiness{Ready: true, Degraded: []string{}}
	for _, p := range probes {
		if err := p.ask(ctx); err != nil {
			state.Ready = state.Ready && !p.needed
			state.Degraded = append(state.Degraded, p.part+": "+err.Error())
		}
	}
	return state
}
