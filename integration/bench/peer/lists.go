package peer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// lists times the questions whose answer is a list. A fault of one does not spoil the
// others, and is reported with it.
func (r *run) lists(ctx context.Context) {
	if engine, ok := r.engine.(PermissionLister); ok {
		r.list(Permissions, listing{
			ask:    func(q world.Question) ([]string, error) { return engine.Permissions(ctx, q.User, q.Object) },
			expect: func(q world.Question) []string { return r.oracle.Permissions(q.User, q.Object) },
		})
	}
	if engine, ok := r.engine.(WorkspaceLister); ok {
		r.list(Workspaces, listing{
			ask:    func(q world.Question) ([]string, error) { return engine.Workspaces(ctx, q.User, q.Permission) },
			expect: func(q world.Question) []string { return r.oracle.Workspaces(q.User, q.Permission) },
		})
	}
	if engine, ok := r.engine.(SubjectLister); ok {
		r.list(WhoCan, listing{
			ask:    func(q world.Question) ([]string, error) { return engine.WhoCan(ctx, q.Permission, q.Object) },
			expect: func(q world.Question) []string { return r.oracle.WhoCan(q.Permission, q.Object) },
		})
	}
}

// listing is a question whose answer is a list, and what is right.
type listing struct {
	ask    func(q world.Question) ([]string, error)
	expect func(q world.Question) []string
}

// compared is how many lists are held against the oracle, which takes longer for them
// than some engines.
const compared = 5

func (r *run) list(measure Measure, l listing) {
	found := 0
	times, err := r.timeCalls(func(i int) (time.Duration, error) {
		q := r.questions[i%drawn]
		start := time.Now()
		got, err := l.ask(q)
		took := time.Since(start)
		if err != nil {
			return 0, err
		}
		found += len(got)
		if i >= compared {
			return took, nil
		}
		return took, same(q, got, l.expect(q))
	})
	if err != nil {
		r.Faults[measure] = err.Error()
		return
	}
	times.Found = float64(found) / float64(times.Calls)
	r.Times[measure] = times
}

func same(q world.Question, got, want []string) error {
	got = slices.Sorted(slices.Values(got))
	if slices.Equal(got, want) {
		return nil
	}
	return fmt.Errorf("answers differently: %d items for %s %s %s, and should be %d", len(got), q.User, q.Permission, q.Object, len(want))
}
