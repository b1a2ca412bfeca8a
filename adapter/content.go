package adapter

import (
	"context"
	"iter"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// Tuples yields all that SpiceDB has to hold: what follows from the model and
// from every row of the store, each tuple once. After an error it ends.
func (a *Adapter) Tuples(ctx context.Context) iter.Seq2[rel.Tuple, error] {
	return func(yield func(rel.Tuple, error) bool) {
		more := true
		err := a.store.Read(ctx, func(rows Rows) error {
			for tuple, err := range a.content(ctx, rows) {
				if err != nil {
					return err
				}
				if more = yield(tuple, nil); !more {
					break
				}
			}
			return nil
		})
		if err != nil && more {
			yield(rel.Tuple{}, err)
		}
	}
}

// content is Tuples by one snapshot. It holds the rows of one tenant at a time.
func (a *Adapter) content(ctx context.Context, rows Rows) iter.Seq2[rel.Tuple, error] {
	return func(yield func(rel.Tuple, error) bool) {
		if !each2(yield, a.translate.SystemRoles()) {
			return
		}
		tenants, err := rows.Scopes().List(ctx, ScopeFilter{Roots: true})
		if err != nil {
			yield(rel.Tuple{}, err)
			return
		}
		users, err := rows.Users().List(ctx, UserFilter{})
		if err != nil {
			yield(rel.Tuple{}, err)
			return
		}
		for _, tenant := range tenants {
			world, err := exportTenant(ctx, rows, tenant.Ref, users)
			if err != nil {
				yield(rel.Tuple{}, err)
				return
			}
			for _, tuples := range a.translateWorld(world) {
				if !each2(yield, tuples) {
					return
				}
			}
		}
	}
}

// each2 yields tuples, and reports whether more are wanted.
func each2(yield func(rel.Tuple, error) bool, tuples []rel.Tuple) bool {
	for _, tuple := range tuples {
		if !yield(tuple, nil) {
			return false
		}
	}
	return true
}

// progressStep is how many tuples pass between two reports of progress.
const progressStep = 10000

// counted reports how many tuples have passed.
func counted(tuples iter.Seq2[rel.Tuple, error], progress func(done uint64)) iter.Seq2[rel.Tuple, error] {
	if progress == nil {
		return tuples
	}
	return func(yield func(rel.Tuple, error) bool) {
		var done uint64
		for tuple, err := range tuples {
			done++
			if done%progressStep == 0 {
				progress(done)
			}
			if !yield(tuple, err) {
				return
			}
		}
		progress(done)
	}
}

// untilError yields the tuples before the first error, which failed returns
// afterwards.
func untilError(tuples iter.Seq2[rel.Tuple, error]) (good iter.Seq[rel.Tuple], failed func() error) {
	var met error
	good = func(yield func(rel.Tuple) bool) {
		for tuple, err := range tuples {
			if met = err; met != nil || !yield(tuple) {
				return
			}
		}
	}
	return good, func() error { return met }
}
