package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// trial is one run of one fault: who writes and reads, for how long, and what
// came of it.
type trial struct {
	testing.TB
	lab      *lab
	model    *schema.Model
	duration time.Duration
	rng      *rand.Rand
	doors    []*door
	accounts []iam.Ref
	writers  []*writer
	// writing and reading are how many clients do so.
	writing, reading int
	// extra is what is stored beside what writers hold.
	extra holdings

	counts counts
	mu     sync.Mutex
	// problems are sentences about what must not be, the first ones.
	problems []string
}

// counts is what happens while a trial runs.
type counts struct {
	// strikes of the fault.
	strikes atomic.Int64
	// acknowledged, refused and ambiguous writes; kept is how many of the last
	// turned out to be stored.
	acknowledged, refused, ambiguous, kept atomic.Int64
	// full counts the refused ones for which there was no space, and unclear the
	// ambiguous ones whose error does not even say which part is to blame.
	full, unclear atomic.Int64
	// answers that could be judged, and those of them that were stale or, which is
	// worse, neither old nor new.
	answers, stale, wrong atomic.Int64
	// lost acknowledgements, and changes that took effect twice.
	lost, doubled atomic.Int64
}

func newTrial(t testing.TB, lab *lab, duration time.Duration, source rand.Source) *trial {
	t.Helper()
	model, err := schema.Builtin("scalr")
	require.NoError(t, err)
	return &trial{
		TB: t, extra: holdings{}, writing: usualWriters, reading: usualReaders, lab: lab, model: model, duration: duration, rng: rand.New(source),
		accounts: []iam.Ref{{Type: typeAccount, ID: "a1"}, {Type: typeAccount, ID: "a2"}, {Type: typeAccount, ID: "a3"}},
	}
}

// shown is how many problems a trial lists.
const shown = 15

// problem notes what must not be. The trial goes on: what comes next may explain
// it.
func (t *trial) problem(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.problems) < shown {
		t.problems = append(t.problems, fmt.Sprintf(format, args...))
	}
}

// The population of a trial, unless it says otherwise.
const (
	usualWriters = 6
	usualReaders = 2
)

// populate makes the accounts and what all writers share in them.
func (t *trial) populate() holdings {
	t.Helper()
	var w iam.World
	for _, account := range t.accounts {
		role := iam.Role{ID: iam.RoleID("shared-" + account.ID), Scope: account, Permissions: []string{sharedPermission}}
		team := iam.Group{ID: iam.GroupID("shared-" + account.ID), Scope: account, Members: []iam.Ref{}}
		w.Scopes = append(w.Scopes, iam.Scope{Ref: account, Tenant: account})
		w.Roles, w.Groups = append(w.Roles, role), append(w.Groups, team)
		w.Policies = append(w.Policies, iam.Policy{
			ID: iam.PolicyID("shared-" + account.ID), Subject: teamRef(team.ID), Roles: []iam.RoleID{role.ID}, Scope: account,
		})
	}
	for i := range t.writing {
		w.Users = append(w.Users, iam.User{ID: settler(i), Status: iam.Active})
	}
	_, err := apply(t.Context(), t.doors[0].Client, t.model, w)
	require.NoError(t, err)
	shared := holdings{}
	for _, scope := range w.Scopes {
		shared.put(scope)
	}
	for i := range w.Roles {
		shared.put(w.Roles[i])
		shared.put(w.Groups[i])
		shared.put(w.Policies[i])
	}
	return shared
}

// drive lets writers and readers work on the doors while fn runs.
func (t *trial) drive(doors []*door, fn func(ctx context.Context)) {
	t.Helper()
	t.doors = doors
	shared := t.populate()
	for i := range t.writing {
		t.writers = append(t.writers, newWriter(t, i, shared))
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var working sync.WaitGroup
	defer working.Wait()
	defer stop() // before it waits, and also if fn fails
	for _, w := range t.writers {
		working.Go(func() { w.work(ctx) })
	}
	for range t.reading {
		reader := &reader{trial: t, rng: rand.New(rand.NewPCG(t.rng.Uint64(), 1))}
		working.Go(func() { reader.work(ctx) })
	}
	fn(ctx)
}

// strikeAgain makes strikes at random moments until the trial's time is over, one
// at least. Between them writes succeed again: what comes next hits servers at
// work, and servers that do not recover fail the trial.
func (t *trial) strikeAgain(ctx context.Context, strike func(ctx context.Context) error) {
	t.Helper()
	end := time.Now().Add(t.duration)
	for t.counts.strikes.Load() == 0 || time.Now().Before(end) {
		t.awaitWrites()
		sleep(ctx, time.Duration(t.rng.IntN(400))*time.Millisecond)
		if err := strike(ctx); err != nil {
			t.Errorf("the fault could not be made: %v", err)
			return
		}
		t.counts.strikes.Add(1)
	}
	t.awaitWrites()
}

// awaitWrites waits until as many writes as there are writers have been
// acknowledged from now on.
func (t *trial) awaitWrites() {
	t.Helper()
	enough := t.counts.acknowledged.Load() + int64(t.writing)
	await(t, "clients can write", func(context.Context) error {
		if have := t.counts.acknowledged.Load(); have < enough {
			return fmt.Errorf("%d acknowledged writes are missing", enough-have)
		}
		return nil
	})
}
