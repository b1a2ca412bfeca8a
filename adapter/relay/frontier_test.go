package relay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/relay"
)

// gate is an engine whose writes take effect and end when they are told to. Its
// revisions count; the token says so for the test only.
type gate struct {
	mu       sync.Mutex
	revision int
	// began and effect and answer are per tenant.
	began  map[string]chan struct{}
	effect map[string]chan struct{}
	took   map[string]chan int
	answer map[string]chan struct{}
}

func newGate(tenants int) *gate {
	g := &gate{
		began: map[string]chan struct{}{}, effect: map[string]chan struct{}{},
		took: map[string]chan int{}, answer: map[string]chan struct{}{},
	}
	for i := range tenants {
		name := account(fmt.Sprint(i)).String()
		g.began[name], g.effect[name] = make(chan struct{}), make(chan struct{})
		g.took[name], g.answer[name] = make(chan int), make(chan struct{})
	}
	return g
}

func (g *gate) Write(_ context.Context, write rel.Write) (rel.ZedToken, error) {
	g.began[write.Tenant] <- struct{}{}
	<-g.effect[write.Tenant]
	g.mu.Lock()
	g.revision++
	revision := g.revision
	g.mu.Unlock()
	g.took[write.Tenant] <- revision
	<-g.answer[write.Tenant]
	return rel.ZedToken(fmt.Sprint(revision)), nil
}

// TestFrontier: however writes of several tenants overlap, Fresh demands a
// revision that holds all that were delivered, or the head.
func TestFrontier(t *testing.T) {
	t.Parallel()
	const tenants = 3
	rapid.Check(t, func(t *rapid.T) {
		g, o := newGate(tenants), newOutbox()
		r := newRelay(o, g)
		require.Equal(t, rel.Consistency{}, r.Fresh(), "nothing delivered: the head")
		var running sync.WaitGroup
		state := make([]int, tenants) // 0 idle, 1 began, 2 took effect
		took := make([]int, tenants)
		done := make([]chan struct{}, tenants)
		newest, tokens := 0, 0
		step := func(i int) {
			name := account(fmt.Sprint(i)).String()
			switch state[i] {
			case 0:
				seq := o.add(account(fmt.Sprint(i)))
				done[i] = make(chan struct{})
				running.Go(func() {
					_, err := r.Deliver(context.Background(), account(fmt.Sprint(i)), seq)
					assert.NoError(t, err)
					close(done[i])
				})
				<-g.began[name]
			case 1:
				g.effect[name] <- struct{}{}
				took[i] = <-g.took[name]
			case 2:
				g.answer[name] <- struct{}{}
				<-done[i]
				newest = max(newest, took[i])
			}
			state[i] = (state[i] + 1) % 3
			if fresh := r.Fresh(); fresh.AtLeast != "" {
				tokens++
				var revision int
				_, err := fmt.Sscan(string(fresh.AtLeast), &revision)
				require.NoError(t, err)
				require.GreaterOrEqual(t, revision, newest)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			step(rapid.IntRange(0, tenants-1).Draw(t, "tenant"))
		}
		for i := range state {
			for state[i] != 0 {
				step(i)
			}
		}
		running.Wait()
		// One write alone is enough to name a revision again.
		for range 3 {
			step(0)
		}
		require.Equal(t, rel.Consistency{AtLeast: rel.ZedToken(fmt.Sprint(g.revision))}, r.Fresh())
		require.Positive(t, tokens)
	})
}

// TestStaleness: where others write too, what Fresh demands grows old, and a
// read of the head makes it young again.
func TestStaleness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := relay.New(relay.Config{Outbox: newOutbox(), Writer: newWriter(), Shared: true, Staleness: time.Second})
		head := rel.Consistency{}
		assert.Equal(t, head, r.Fresh(), "nothing seen yet")
		sight := r.Sight()
		time.Sleep(400 * time.Millisecond) // of the bubble's clock
		r.Saw(sight, "h1")
		assert.Equal(t, rel.Consistency{AtLeast: "h1"}, r.Fresh())
		time.Sleep(599 * time.Millisecond)
		assert.Equal(t, rel.Consistency{AtLeast: "h1"}, r.Fresh())
		time.Sleep(time.Millisecond)
		assert.Equal(t, head, r.Fresh(), "counted from when the look began")

		early, late := r.Sight(), r.Sight()
		r.Saw(late, "h3")
		r.Saw(early, "h2")
		assert.Equal(t, head, r.Fresh(), "neither of two that overlapped is known to hold the other")
		r.Saw(r.Sight(), "h4")
		assert.Equal(t, rel.Consistency{AtLeast: "h4"}, r.Fresh())
	})
}

// TestNoStaleness: with a bound of 0 every question goes to the head.
func TestNoStaleness(t *testing.T) {
	t.Parallel()
	r := relay.New(relay.Config{Outbox: newOutbox(), Writer: newWriter(), Shared: true})
	r.Saw(r.Sight(), "h1")
	assert.Equal(t, rel.Consistency{}, r.Fresh())
}
