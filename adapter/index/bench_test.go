package index_test

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
)

// BenchmarkCheck asks random questions in the reference world, grown as a whole or
// in policies alone.
func BenchmarkCheck(b *testing.B) {
	for _, policies := range []int{500, 5000, 50_000, 500_000} {
		b.Run(fmt.Sprint("grown-", policies), func(b *testing.B) { benchmarkCheck(b, reference.Grown(policies)) })
	}
	for _, policies := range []int{50_000, 500_000} {
		b.Run(fmt.Sprint("dense-", policies), func(b *testing.B) { benchmarkCheck(b, dense(policies)) })
	}
}

func benchmarkCheck(b *testing.B, s reference.Size) {
	w := loaded(b, s)
	questions := w.questions(100_000)
	yes, i := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		q := &questions[i%len(questions)]
		i++
		if w.Check(q.subject, q.permission, q.object) {
			yes++
		}
	}
	b.ReportMetric(100*float64(yes)/float64(i), "%yes")
	var q question
	reportQuantiles(b, func(i int) { q = questions[i%len(questions)].read() }, func(int) { w.Check(q.subject, q.permission, q.object) })
}

// Questions are timed in rounds short enough that many of them have the machine
// for themselves; the figures are of the rounds in the best quarter, so that they
// speak of the index and not of its neighbours.
const (
	rounds     = 400
	roundCalls = 2000
)

// read returns a question as a caller has it, who has just made it: in the caches
// of the processor.
func (q question) read() question {
	q.subject.ID, q.object.ID = strings.Clone(q.subject.ID), strings.Clone(q.object.ID)
	return q
}

// reportQuantiles times single calls, less what the clock takes. What prepares
// them is not timed.
func reportQuantiles(b *testing.B, prepare, call func(i int)) {
	type round struct{ p50, p99, sum time.Duration }
	all, times := make([]round, rounds), make([]time.Duration, roundCalls)
	clock := clockTime()
	runtime.GC()
	for r := range all {
		for i := range times {
			prepare(r*roundCalls + i)
			start := time.Now()
			call(r*roundCalls + i)
			times[i] = time.Since(start) - clock
			all[r].sum += times[i]
		}
		slices.Sort(times)
		all[r].p50, all[r].p99 = times[roundCalls/2], times[roundCalls*99/100]
	}
	slices.SortFunc(all, func(a, b round) int { return cmp.Compare(a.sum, b.sum) })
	quiet := all[rounds/8]
	b.ReportMetric(float64(quiet.p50), "p50-ns")
	b.ReportMetric(float64(quiet.p99), "p99-ns")
	b.ReportMetric(float64(quiet.sum)/roundCalls, "mean-ns")
}

// clockTime returns what timing nothing takes.
func clockTime() time.Duration {
	times := make([]time.Duration, roundCalls)
	for i := range times {
		start := time.Now()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[roundCalls/4]
}

// BenchmarkAsk asks the other questions in the reference world.
func BenchmarkAsk(b *testing.B) {
	w := loaded(b, reference.Grown(5000))
	s, questions := w.Snapshot(), w.questions(10_000)
	asks := map[string]func(q *question) int{
		"permissions": func(q *question) int { return len(s.Permissions(q.subject, q.object)) },
		"workspaces": func(q *question) int {
			found, _ := s.Resources(q.subject, "workspaces:read", "workspace", index.Page{})
			return len(found)
		},
		"first-20-workspaces": func(q *question) int {
			found, _ := s.Resources(q.subject, "workspaces:read", "workspace", index.Page{Limit: 20})
			return len(found)
		},
		"filter": func(q *question) int {
			filter := s.Filter(q.subject, "workspaces:read", "workspace")
			return len(filter.Below) + len(filter.Objects)
		},
		"who-can": func(q *question) int {
			found, _ := s.Subjects(q.permission, q.object, "", index.Page{})
			return len(found)
		},
		"grantees": func(q *question) int { return len(s.Grantees(q.permission, q.object)) },
		"paths":    func(q *question) int { return len(s.Paths(q.subject, q.permission, q.object)) },
	}
	for _, name := range slices.Sorted(maps.Keys(asks)) {
		b.Run(name, func(b *testing.B) {
			found, i := 0, 0
			for b.Loop() {
				found += asks[name](&questions[i%len(questions)])
				i++
			}
			b.ReportMetric(float64(found)/float64(i), "found/op")
		})
	}
}

// BenchmarkApply changes one thing and takes it back: op is one change. "role" is
// the edit of a role with 10,000 holders, "grant" a policy more for one of 10,000
// subjects at one scope.
func BenchmarkApply(b *testing.B) {
	const holders = 10_000
	s := reference.Size{Environments: 100, Workspaces: 2000, Teams: 200, Users: holders, TeamsOfUser: 3, Roles: 20, Policies: 50_000}
	w := loaded(b, s)
	held := translate.New(w.model)
	var users []iam.Ref
	for i := range holders {
		users = append(users, ref("user", fmt.Sprint("holder", i)))
	}
	always := func(iam.Ref) bool { return true }
	w.Apply(rel.Diff(nil, held.Binding(ref("account", "A"), "edited", users, always)))
	env := ref("environment", "e0")
	for name, tuples := range map[string][]rel.Tuple{
		"role":       held.Role(iam.Role{ID: "edited", Permissions: []string{"workspaces:read"}}),
		"grant":      held.Binding(ref("account", "A"), "edited", []iam.Ref{ref("user", "new")}, always),
		"new-policy": held.Binding(env, "edited", []iam.Ref{ref("user", "u1")}, always),
		"membership": held.Group(iam.Group{ID: "t1", Members: []iam.Ref{ref("user", "new")}}, always),
		"move":       held.Scope(iam.Scope{Ref: ref("workspace", "new"), Parent: env}),
	} {
		tuples = slices.DeleteFunc(tuples, func(t rel.Tuple) bool { return slices.Contains(w.Snapshot().Tuples(), t) })
		there, back := rel.Diff(nil, tuples), rel.Diff(tuples, nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					w.Apply(there)
				} else {
					w.Apply(back)
				}
				if name == "role" && w.Check(users[i%holders], "workspaces:read", ref("workspace", "w1999")) != (i%2 == 0) {
					b.Fatal("the edit does not show")
				}
			}
		})
	}
}

// BenchmarkMemory reports what the index keeps of the grown world, and, by the
// differences of worlds, of a policy with its binding and of a membership.
func BenchmarkMemory(b *testing.B) {
	for _, policies := range []int{5000, 50_000, 500_000} {
		b.Run(fmt.Sprint(policies), func(b *testing.B) {
			for b.Loop() {
				s := reference.Grown(policies)
				all := heapOf(b, s)
				s.Policies = 0
				members := heapOf(b, s)
				s.TeamsOfUser = 0
				alone := heapOf(b, s)
				b.ReportMetric(all/(1<<20), "MiB")
				b.ReportMetric(all/float64(policies), "B/policy-with-all")
				b.ReportMetric((all-members)/float64(policies), "B/policy")
				b.ReportMetric((members-alone)/float64(3*s.Users), "B/membership-with-user")
			}
		})
	}
}

// heapOf returns what an index of a world keeps on the heap.
func heapOf(b *testing.B, s reference.Size) float64 {
	b.Helper()
	model := builtin(b, "scalr")
	tuples := tuplesOf(model, s.World())
	x, before := index.New(model), heap()
	load(b, x, tuples)
	kept := heap() - before
	runtime.KeepAlive(tuples)
	runtime.KeepAlive(x)
	return kept
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

// BenchmarkLoad fills an index from nothing.
func BenchmarkLoad(b *testing.B) {
	model := builtin(b, "scalr")
	tuples := tuplesOf(model, reference.Grown(50_000).World())
	for b.Loop() {
		load(b, index.New(model), tuples)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(tuples)), "ns/tuple")
}
