package adapter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// twins are two adapters on one store and one SpiceDB, as in two processes.
func twins(t *testing.T, staleness time.Duration, index adapter.IndexConfig) (first, second *system, engine *recorder) {
	t.Helper()
	engine = &recorder{ContentEngine: kept(t), wrote: make(chan string, 100)}
	base := newSystemOn(t, builtin(t, "scalr"), engine)
	base.apply(t, acme())
	require.NoError(t, base.Close())
	start := func() *system {
		a, err := adapter.New(context.Background(), adapter.Config{
			Model: base.Model(), Store: base.store, Engine: engine, Shared: true, Staleness: staleness, Index: index,
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, a.Close()) })
		return &system{Adapter: a, store: base.store, engine: engine}
	}
	return start(), start(), engine
}

// TestTokenAcrossReplicas: whoever shows the token of a write sees it, wherever
// he asks; without one, after the bound.
func TestTokenAcrossReplicas(t *testing.T) {
	t.Parallel()
	const bound = 200 * time.Millisecond
	first, second, engine := twins(t, bound, adapter.IndexConfig{Off: true})
	ctx := t.Context()
	require.False(t, second.can(t, bob, "environments:read", env1))
	receipt, err := grantBob(ctx, first)
	first.done(t, receipt, err)
	decision, err := second.Check(ctx, bobEnters, adapter.Freshness{Token: receipt.Token})
	require.NoError(t, err)
	assert.True(t, decision.Allowed)
	assert.NotEmpty(t, engine.lastAsked().AtLeast, "the token names a revision: nobody has to ask for the head")

	require.True(t, first.can(t, bob, "environments:read", env1), "the own write is seen at once")
	require.Eventually(t, func() bool {
		return second.can(t, bob, "environments:read", env1) && engine.lastAsked() == rel.Consistency{}
	}, 10*bound, bound/4, "after the bound the head is asked")
}

// TestReplicasDeliverTogether: two processes write to one tenant and deliver
// each other's changes; what SpiceDB refuses to take twice is not taken twice.
func TestReplicasDeliverTogether(t *testing.T) {
	t.Parallel()
	first, second, _ := twins(t, time.Second, adapter.IndexConfig{})
	var writing sync.WaitGroup
	for i, s := range []*system{first, second, first, second} {
		writing.Go(func() {
			for n := range 25 {
				_, receipt, err := s.CreatePolicy(context.Background(), iam.Policy{
					ID: iam.PolicyID(fmt.Sprintf("r-%d-%d", i, n)), Subject: []iam.Ref{ann, bob, dev, ops}[i], Scope: work1, Roles: []iam.RoleID{"vars"},
				})
				assert.NoError(t, err)
				assert.True(t, receipt.Applied)
				receipt, err = s.DeletePolicy(context.Background(), iam.PolicyID(fmt.Sprintf("r-%d-%d", i, n)), 0)
				assert.NoError(t, err)
				assert.True(t, receipt.Applied)
			}
		})
	}
	writing.Wait()
	first.exact(t)
	drift, err := second.Reconcile(t.Context(), adapter.ReconcileOptions{})
	require.NoError(t, err)
	assert.True(t, drift.None())
}

// TestLeftBehind: one process ends before it could deliver; the other one does.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	first, second, engine := twins(t, time.Second, adapter.IndexConfig{})
	engine.cut(true)
	receipt, err := grantBob(t.Context(), first)
	require.NoError(t, err)
	require.False(t, receipt.Applied)
	require.NoError(t, first.Close())
	engine.cut(false)
	require.Eventually(t, func() bool {
		waiting, err := second.store.Outbox().Waiting(t.Context())
		return err == nil && len(waiting) == 0
	}, 30*time.Second, 20*time.Millisecond)
	assert.True(t, second.can(t, bob, "environments:read", env1))
	second.exact(t)
}
