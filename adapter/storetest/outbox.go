package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

func testOutbox(t *testing.T, open Open) {
	t.Run("entries come back as they went in", func(t *testing.T) {
		t.Parallel()
		testEntries(t, withLandscape(t, open))
	})
	t.Run("delivery", func(t *testing.T) {
		t.Parallel()
		testDelivery(t, withLandscape(t, open))
	})
	t.Run("positions", func(t *testing.T) {
		t.Parallel()
		testPositions(t, withLandscape(t, open))
	})
	t.Run("numbers go on after the tenant is gone", func(t *testing.T) {
		t.Parallel()
		testReborn(t, withLandscape(t, open))
	})
	t.Run("unknown tenant", func(t *testing.T) {
		t.Parallel()
		store, nobody := open(t), ref("account:nobody")
		for _, some := range [][]rel.Update{nil, updates(t, "a:1#b@c:2")} {
			refused(t, store, iam.NotFound, "NOT_FOUND", func(tx adapter.Tx) error {
				_, err := tx.Enqueue(t.Context(), nobody, some)
				return err
			})
		}
		require.Zero(t, position(t, store, nobody))
		require.Error(t, store.Outbox().Delivered(t.Context(), nobody, 1, "x"))
		require.Equal(t, iam.NotFound, iam.CodeOf(store.Outbox().Quarantine(t.Context(), nobody, "why")))
		// A tenant is locked before it is created.
		write(t, store, func(tx adapter.Tx) error { return tx.Lock(t.Context(), nobody) })
	})
}

func enqueue(ctx context.Context, store adapter.Store, tenant iam.Ref, some []rel.Update) (uint64, error) {
	var seq uint64
	err := store.Write(ctx, func(tx adapter.Tx) error {
		if err := tx.Lock(ctx, tenant); err != nil {
			return err
		}
		var err error
		seq, err = tx.Enqueue(ctx, tenant, some)
		return err
	})
	return seq, err
}

func enqueued(t *testing.T, store adapter.Store, tenant iam.Ref, some []rel.Update) uint64 {
	t.Helper()
	seq, err := enqueue(t.Context(), store, tenant, some)
	require.NoError(t, err)
	return seq
}

func position(t *testing.T, store adapter.Store, tenant iam.Ref) adapter.Position {
	t.Helper()
	p, err := store.Outbox().Position(t.Context(), tenant)
	require.NoError(t, err)
	return p
}

func pending(t *testing.T, store adapter.Store, tenant iam.Ref, limit int) []adapter.OutboxEntry {
	t.Helper()
	entries, err := store.Outbox().Pending(t.Context(), tenant, limit)
	require.NoError(t, err)
	return entries
}

// waiting returns the tenants of which something waits.
func waiting(t *testing.T, store adapter.Store) []iam.Ref {
	t.Helper()
	var tenants []iam.Ref
	for _, backlog := range backlogs(t, store) {
		tenants = append(tenants, backlog.Tenant)
	}
	return tenants
}

// testEntries uses the zero tenant too: changes of no tenant have numbers.
func testEntries(t *testing.T, store adapter.Store) {
	first := updates(t, "role:r#modules__read@user:*", `role_binding:="<&>#subject@team:t#member`)
	second := updates(t, "account:A#role_binding@role_binding:B")
	second[0].Op = rel.Delete
	for _, tenant := range []iam.Ref{{}, ref("account:A")} {
		require.Empty(t, pending(t, store, tenant, 0))
		require.EqualValues(t, 0, enqueued(t, store, tenant, nil))
		require.EqualValues(t, 1, enqueued(t, store, tenant, first))
		require.EqualValues(t, 1, enqueued(t, store, tenant, nil), "no updates, no entry")
		require.EqualValues(t, 2, enqueued(t, store, tenant, second))
		require.Equal(t, []adapter.OutboxEntry{
			{Tenant: tenant, Seq: 1, Updates: first}, {Tenant: tenant, Seq: 2, Updates: second},
		}, pending(t, store, tenant, 0))
		require.Equal(t, []adapter.OutboxEntry{{Tenant: tenant, Seq: 1, Updates: first}}, pending(t, store, tenant, 1))
	}
	require.Equal(t, []iam.Ref{{}, ref("account:A")}, waiting(t, store))
}

func testDelivery(t *testing.T, store adapter.Store) {
	ctx, a, b := t.Context(), ref("account:A"), ref("account:B")
	for range 3 {
		enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	}
	enqueued(t, store, b, updates(t, "a:1#b@c:2"))
	require.Equal(t, adapter.Position{Last: 3}, position(t, store, a))

	require.NoError(t, store.Outbox().Delivered(ctx, a, 2, "two"))
	require.Equal(t, adapter.Position{Last: 3, Delivered: 2, Token: "two"}, position(t, store, a))
	require.Equal(t, adapter.Position{Last: 1}, position(t, store, b), "another tenant")
	require.EqualValues(t, 3, pending(t, store, a, 0)[0].Seq)
	require.Equal(t, []iam.Ref{a, b}, waiting(t, store))

	require.NoError(t, store.Outbox().Delivered(ctx, a, 1, "one"), "late")
	require.Equal(t, adapter.Position{Last: 3, Delivered: 2, Token: "two"}, position(t, store, a))
	require.NoError(t, store.Outbox().Delivered(ctx, a, 3, "three"))
	require.Equal(t, []iam.Ref{b}, waiting(t, store))
	require.Empty(t, pending(t, store, a, 0))
	require.Error(t, store.Outbox().Delivered(ctx, a, 4, "never enqueued"))
	require.Equal(t, adapter.Position{Last: 3, Delivered: 3, Token: "three"}, position(t, store, a))
	require.EqualValues(t, 4, enqueued(t, store, a, updates(t, "a:1#b@c:2")))
}

// testPositions: "the number of the latest change of every tenant that has one",
// delivered or not, as of the snapshot that the rows are of.
func testPositions(t *testing.T, store adapter.Store) {
	a, b := ref("account:A"), ref("account:B")
	positions := func(rows adapter.Rows) (map[iam.Ref]uint64, error) { return rows.Positions(t.Context()) }
	require.Empty(t, read(t, store, positions))
	enqueued(t, store, iam.Ref{}, updates(t, "a:1#b@c:2"))
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	enqueued(t, store, a, updates(t, "a:1#b@c:2"))
	require.NoError(t, store.Outbox().Delivered(t.Context(), a, 2, "two"))
	want := map[iam.Ref]uint64{{}: 1, a: 2}
	require.Equal(t, want, read(t, store, positions))

	require.NoError(t, store.Read(t.Context(), func(rows adapter.Rows) error {
		require.Zero(t, countUsers(t, rows))
		write(t, store, func(tx adapter.Tx) error { // another transaction, committed
			for _, tenant := range []iam.Ref{a, b} {
				if _, err := tx.Enqueue(t.Context(), tenant, updates(t, "a:1#b@c:2")); err != nil {
					return err
				}
			}
			_, err := tx.Users().Put(t.Context(), iam.User{ID: "u", Status: iam.Active})
			return err
		})
		found, err := positions(rows)
		require.NoError(t, err)
		require.Equal(t, want, found)
		require.Zero(t, countUsers(t, rows))
		return nil
	}))
	require.Equal(t, map[iam.Ref]uint64{{}: 1, a: 3, b: 1}, read(t, store, positions))
}

func testReborn(t *testing.T, store adapter.Store) {
	b := ref("account:B")
	enqueued(t, store, b, updates(t, "a:1#b@c:2"))
	write(t, store, func(tx adapter.Tx) error { return tx.Scopes().Delete(t.Context(), b) })
	require.EqualValues(t, 2, enqueued(t, store, b, updates(t, "a:1#b@c:2")), "its removal is a change too")
	write(t, store, func(tx adapter.Tx) error { _, err := tx.Scopes().Put(t.Context(), root("account:B")); return err })
	require.EqualValues(t, 3, enqueued(t, store, b, updates(t, "a:1#b@c:2")))
}
