package adapter

import (
	"context"
	"iter"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// setUp checks the store's model, and brings an engine without a schema to the
// state of the store. An engine that has one is given what is pending.
func (a *Adapter) setUp(ctx context.Context) error {
	if err := a.claimModel(ctx); err != nil {
		return err
	}
	current, err := a.engine.Schema(ctx)
	if err != nil {
		return err
	}
	if current != "" {
		return a.relay.Sweep(ctx)
	}
	if err := a.engine.WriteSchema(ctx, a.Schema()); err != nil {
		return err
	}
	return a.fill(ctx)
}

// fill imports everything that follows from the store into an empty engine.
func (a *Adapter) fill(ctx context.Context) error {
	tuples, err := a.Tuples(ctx)
	if err != nil {
		return err
	}
	if _, err := a.engine.Import(ctx, tuples); err != nil {
		return err
	}
	return a.store.Outbox().Rebuilt(ctx, "")
}

// Tuples returns all that SpiceDB has to hold: what follows from the model and
// from every row of the store, each tuple once.
func (a *Adapter) Tuples(ctx context.Context) (iter.Seq[rel.Tuple], error) {
	var groups [][]rel.Tuple
	err := a.store.Read(ctx, func(rows Rows) error {
		world, err := exportRows(ctx, rows, iam.Ref{})
		groups = a.translateWorld(world)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(yield func(rel.Tuple) bool) {
		for _, group := range groups {
			for _, tuple := range group {
				if !yield(tuple) {
					return
				}
			}
		}
	}, nil
}
