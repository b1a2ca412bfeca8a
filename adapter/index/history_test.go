package index_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// TestHistories: after each step of random histories of every model the index
// answers like the oracle. It holds the tuples that it should, all that follows
// from them is right, and states of before are as they were.
func TestHistories(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, yes := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				g := newGenerator(model, rapid.Uint64().Draw(t, "seed"), "h")
				x, before := index.New(model), []rel.Tuple(nil)
				past := map[*index.Snapshot][]rel.Tuple{}
				for range rapid.IntRange(1, 4).Draw(t, "steps") {
					after := tuplesOf(model, g.world)
					x.Apply(shuffled(g, rel.Diff(before, after)))
					require.Zero(t, x.Skipped())
					require.Equal(t, after, x.Snapshot().Tuples())
					require.NoError(t, x.Snapshot().Verify())
					past[x.Snapshot()] = after
					n, granted := g.compare(t, x)
					asked, yes, before = asked+n, yes+granted, after
					g.step()
				}
				for snapshot, tuples := range past {
					require.Equal(t, tuples, snapshot.Tuples(), "a snapshot has changed")
					require.NoError(t, snapshot.Verify())
				}
			})
			t.Logf("%d questions, %d answered yes", asked, yes)
			require.Positive(t, yes)
		})
	}
}

// shuffled returns the updates in another order: one step is a set.
func shuffled(g *generator, updates []rel.Update) []rel.Update {
	g.Shuffle(len(updates), func(i, j int) { updates[i], updates[j] = updates[j], updates[i] })
	return updates
}

// compare asks everybody about everything, but no more than 60 permissions.
func (g *generator) compare(t require.TestingT, x *index.Index) (asked, yes int) {
	o, s := reference.New(g.model, g.world), x.Snapshot()
	for _, p := range sample(g, slices.Clone(g.model.Permissions), 60) {
		for _, object := range g.objects() {
			for _, subject := range g.subjects() {
				want := o.Allowed(subject, p.Name, object)
				if s.Check(subject, p.Name, object) != want {
					require.Failf(t, "differs", "%v %s %v: the oracle says %v\n%+v", subject, p.Name, object, want, g.world)
				}
				asked++
				if want {
					yes++
				}
			}
		}
	}
	return asked, yes
}

// load fills an index with the tuples of a world.
func load(t require.TestingT, x *index.Index, tuples []rel.Tuple) {
	require.NoError(t, x.Load(func(yield func(rel.Tuple, error) bool) {
		for _, tuple := range tuples {
			if !yield(tuple, nil) {
				return
			}
		}
	}))
}

// TestLoad: it replaces everything, takes tuples in any order and twice, and
// keeps what was there when the stream breaks.
func TestLoad(t *testing.T) {
	t.Parallel()
	model := builtin(t, "scalr")
	g := newGenerator(model, 7, "a")
	tuples := tuplesOf(model, g.world)
	x := index.New(model)
	load(t, x, tuplesOf(model, newGenerator(model, 8, "b").world))
	g.Shuffle(len(tuples), func(i, j int) { tuples[i], tuples[j] = tuples[j], tuples[i] })
	load(t, x, append(tuples, tuples[:50]...))
	slices.SortFunc(tuples, rel.Tuple.Compare)
	require.Equal(t, tuples, x.Snapshot().Tuples())
	require.NoError(t, x.Snapshot().Verify())
	g.compare(t, x)

	broken := x.Load(func(yield func(rel.Tuple, error) bool) {
		_ = yield(tuples[0], nil) && yield(rel.Tuple{}, iam.Missing("stream", "end"))
	})
	require.Equal(t, iam.NotFound, iam.CodeOf(broken))
	require.Equal(t, tuples, x.Snapshot().Tuples())
}

// TestTenantsMeet: entries of several tenants may come in any order, as long as
// those of each come in theirs.
func TestTenantsMeet(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := builtin(t, name)
			rapid.Check(t, func(t *rapid.T) {
				seed := rapid.Uint64().Draw(t, "seed")
				generators := []*generator{newGenerator(model, seed, "a"), newGenerator(model, seed+1, "b"), newGenerator(model, seed+2, "c")}
				x, before := index.New(model), make([][]rel.Tuple, len(generators))
				for range 12 {
					i := generators[0].IntN(len(generators))
					after := tuplesOf(model, generators[i].world)
					x.Apply(rel.Diff(before[i], after))
					before[i] = after
					generators[i].step()
				}
				want := index.New(model)
				load(t, want, slices.Concat(before...))
				require.Equal(t, want.Snapshot().Tuples(), x.Snapshot().Tuples())
				require.NoError(t, x.Snapshot().Verify())
			})
		})
	}
}

// TestFork: two indexes go their own ways from one state.
func TestFork(t *testing.T) {
	t.Parallel()
	model := builtin(t, "snapcd")
	g := newGenerator(model, 3, "a")
	x, tuples := index.New(model), tuplesOf(model, g.world)
	load(t, x, tuples)
	fork := x.Fork()
	fork.Apply(rel.Diff(tuples, nil))
	require.Zero(t, fork.Snapshot().Len())
	require.Equal(t, tuples, x.Snapshot().Tuples())
	other := tuplesOf(model, newGenerator(model, 4, "b").world)
	fork.Apply(rel.Diff(nil, other))
	x.Apply(rel.Diff(tuples, other))
	require.Equal(t, x.Snapshot().Tuples(), fork.Snapshot().Tuples())
	require.NoError(t, x.Snapshot().Verify())
	require.NoError(t, fork.Snapshot().Verify())
}
