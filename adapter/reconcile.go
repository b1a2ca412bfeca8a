package adapter

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// ReconcileOptions says what Reconcile does about what it finds.
type ReconcileOptions struct {
	// Fix writes what is missing to SpiceDB and deletes what is foreign. Writers
	// wait meanwhile.
	Fix bool
	// Found, if not nil, gets each difference. An error ends the comparison.
	Found func(Difference) error
	// Progress, if not nil, hears now and then how many relationships of the store
	// have been compared.
	Progress func(done uint64)
}

// Difference is a relationship that only one side has.
type Difference struct {
	Tuple rel.Tuple
	// Foreign: SpiceDB has it, but it does not follow from the store. Otherwise it
	// is missing in SpiceDB.
	Foreign bool
}

// Drift is the result of a comparison.
type Drift struct {
	// Compared is how many relationships follow from the store.
	Compared uint64
	// Missing ones are not in SpiceDB, Foreign ones only there.
	Missing, Foreign uint64
	// Fixed: they were, and are no longer.
	Fixed bool
}

// None reports whether both sides agree.
func (d Drift) None() bool { return d.Missing == 0 && d.Foreign == 0 }

// Reconcile compares what follows from the store with what SpiceDB holds, both
// at one moment: writers wait for some milliseconds until that moment is fixed,
// not for the comparison. What the outbox still holds is delivered before; what
// cannot be delivered is drift. Memory does not grow with the number of
// relationships, but with those of the largest tenant and with the drift.
//
// Errors: UNAVAILABLE if the store or SpiceDB cannot be reached.
func (a *Adapter) Reconcile(ctx context.Context, options ReconcileOptions) (Drift, error) {
	if err := a.relay.Sweep(ctx); err != nil {
		a.config.Logger.Warn("some changes could not be delivered before the comparison", "error", err)
	}
	first := options
	if options.Fix {
		first.Found = nil // whoever mends finds them again
	}
	drift, err := a.compare(ctx, a.aligned, first)
	if err != nil || drift.None() || !options.Fix {
		return drift, err
	}
	err = a.store.Alone(ctx, func(ctx context.Context) error {
		drift, err = a.mend(ctx, options)
		return err
	})
	return drift, err
}

// sides gives both sides at one moment to fn.
type sides func(ctx context.Context, fn func(rows Rows, held iter.Seq2[rel.Tuple, error]) error) error

// aligned fixes the moment while nobody writes, and lets them write again.
func (a *Adapter) aligned(ctx context.Context, fn func(Rows, iter.Seq2[rel.Tuple, error]) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	fixed, ended := make(chan struct{}), make(chan error, 1) // ended has room: look never waits
	look := func() {
		ended <- a.store.Read(ctx, func(rows Rows) error {
			if _, err := rows.Positions(ctx); err != nil { // the first statement fixes the snapshot
				return err
			}
			held, stop := begun(a.engine.Read(ctx, rel.Filter{}))
			defer stop()
			close(fixed)
			return fn(rows, held)
		})
	}
	looking := false
	err := a.store.Alone(ctx, func(ctx context.Context) error {
		if err := a.relay.Sweep(ctx); err != nil {
			a.config.Logger.Warn("some changes could not be delivered before the comparison", "error", err)
		}
		looking = true
		go look()
		select {
		case <-fixed:
		case err := <-ended:
			ended <- err
		}
		return nil
	})
	if err != nil {
		stop()
	}
	if looking {
		err = errors.Join(err, <-ended)
	}
	return err
}

// begun asks for the first element at once, which fixes the revision that the
// whole stream shows.
func begun(stream iter.Seq2[rel.Tuple, error]) (all iter.Seq2[rel.Tuple, error], stop func()) {
	next, stop := iter.Pull2(stream)
	tuple, err, more := next()
	return func(yield func(rel.Tuple, error) bool) {
		for more {
			if !yield(tuple, err) {
				return
			}
			tuple, err, more = next()
		}
	}, stop
}

// standing is for a moment in which nobody writes anyway.
func (a *Adapter) standing(ctx context.Context, fn func(Rows, iter.Seq2[rel.Tuple, error]) error) error {
	return a.store.Read(ctx, func(rows Rows) error { return fn(rows, a.engine.Read(ctx, rel.Filter{})) })
}

// compare finds the differences: first the sums that differ, then, a bounded
// number of tuples at a time, the tuples behind them.
func (a *Adapter) compare(ctx context.Context, at sides, options ReconcileOptions) (Drift, error) {
	var drift Drift
	suspects, err := a.suspects(ctx, at, &drift, options.Progress)
	if err != nil {
		return drift, err
	}
	for chunk := range slices.Chunk(suspects, bucketsAtOnce(drift.Compared)) {
		found, err := a.examine(ctx, at, chunk)
		if err != nil {
			return drift, err
		}
		for _, difference := range found {
			if difference.Foreign {
				drift.Foreign++
			} else {
				drift.Missing++
			}
			if options.Found == nil {
				continue
			}
			if err := options.Found(difference); err != nil {
				return drift, err
			}
		}
	}
	return drift, nil
}

// suspects returns the buckets in which both sides differ.
func (a *Adapter) suspects(ctx context.Context, at sides, drift *Drift, progress func(uint64)) ([]int, error) {
	var different []int
	err := at(ctx, func(rows Rows, held iter.Seq2[rel.Tuple, error]) error {
		// At the same time: neither likes a reader that rests.
		theirs := make(chan error, 1)
		var present, wanted sums
		go func() { theirs <- present.addAll(held) }()
		err := wanted.addAll(counted(a.content(ctx, rows), func(done uint64) {
			drift.Compared = done
			if progress != nil {
				progress(done)
			}
		}))
		if err := errors.Join(err, <-theirs); err != nil {
			return err
		}
		different = wanted.differ(&present)
		return nil
	})
	return different, err
}

// examine compares the tuples of some buckets, and returns what differs in the
// order of their text.
func (a *Adapter) examine(ctx context.Context, at sides, buckets []int) ([]Difference, error) {
	chosen := map[int]bool{}
	for _, bucket := range buckets {
		chosen[bucket] = true
	}
	var found []Difference
	err := at(ctx, func(rows Rows, held iter.Seq2[rel.Tuple, error]) error {
		present, theirs := map[rel.Tuple]bool{}, make(chan error, 1)
		go func() {
			theirs <- eachIn(held, chosen, func(tuple rel.Tuple) { present[tuple] = true })
		}()
		wanted := map[rel.Tuple]bool{}
		err := eachIn(a.content(ctx, rows), chosen, func(tuple rel.Tuple) { wanted[tuple] = true })
		if err := errors.Join(err, <-theirs); err != nil {
			return err
		}
		for tuple := range wanted {
			if !present[tuple] {
				found = append(found, Difference{Tuple: tuple})
			}
		}
		for tuple := range present {
			if !wanted[tuple] {
				found = append(found, Difference{Tuple: tuple, Foreign: true})
			}
		}
		return nil
	})
	slices.SortFunc(found, func(x, y Difference) int { return cmp.Compare(x.Tuple.String(), y.Tuple.String()) })
	return found, err
}

// mendBatch is how many corrections are written at once: half of what SpiceDB
// takes in one call by default.
const mendBatch = 500

// mend makes SpiceDB hold exactly what follows from the store. Nobody writes
// meanwhile. First all is added that is missing, then all deleted that is
// foreign, so that nothing kept is ever denied. What the outbox holds is done
// with: SpiceDB will have it, even where it refused to take it.
func (a *Adapter) mend(ctx context.Context, options ReconcileOptions) (Drift, error) {
	if err := a.store.Meta().Set(ctx, metaUnfinished, "mend"); err != nil {
		return Drift{}, err
	}
	if err := a.relay.Sweep(ctx); err != nil {
		a.config.Logger.Warn("some changes could not be delivered before mending", "error", err)
	}
	held, err := a.positions(ctx)
	if err != nil {
		return Drift{}, err
	}
	// From here on SpiceDB refuses a late delivery of anything older.
	if err := a.replacePositions(ctx, byName(held)); err != nil {
		return Drift{}, err
	}
	drift, err := a.mendOnly(ctx, options, false)
	if err != nil {
		return drift, err
	}
	foreign, err := a.mendOnly(ctx, options, true)
	if err != nil {
		return drift, err
	}
	drift.Foreign, drift.Fixed = foreign.Foreign, true
	return drift, a.settle(ctx, held)
}

// replacePositions makes SpiceDB know these positions and no others: a tenant
// that the store does not know yet begins at 0.
func (a *Adapter) replacePositions(ctx context.Context, positions map[string]uint64) error {
	stale, err := a.engine.Positions(ctx)
	if err != nil {
		return err
	}
	for tenant := range stale {
		if _, known := positions[tenant]; !known {
			positions[tenant] = 0
		}
	}
	return a.engine.SetPositions(ctx, positions)
}

// mendOnly deletes what is foreign or else adds what is missing, and counts it.
func (a *Adapter) mendOnly(ctx context.Context, options ReconcileOptions, foreign bool) (Drift, error) {
	var batch []rel.Update
	var count uint64
	op := rel.Touch
	if foreign {
		op = rel.Delete
	}
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		_, err := a.engine.Write(ctx, rel.Write{Updates: batch})
		batch = nil
		return err
	}
	found := options.Found
	options.Found = func(difference Difference) error {
		if difference.Foreign != foreign {
			return nil
		}
		count++
		batch = append(batch, rel.Update{Op: op, Tuple: difference.Tuple})
		if found != nil {
			if err := found(difference); err != nil {
				return err
			}
		}
		if len(batch) == mendBatch {
			return flush()
		}
		return nil
	}
	drift, err := a.compare(ctx, a.standing, options)
	if err == nil {
		err = flush()
	}
	drift.Missing, drift.Foreign = 0, 0
	if foreign {
		drift.Foreign = count
	} else {
		drift.Missing = count
	}
	return drift, err
}
