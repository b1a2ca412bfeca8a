package peer

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// perfect answers by the oracle, and lies about one question in so many.
type perfect struct {
	lock   sync.Mutex
	world  *world.World
	oracle *world.Oracle
	lies   int
	asked  int
	// delay is how long a change takes to show.
	delay time.Duration
}

func (p *perfect) Check(_ context.Context, q world.Question) (bool, error) {
	time.Sleep(time.Millisecond) // in a bubble: time that passes for the harness
	p.lock.Lock()
	defer p.lock.Unlock()
	p.asked++
	return p.oracle.Check(q) != (p.lies > 0 && p.asked%p.lies == 0), nil
}

func (p *perfect) Workspaces(_ context.Context, user, permission string) ([]string, error) {
	time.Sleep(time.Millisecond)
	found := p.oracle.Workspaces(user, permission)
	slices.Reverse(found)
	return found, nil
}

func (p *perfect) WhoCan(context.Context, string, string) ([]string, error) {
	time.Sleep(time.Millisecond)
	return []string{"user:nobody"}, nil
}

func (p *perfect) SetRole(_ context.Context, role world.Role, _ []string) error {
	return p.change(func(w *world.World) {
		roles := slices.Clone(w.Roles)
		roles[len(roles)-1] = role
		w.Roles = roles
	})
}

func (p *perfect) Grant(_ context.Context, policy world.Policy) error {
	return p.change(func(w *world.World) { w.Policies = append(slices.Clone(w.Policies), policy) })
}

func (p *perfect) Revoke(context.Context, world.Policy) error {
	return p.change(func(w *world.World) { w.Policies = w.Policies[:len(w.Policies)-1] })
}

// change acknowledges at once what shows after the delay.
func (p *perfect) change(apply func(w *world.World)) error {
	show := func() {
		p.lock.Lock()
		defer p.lock.Unlock()
		changed := *p.world
		apply(&changed)
		p.world, p.oracle = &changed, world.NewOracle(&changed)
	}
	if p.delay == 0 {
		show()
		return nil
	}
	time.AfterFunc(p.delay, show)
	return nil
}

func (p *perfect) Close() error { return nil }

// result runs the harness on an engine, in a bubble whose clock does not depend on
// the machine.
func result(t *testing.T, o options, p *perfect) Result {
	t.Helper()
	o.policies, o.budget, o.loadLimit = 500, 100*time.Millisecond, time.Hour
	r := &run{options: o, Result: &Result{Times: map[Measure]Times{}, Faults: map[Measure]string{}}}
	synctest.Test(t, func(t *testing.T) {
		err := r.run(t.Context(), Door{Open: func(_ context.Context, w *world.World) (Engine, error) {
			p.world, p.oracle = w, world.NewOracle(w)
			return p, nil
		}})
		if err != nil {
			r.Failure = err.Error()
		}
	})
	return *r.Result
}

// TestTimes: a right engine gets the times that it takes.
func TestTimes(t *testing.T) {
	t.Parallel()
	got := result(t, options{}, &perfect{})
	if got.Failure != "" {
		t.Fatal(got.Failure)
	}
	check := got.Times[Check]
	if check.P50 != time.Millisecond || check.P99 != time.Millisecond || check.Calls != 100 {
		t.Errorf("one call of a millisecond after the other: %+v", check)
	}
	if check.PerSecond < 7900 || check.PerSecond > 8100 {
		t.Errorf("8 clients have %.0f answers a second, and each waits a millisecond", check.PerSecond)
	}
	if _, timed := got.Times[CheckMany]; timed {
		t.Error("times for a question that the engine does not have")
	}
}

// TestLists: the order of a list does not matter, and a wrong one gets no time.
func TestLists(t *testing.T) {
	t.Parallel()
	got := result(t, options{}, &perfect{})
	if got.Times[Workspaces].P50 != time.Millisecond {
		t.Errorf("workspaces: %+v, %s", got.Times[Workspaces], got.Faults[Workspaces])
	}
	if _, timed := got.Times[WhoCan]; timed || !strings.Contains(got.Faults[WhoCan], "answers differently") {
		t.Errorf("a wrong list: %+v, %q", got.Times[WhoCan], got.Faults[WhoCan])
	}
}

// TestLiar: an engine that answers wrongly is found out, also while it is timed.
func TestLiar(t *testing.T) {
	t.Parallel()
	for _, lies := range []int{1, 50, 250, 350} {
		if got := result(t, options{}, &perfect{lies: lies}); !strings.Contains(got.Failure, "answers differently") {
			t.Errorf("a lie in %d answers: %q", lies, got.Failure)
		}
	}
}

// TestChanges: what shows late is seen late, and the answers until then are counted.
func TestChanges(t *testing.T) {
	t.Parallel()
	const delay = 30 * time.Millisecond
	late := result(t, options{crowd: true}, &perfect{delay: delay})
	if late.Failure != "" {
		t.Fatal(late.Failure)
	}
	for name, change := range map[string]*Change{"role": late.Role, "revoke": late.Revoke} {
		if change.Wrong == 0 || change.Late > delay || change.Late < delay-2*time.Millisecond {
			t.Errorf("%s: %+v", name, change)
		}
		if change.Visible < delay || change.Visible > delay+2*time.Millisecond {
			t.Errorf("%s is visible after %s", name, change.Visible)
		}
	}
	atOnce := result(t, options{crowd: true}, &perfect{})
	if atOnce.Failure != "" || atOnce.Role.Wrong != 0 || atOnce.Revoke.Wrong != 0 {
		t.Errorf("%q, %+v, %+v", atOnce.Failure, atOnce.Role, atOnce.Revoke)
	}
}
