package relay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/rel"
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

func TestReset(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	r := newRelay(o, w)
	_, err := r.Deliver(t.Context(), account("A"), o.add(account("A")))
	require.NoError(t, err)
	require.Equal(t, rel.Consistency{AtLeast: "r1"}, r.Fresh())
	r.Reset("rebuilt")
	assert.Equal(t, rel.Consistency{AtLeast: "rebuilt"}, r.Fresh())
	_, err = r.Deliver(t.Context(), account("A"), o.add(account("A")))
	require.NoError(t, err)
	assert.Equal(t, rel.Consistency{AtLeast: "r2"}, r.Fresh())
}
