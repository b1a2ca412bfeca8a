package adapter_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// large is the world of the benchmarks, in which engines are compared, too.
var large = reference.Grown(5000)

// batchSize is how many objects the command line applies at a time.
const batchSize = 1000

// BenchmarkApplyWorld applies a world through the adapter, next to the time
// that SpiceDB alone needs to take the same tuples in one bulk import. x-bulk is
// the ratio of the medians; heap is what either side keeps, at most.
func BenchmarkApplyWorld(b *testing.B) {
	model := builtin(b, "scalr")
	w := large.World()
	for _, way := range []struct {
		name string
		size int
	}{{"whole", w.Len()}, {"by-5000", 5000}, {"by-1000", batchSize}} {
		b.Run(way.name, func(b *testing.B) {
			var applied, bulk measurements
			for b.Loop() {
				tuples := applied.apply(b, model, w, way.size)
				bulk.load(b, model, tuples)
			}
			applied.report(b, "apply")
			bulk.report(b, "bulk")
			b.ReportMetric(applied.median().Seconds()/bulk.median().Seconds(), "x-bulk")
			b.ReportMetric(0, "ns/op") // both sides together mean nothing
		})
	}
}

// measurements are the times of several runs and the most memory that one kept:
// what runs before have not let go yet makes it look like less.
type measurements struct {
	times []time.Duration
	heap  uint64
}

func (m *measurements) median() time.Duration {
	slices.Sort(m.times)
	return m.times[len(m.times)/2]
}

func (m *measurements) report(b *testing.B, side string) {
	b.ReportMetric(float64(m.median().Milliseconds()), side+"-ms")
	b.ReportMetric(float64(m.heap>>20), side+"-heap-MB")
}

// measure times work, and what it leaves on the heap.
func (m *measurements) measure(work func()) {
	before := heap()
	start := time.Now()
	work()
	m.times = append(m.times, time.Since(start))
	after := heap()
	m.heap = max(m.heap, after-min(before, after))
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// apply returns the tuples that SpiceDB holds in the end. It leaves nothing
// open: what one run keeps would weigh on the garbage collection of the next.
func (m *measurements) apply(b *testing.B, model *schema.Model, w iam.World, batch int) []rel.Tuple {
	server, err := embedded.Start(b.Context(), embedded.Config{})
	require.NoError(b, err)
	store, err := sqlstore.OpenSQLite(b.Context(), ":memory:", sqlstore.Config{Subjects: sqlstore.SubjectsOf(model)})
	require.NoError(b, err)
	a, err := adapter.New(b.Context(), adapter.Config{Model: model, Store: store, Engine: server.Engine()})
	require.NoError(b, err)
	m.measure(func() {
		for part := range world.Batches(w, batch) {
			receipt, err := a.Apply(b.Context(), part)
			require.NoError(b, err)
			require.True(b, receipt.Applied)
		}
	})
	tuples := tuplesIn(b, server.Engine())
	require.NoError(b, a.Close())
	require.NoError(b, store.Close())
	require.NoError(b, server.Close())
	return tuples
}

func (m *measurements) load(b *testing.B, model *schema.Model, tuples []rel.Tuple) {
	server, err := embedded.Start(b.Context(), embedded.Config{})
	require.NoError(b, err)
	engine := server.Engine()
	require.NoError(b, engine.WriteSchema(b.Context(), model.Compile()))
	m.measure(func() {
		n, err := engine.Import(b.Context(), slices.Values(tuples))
		require.NoError(b, err)
		require.EqualValues(b, len(tuples), n)
	})
	require.NoError(b, server.Close())
}

func tuplesIn(tb testing.TB, content adapter.Content) []rel.Tuple {
	tb.Helper()
	var tuples []rel.Tuple
	for tuple, err := range content.Read(context.Background(), rel.Filter{}) {
		require.NoError(tb, err)
		tuples = append(tuples, tuple)
	}
	slices.SortFunc(tuples, rel.Tuple.Compare)
	return tuples
}

// BenchmarkCheck asks one question through the adapter and, on the same engine,
// without it. x-bare is the ratio of the medians. The reason of a denial comes
// from the store; "denied-anew" is what that costs when nothing is remembered.
func BenchmarkCheck(b *testing.B) {
	model := builtin(b, "scalr")
	s := newSystem(b, model, withoutIndex)
	s.fill(b, large.World())
	allowed, denied := s.questions(b, model)
	b.Run("allowed", func(b *testing.B) { compareChecks(b, s.Adapter, s.engine, allowed) })
	b.Run("denied", func(b *testing.B) { compareChecks(b, s.Adapter, s.engine, denied) })
	b.Run("denied-anew", func(b *testing.B) {
		now := time.Now()
		clock := func() time.Time { now = now.Add(time.Hour); return now }
		forgetful, err := adapter.New(b.Context(), adapter.Config{Model: model, Store: s.store, Engine: s.engine, Clock: clock, Index: adapter.IndexConfig{Off: true}})
		require.NoError(b, err)
		defer func() { require.NoError(b, forgetful.Close()) }()
		compareChecks(b, forgetful, s.engine, denied)
	})
}

// BenchmarkCheckByIndex asks the same questions of an adapter that has an index.
func BenchmarkCheckByIndex(b *testing.B) {
	for name, size := range map[string]int64{"whole": 0, "bounded": 1 << 30} {
		b.Run(name, func(b *testing.B) { benchmarkIndex(b, adapter.IndexConfig{Max: size}) })
	}
}

func benchmarkIndex(b *testing.B, config adapter.IndexConfig) {
	model := builtin(b, "scalr")
	s := newSystem(b, model, func(c *adapter.Config) { c.Index = config })
	s.fill(b, large.World())
	require.NoError(b, s.Settle(b.Context()))
	allowed, denied := s.questions(b, model)
	require.Eventually(b, func() bool {
		decision, err := s.Check(b.Context(), allowed[0], adapter.Freshness{})
		return err == nil && decision.Source == adapter.SourceIndex
	}, time.Minute, time.Millisecond)
	for name, requests := range map[string][]adapter.CheckRequest{"allowed": allowed, "denied": denied} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				decision, err := s.Check(b.Context(), requests[i%len(requests)], adapter.Freshness{})
				if err != nil || decision.Source != adapter.SourceIndex {
					b.Fatal(decision, err)
				}
			}
		})
		b.Run(name+"-compared", func(b *testing.B) { compareChecks(b, s.Adapter, s.engine, requests) })
	}
}

// BenchmarkTakeIn measures, with a bound, how long after the first question about a
// tenant of 5,000 policies the index answers about it, and how long a write of another
// tenant takes at most, meanwhile, to reach the index.
func BenchmarkTakeIn(b *testing.B) {
	s := newSystem(b, builtin(b, "scalr"), withoutIndex)
	s.fill(b, large.World())
	_, err := s.Apply(b.Context(), iam.World{Scopes: []iam.Scope{{Ref: ref("account", "B")}, {Ref: ref("environment", "other"), Parent: ref("account", "B")}}})
	require.NoError(b, err)
	question := adapter.CheckRequest{Subject: ref("user", "u1"), Permission: "workspaces:read", Object: ref("workspace", "w1")}
	var taken, lags []time.Duration
	for b.Loop() {
		a, err := adapter.New(b.Context(), adapter.Config{Model: s.Model(), Store: s.store, Engine: s.engine, Index: adapter.IndexConfig{Max: 1 << 30}})
		require.NoError(b, err)
		require.NoError(b, a.Settle(b.Context()))
		var longest time.Duration
		start := time.Now()
		for isolated := true; ; isolated = !isolated {
			decision, err := a.Check(b.Context(), question, adapter.Freshness{})
			require.NoError(b, err)
			if decision.Source == adapter.SourceIndex {
				break
			}
			_, _, err = a.UpdateScope(b.Context(), ref("environment", "other"), adapter.ScopeChange{Isolated: &isolated})
			require.NoError(b, err)
			acknowledged := time.Now()
			require.NoError(b, a.Settle(b.Context()))
			longest = max(longest, time.Since(acknowledged))
		}
		taken, lags = append(taken, time.Since(start)), append(lags, longest)
		b.ReportMetric(float64(a.IndexStats().Bytes)/(1<<20), "MiB")
		require.NoError(b, a.Close())
	}
	slices.Sort(taken)
	slices.Sort(lags)
	b.ReportMetric(float64(taken[len(taken)/2].Milliseconds()), "taken-ms")
	b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1e3, "longest-lag-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkIndexLag measures how long after its acknowledgement a write is in the
// index, in a world of some size. Questions do not see the difference: they wait,
// or ask SpiceDB.
func BenchmarkIndexLag(b *testing.B) {
	s := newSystem(b, builtin(b, "scalr"))
	s.fill(b, large.World())
	require.NoError(b, s.Settle(b.Context()))
	var lags []time.Duration
	for i := 0; b.Loop(); i++ {
		status := []iam.Status{iam.Inactive, iam.Active}[i%2]
		_, _, err := s.UpdateUser(b.Context(), "u1", adapter.UserChange{Status: &status})
		require.NoError(b, err)
		acknowledged := time.Now()
		require.NoError(b, s.Settle(b.Context()))
		lags = append(lags, time.Since(acknowledged))
	}
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Nanoseconds())/1e6, "p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Nanoseconds())/1e6, "p99-ms")
	b.ReportMetric(0, "ns/op") // the write counts for most of it
}

func compareChecks(b *testing.B, a *adapter.Adapter, engine adapter.Engine, requests []adapter.CheckRequest) {
	asker := translate.New(a.Model())
	var through, bare []time.Duration
	for i := 0; b.Loop(); i++ {
		request := requests[i%len(requests)]
		question := asker.Question(request.Subject, request.Permission, request.Object)
		// Either side goes first in turn, as the second finds warm caches.
		for _, first := range []bool{i%2 == 0, i%2 != 0} {
			start := time.Now()
			if first {
				_, err := a.Check(b.Context(), request, adapter.Freshness{})
				through = append(through, time.Since(start))
				require.NoError(b, err)
			} else {
				_, _, err := engine.Check(b.Context(), rel.Consistency{}, question)
				bare = append(bare, time.Since(start))
				require.NoError(b, err)
			}
		}
	}
	report(b, through, bare)
}

func report(b *testing.B, through, bare []time.Duration) {
	slices.Sort(through)
	slices.Sort(bare)
	a, e := through[len(through)/2], bare[len(bare)/2]
	b.ReportMetric(float64(a.Nanoseconds())/1e3, "adapter-µs")
	b.ReportMetric(float64(e.Nanoseconds())/1e3, "bare-µs")
	b.ReportMetric(float64(a)/float64(e), "x-bare")
	b.ReportMetric(0, "ns/op") // both sides together mean nothing
}

// fill applies a world in batches.
func (s *system) fill(b *testing.B, w iam.World) {
	b.Helper()
	for part := range world.Batches(w, batchSize) {
		_, err := s.Apply(b.Context(), part)
		require.NoError(b, err)
	}
}

// questions draws questions about the large world, by their answer.
func (s *system) questions(b *testing.B, model *schema.Model) (allowed, denied []adapter.CheckRequest) {
	rng := rand.New(rand.NewPCG(7, 7))
	for len(allowed) < 500 || len(denied) < 500 {
		request := adapter.CheckRequest{
			Subject:    reference.Numbered("user", rng.IntN(large.Users)),
			Permission: model.Permissions[rng.IntN(len(model.Permissions))].Name,
			Object:     reference.Numbered("workspace", rng.IntN(large.Workspaces)),
		}
		if !model.Permission(request.Permission).AppliesAt(request.Object.Type) {
			continue
		}
		decision, err := s.Check(b.Context(), request, adapter.Freshness{})
		require.NoError(b, err)
		if decision.Allowed {
			allowed = append(allowed, request)
		} else {
			denied = append(denied, request)
		}
	}
	return allowed, denied
}
