package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// testWaiting: how much waits of whom, since when, and what is in the way.
func testWaiting(t *testing.T, open Open) {
	t.Run("since the oldest that still waits", func(t *testing.T) {
		t.Parallel()
		testSince(t, withLandscape(t, open))
	})
	t.Run("quarantine", func(t *testing.T) {
		t.Parallel()
		testQuarantine(t, withLandscape(t, open))
	})
}

func backlogs(t *testing.T, store adapter.Store) []adapter.Backlog {
	t.Helper()
	found, err := store.Outbox().Waiting(t.Context())
	require.NoError(t, err)
	return found
}

func testSince(t *testing.T, store adapter.Store) {
	a, b := ref("account:A"), ref("account:B")
	require.Empty(t, backlogs(t, store))
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	first := backlogs(t, store)
	require.Len(t, first, 1)
	since := first[0].Since
	require.Equal(t, adapter.Backlog{Tenant: a, Entries: 1, Since: since}, first[0])
	require.WithinDuration(t, time.Now(), since, 24*time.Hour)
	require.Equal(t, time.UTC, since.Location())

	later := tick(t, store, since)
	enqueued(t, store, a, updates(t, "a:1#b@c:3", "a:1#b@c:4"))
	enqueued(t, store, b, updates(t, "a:1#b@c:2"))
	both := backlogs(t, store)
	require.Len(t, both, 2)
	require.Equal(t, adapter.Backlog{Tenant: a, Entries: 2, Since: since}, both[0], "the oldest counts")
	require.Equal(t, adapter.Backlog{Tenant: b, Entries: 1, Since: both[1].Since}, both[1])
	require.False(t, both[1].Since.Before(later))

	require.NoError(t, store.Outbox().Delivered(t.Context(), a, 1, "one"))
	rest := backlogs(t, store)
	require.EqualValues(t, 1, rest[0].Entries)
	require.False(t, rest[0].Since.Before(later), "the oldest is delivered")
}

// tick writes until the store's clock is past a moment, and returns what it
// shows then.
func tick(t *testing.T, store adapter.Store, moment time.Time) time.Time {
	t.Helper()
	for {
		var user iam.User
		write(t, store, func(tx adapter.Tx) error {
			var err error
			user, err = tx.Users().Put(t.Context(), iam.User{ID: "clock", Status: iam.Active})
			return err
		})
		if user.Updated.After(moment) {
			return user.Updated
		}
	}
}

// testQuarantine: Delivered and Rebuilt end it, whether or not more waits, and
// nothing else does.
func testQuarantine(t *testing.T, store adapter.Store) {
	ctx, a, b := t.Context(), ref("account:A"), ref("account:B")
	for range 4 {
		enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	}
	enqueued(t, store, b, updates(t, "a:1#b@c:2"))
	faults := func() []string {
		var found []string
		for _, backlog := range backlogs(t, store) {
			found = append(found, backlog.Fault)
		}
		return found
	}
	require.Equal(t, []string{"", ""}, faults())
	quarantine := func(fault string) {
		require.NoError(t, store.Outbox().Quarantine(ctx, a, fault))
		require.Equal(t, []string{fault, ""}, faults(), "of one tenant")
	}
	quarantine("too large")
	quarantine("relation 'x' is unknown")
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	require.NoError(t, store.Outbox().Delivered(ctx, b, 1, "b"))
	require.Equal(t, []string{"relation 'x' is unknown"}, faults(), "neither a new change nor another tenant ends it")
	require.Equal(t, adapter.Position{Last: 5}, position(t, store, a), "it delivers nothing")

	require.NoError(t, store.Outbox().Delivered(ctx, a, 2, "two"))
	require.Equal(t, []string{""}, faults())
	require.NoError(t, store.Outbox().Quarantine(ctx, a, "again"))
	require.NoError(t, store.Outbox().Delivered(ctx, a, 1, "late"))
	require.Equal(t, []string{"again"}, faults(), "a late report is about something else")
	require.NoError(t, store.Outbox().Rebuilt(ctx, map[iam.Ref]uint64{a: 4}, "new"))
	require.Equal(t, []string{""}, faults())
}

// testRebuilt: "Rebuilt is Delivered for many tenants at once, each up to its
// number in held."
func testRebuilt(t *testing.T, open Open) {
	t.Run("entries committed since then stay", func(t *testing.T) {
		t.Parallel()
		testRebuiltUpTo(t, withLandscape(t, open))
	})
	t.Run("all or nothing", func(t *testing.T) {
		t.Parallel()
		testRebuiltWrongly(t, withLandscape(t, open))
	})
}

func testRebuiltUpTo(t *testing.T, store adapter.Store) {
	a, b := ref("account:A"), ref("account:B")
	for _, tenant := range []iam.Ref{a, a, a, b, {}, {}} {
		enqueued(t, store, tenant, updates(t, "a:1#b@c:2"))
	}
	require.NoError(t, store.Outbox().Delivered(t.Context(), b, 1, "old"))
	held := read(t, store, func(rows adapter.Rows) (map[iam.Ref]uint64, error) { return rows.Positions(t.Context()) })
	since := updates(t, "a:1#b@c:3")
	enqueued(t, store, a, since)
	enqueued(t, store, b, since)

	require.NoError(t, store.Outbox().Rebuilt(t.Context(), held, "new"))
	require.Equal(t, []adapter.OutboxEntry{{Tenant: a, Seq: 4, Updates: since}}, pending(t, store, a, 0))
	require.Equal(t, []adapter.OutboxEntry{{Tenant: b, Seq: 2, Updates: since}}, pending(t, store, b, 0))
	require.Equal(t, []iam.Ref{a, b}, waiting(t, store))
	require.Equal(t, adapter.Position{Last: 4, Delivered: 3, Token: "new"}, position(t, store, a))
	require.Equal(t, adapter.Position{Last: 2, Delivered: 1, Token: "new"}, position(t, store, b), "the engine is another one")
	require.Equal(t, adapter.Position{Last: 2, Delivered: 2, Token: "new"}, position(t, store, iam.Ref{}))

	// What was delivered since then is known to be there: no way back.
	require.NoError(t, store.Outbox().Delivered(t.Context(), a, 4, "newer"))
	require.NoError(t, store.Outbox().Rebuilt(t.Context(), held, "stale"))
	require.Equal(t, adapter.Position{Last: 4, Delivered: 4, Token: "newer"}, position(t, store, a))

	require.NoError(t, store.Outbox().Rebuilt(t.Context(), nil, "nothing"))
	require.Equal(t, []iam.Ref{b}, waiting(t, store), "a tenant that is not named stays as it is")
	require.EqualValues(t, 5, enqueued(t, store, a, since))
}

// testRebuiltWrongly: nobody can hold what was never decided.
func testRebuiltWrongly(t *testing.T, store adapter.Store) {
	a, nobody := ref("account:A"), ref("account:nobody")
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	for _, held := range []map[iam.Ref]uint64{{a: 1, nobody: 1}, {a: 2}} {
		require.Error(t, store.Outbox().Rebuilt(t.Context(), held, "new"))
		require.Equal(t, adapter.Position{Last: 1}, position(t, store, a))
		require.Len(t, pending(t, store, a, 0), 1)
	}
	require.NoError(t, store.Outbox().Rebuilt(t.Context(), map[iam.Ref]uint64{nobody: 0}, "new"))
	require.Equal(t, adapter.Position{Token: rel.ZedToken("")}, position(t, store, nobody))
}
