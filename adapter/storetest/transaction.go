package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func testTransactions(t *testing.T, open Open) {
	t.Run("an error rolls everything back", func(t *testing.T) {
		t.Parallel()
		store := withLandscape(t, open)
		err := store.Write(t.Context(), func(tx adapter.Tx) error { return doAllAndStop(t, tx) })
		require.Equal(t, errStop, err, "the error is returned as it is")
		requireUntouched(t, store)
	})
	t.Run("a panic rolls everything back", func(t *testing.T) {
		t.Parallel()
		store := withLandscape(t, open)
		require.Panics(t, func() {
			_ = store.Write(t.Context(), func(tx adapter.Tx) error { panic(doAllAndStop(t, tx)) })
		})
		requireUntouched(t, store)
	})
	t.Run("a canceled context rolls everything back", func(t *testing.T) {
		t.Parallel()
		store := withLandscape(t, open)
		ctx, cancel := context.WithCancel(t.Context())
		err := store.Write(ctx, func(tx adapter.Tx) error {
			require.Equal(t, errStop, doAllAndStop(t, tx))
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		requireUntouched(t, store)
		_, err = store.Outbox().Waiting(ctx)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("an error of a reader is returned as it is", func(t *testing.T) {
		t.Parallel()
		err := open(t).Read(t.Context(), func(adapter.Rows) error { return errStop })
		require.Equal(t, errStop, err)
	})
	t.Run("a transaction sees what it wrote", func(t *testing.T) {
		t.Parallel()
		write(t, open(t), func(tx adapter.Tx) error {
			if _, err := tx.Users().Put(t.Context(), iam.User{ID: "u", Status: iam.Active}); err != nil {
				return err
			}
			_, err := tx.Users().Get(t.Context(), "u")
			return err
		})
	})
}

// doAllAndStop changes something of everything, and returns errStop.
func doAllAndStop(t *testing.T, tx adapter.Tx) error {
	ctx := t.Context()
	_, err := tx.Users().Put(ctx, iam.User{ID: "u", Status: iam.Active})
	require.NoError(t, err)
	_, err = tx.Scopes().Put(ctx, root("account:new"))
	require.NoError(t, err)
	require.NoError(t, tx.Scopes().Delete(ctx, ref("workspace:W")))
	require.NoError(t, tx.Audit().Append(ctx, adapter.AuditEntry{Actor: "user:u"}))
	_, err = tx.Enqueue(ctx, ref("account:A"), updates(t, "a:1#b@c:2"))
	require.NoError(t, err)
	return errStop
}

func requireUntouched(t *testing.T, store adapter.Store) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, store.Read(ctx, func(rows adapter.Rows) error {
		users, err := rows.Users().List(ctx, adapter.UserFilter{})
		require.NoError(t, err)
		require.Empty(t, users)
		scopes, err := rows.Scopes().List(ctx, adapter.ScopeFilter{})
		require.NoError(t, err)
		require.Len(t, scopes, len(landscape()))
		entries, err := rows.Audit().List(ctx, adapter.AuditFilter{})
		require.NoError(t, err)
		require.Empty(t, entries)
		return nil
	}))
	waiting, err := store.Outbox().Waiting(ctx)
	require.NoError(t, err)
	require.Empty(t, waiting)
	position, err := store.Outbox().Position(ctx, ref("account:A"))
	require.NoError(t, err)
	require.Zero(t, position)
}

func testConcurrency(t *testing.T, open Open) {
	t.Run("a snapshot stays while a writer commits", func(t *testing.T) {
		t.Parallel()
		testSnapshot(t, withLandscape(t, open))
	})
	t.Run("nobody sees what is not committed", func(t *testing.T) {
		t.Parallel()
		testUncommitted(t, withLandscape(t, open))
	})
	t.Run("no update is lost", func(t *testing.T) {
		t.Parallel()
		testLostUpdate(t, withLandscape(t, open))
	})
}

func countUsers(t *testing.T, rows adapter.Rows) int {
	t.Helper()
	users, err := rows.Users().List(t.Context(), adapter.UserFilter{})
	require.NoError(t, err)
	return len(users)
}

func putUser(t *testing.T, store adapter.Store) {
	t.Helper()
	write(t, store, func(tx adapter.Tx) error {
		_, err := tx.Users().Put(t.Context(), iam.User{ID: "u", Status: iam.Active})
		return err
	})
}

func testSnapshot(t *testing.T, store adapter.Store) {
	require.NoError(t, store.Read(t.Context(), func(rows adapter.Rows) error {
		require.Zero(t, countUsers(t, rows))
		putUser(t, store) // another transaction, committed
		require.Zero(t, countUsers(t, rows))
		return nil
	}))
	require.Equal(t, 1, read(t, store, func(rows adapter.Rows) (int, error) { return countUsers(t, rows), nil }))
}

func testUncommitted(t *testing.T, store adapter.Store) {
	write(t, store, func(tx adapter.Tx) error {
		_, err := tx.Users().Put(t.Context(), iam.User{ID: "u", Status: iam.Active})
		require.NoError(t, err)
		seen := read(t, store, func(rows adapter.Rows) (int, error) { return countUsers(t, rows), nil })
		require.Zero(t, seen)
		return nil
	})
}

// testLostUpdate: "Lock makes the transaction the only writer of these tenants."
// Every writer adds one member to what it reads.
func testLostUpdate(t *testing.T, store adapter.Store) {
	a := ref("account:A")
	write(t, store, func(tx adapter.Tx) error {
		_, err := tx.Groups().Put(t.Context(), iam.Group{ID: "g", Scope: a, Tenant: a})
		return err
	})
	const writers, rounds = 4, 10
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for r := range rounds {
				err := addMember(t.Context(), store, iam.Ref{Type: "user", ID: string(rune('a'+w)) + string(rune('a'+r))})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	group := read(t, store, func(rows adapter.Rows) (iam.Group, error) { return rows.Groups().Get(t.Context(), "g") })
	require.Len(t, group.Members, writers*rounds)
	require.EqualValues(t, 1+writers*rounds, group.Revision)
}

func addMember(ctx context.Context, store adapter.Store, member iam.Ref) error {
	return store.Write(ctx, func(tx adapter.Tx) error {
		// The order in which tenants are named must not matter.
		if err := tx.Lock(ctx, ref("account:B"), ref("account:A"), iam.Ref{}); err != nil {
			return err
		}
		group, err := tx.Groups().Get(ctx, "g")
		if err != nil {
			return err
		}
		group.Members = append(group.Members, member)
		_, err = tx.Groups().Put(ctx, group)
		return err
	})
}
