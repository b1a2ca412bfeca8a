package adapter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// kept starts a SpiceDB that remembers positions, as one that several processes
// share has to.
func kept(tb testing.TB) adapter.ContentEngine {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	return spicedb.New(server.Conn(), spicedb.HeadReads(), spicedb.Bookkeeping())
}

// meddle writes beside Ambit.
func meddle(tb testing.TB, engine adapter.Engine, op rel.Op, texts ...string) {
	tb.Helper()
	var updates []rel.Update
	for _, text := range texts {
		tuple, err := rel.ParseTuple(text)
		require.NoError(tb, err)
		updates = append(updates, rel.Update{Op: op, Tuple: tuple})
	}
	_, err := engine.Write(context.Background(), rel.Write{Updates: updates})
	require.NoError(tb, err)
}

const (
	lostTuple    = "workspace:W1#parent@environment:E1"
	foreignTuple = "workspace:W1#parent@environment:E2"
)

func TestReconcile(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	ctx := t.Context()
	drift, err := s.Reconcile(ctx, adapter.ReconcileOptions{})
	require.NoError(t, err)
	assert.True(t, drift.None())
	all := drift.Compared
	assert.Greater(t, all, uint64(100), "system roles and all rows")

	meddle(t, s.engine, rel.Delete, lostTuple)
	meddle(t, s.engine, rel.Touch, foreignTuple)
	var found []string
	note := func(d adapter.Difference) error {
		found = append(found, fmt.Sprint(d.Tuple, " ", d.Foreign))
		return nil
	}
	drift, err = s.Reconcile(ctx, adapter.ReconcileOptions{Found: note})
	require.NoError(t, err)
	assert.Equal(t, adapter.Drift{Compared: all, Missing: 1, Foreign: 1}, drift)
	assert.Equal(t, []string{lostTuple + " false", foreignTuple + " true"}, found)
	assert.True(t, s.can(t, ann, "workspaces:read", work2), "nothing was mended, nothing else is hurt")

	drift, err = s.Reconcile(ctx, adapter.ReconcileOptions{Fix: true})
	require.NoError(t, err)
	assert.Equal(t, adapter.Drift{Compared: all, Missing: 1, Foreign: 1, Fixed: true}, drift)
	s.exact(t)
	assert.True(t, s.can(t, ann, "workspaces:read", work1), "the next question sees what was mended")
	drift, err = s.Reconcile(ctx, adapter.ReconcileOptions{Fix: true})
	require.NoError(t, err)
	assert.Equal(t, adapter.Drift{Compared: all}, drift)
}

// TestReconcileManyDifferences: more than one write's worth.
func TestReconcileManyDifferences(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	var foreign []string
	for i := range 2500 {
		foreign = append(foreign, fmt.Sprintf("workspace:x%d#parent@environment:E2", i))
	}
	meddle(t, s.engine, rel.Touch, foreign...)
	drift, err := s.Reconcile(t.Context(), adapter.ReconcileOptions{Fix: true})
	require.NoError(t, err)
	assert.Equal(t, uint64(2500), drift.Foreign)
	s.exact(t)
}

// TestReconcileWhileWriting: a comparison between writes never sees half of one.
func TestReconcileWhileWriting(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	for w := range 3 {
		writing.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := iam.PolicyID(fmt.Sprintf("busy-%d-%d", w, i%5))
				_, _, err := s.CreatePolicy(context.Background(), iam.Policy{
					ID: id, Subject: []iam.Ref{ann, bob, dev}[w], Scope: work1, Roles: []iam.RoleID{"vars"},
				})
				assert.NoError(t, err)
				_, err = s.DeletePolicy(context.Background(), id, 0)
				assert.NoError(t, err)
			}
		})
	}
	for range 25 {
		drift, err := s.Reconcile(t.Context(), adapter.ReconcileOptions{})
		require.NoError(t, err)
		require.True(t, drift.None(), "%+v", drift)
	}
	meddle(t, s.engine, rel.Delete, lostTuple)
	drift, err := s.Reconcile(t.Context(), adapter.ReconcileOptions{Fix: true})
	require.NoError(t, err)
	require.Equal(t, uint64(1), drift.Missing)
	stop()
	writing.Wait()
	s.exact(t)
}

// TestReconcileEndsQuarantine: SpiceDB lost its place. No later change may jump
// the queue; mending takes what waits along.
func TestReconcileEndsQuarantine(t *testing.T) {
	t.Parallel()
	s := newSystemOn(t, builtin(t, "scalr"), kept(t))
	s.apply(t, acme())
	ctx := t.Context()
	require.NoError(t, s.engine.SetPositions(ctx, map[string]uint64{accountA.String(): 7000}))
	receipt, err := grantBob(ctx, s)
	require.NoError(t, err)
	require.False(t, receipt.Applied, "SpiceDB is ahead of the database")
	require.False(t, s.can(t, bob, "environments:read", env1))

	drift, err := s.Reconcile(ctx, adapter.ReconcileOptions{Fix: true})
	require.NoError(t, err)
	assert.Positive(t, drift.Missing)
	s.exact(t)
	assert.True(t, s.can(t, bob, "environments:read", env1))
	waiting, err := s.store.Outbox().Waiting(ctx)
	require.NoError(t, err)
	assert.Empty(t, waiting)
	receipt, err = s.DeletePolicy(ctx, "p-dev", 0)
	s.done(t, receipt, err)
}

// TestReconcileCannotAsk: no answer is no drift.
func TestReconcileCannotAsk(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	engine.cut(true)
	_, err := s.Reconcile(t.Context(), adapter.ReconcileOptions{Fix: true})
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err))
	engine.cut(false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Reconcile(ctx, adapter.ReconcileOptions{})
	require.ErrorIs(t, err, context.Canceled)
	_, receipt, err := s.CreateUser(t.Context(), iam.User{ID: "after"})
	s.done(t, receipt, err)
}
