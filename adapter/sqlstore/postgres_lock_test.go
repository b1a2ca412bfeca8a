//go:build postgres

package sqlstore_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// soon is a context that ends while somebody waits with it for a lock.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// lockAndPut is a Write as a use case does it.
func lockAndPut(ctx context.Context, store adapter.Store, tenant iam.Ref, id iam.UserID) error {
	return store.Write(ctx, func(tx adapter.Tx) error {
		if err := tx.Lock(ctx, tenant); err != nil {
			return err
		}
		_, err := tx.Users().Put(ctx, iam.User{ID: id, Status: iam.Active})
		return err
	})
}

func nothing(context.Context) error { return nil }

// Two stores share nothing but the database, as two processes do. A third one
// lies in another schema, and has nothing to do with them.
func TestPostgresAloneAcrossStores(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	one, two := openPostgres(t, dsn), openPostgres(t, dsn)
	other := openPostgres(t, newSchema(t, postgresDSN(t)))
	require.NoError(t, one.Alone(t.Context(), func(ctx context.Context) error {
		for _, tenant := range []iam.Ref{{}, tenant()} {
			require.ErrorIs(t, lockAndPut(soon(t), two, tenant, "u"), context.DeadlineExceeded)
		}
		require.ErrorIs(t, two.Alone(soon(t), nothing), context.DeadlineExceeded)
		require.Empty(t, userIDs(t, two))
		require.NoError(t, two.Meta().Set(ctx, "a", "b"))
		require.NoError(t, lockAndPut(ctx, other, iam.Ref{}, "u"))
		return other.Alone(ctx, nothing)
	}))
	require.NoError(t, lockAndPut(t.Context(), two, tenant(), "u"))
	require.Equal(t, []iam.UserID{"u"}, userIDs(t, one))
}

// The zero reference is the lock of everything: who has it is the only writer of
// all tenants, and tenants are locked beside each other.
func TestPostgresLockOfEverything(t *testing.T) {
	t.Parallel()
	store := openPostgres(t, newSchema(t, postgresDSN(t)))
	a, b := tenant(), iam.Ref{Type: "account", ID: "B"}
	for _, c := range []struct {
		first, second []iam.Ref
		beside        bool
	}{
		{[]iam.Ref{{}}, []iam.Ref{a}, false},
		{[]iam.Ref{a}, []iam.Ref{{}}, false},
		{[]iam.Ref{b, {}}, []iam.Ref{a}, false},
		{[]iam.Ref{a}, []iam.Ref{b, a}, false},
		{[]iam.Ref{a}, []iam.Ref{b}, true},
	} {
		require.NoError(t, store.Write(t.Context(), func(tx adapter.Tx) error {
			require.NoError(t, tx.Lock(t.Context(), c.first...))
			ctx := soon(t)
			if c.beside {
				ctx = t.Context()
			}
			err := store.Write(ctx, func(tx adapter.Tx) error { return tx.Lock(ctx, c.second...) })
			if c.beside {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, context.DeadlineExceeded, "%v and %v", c.first, c.second)
			}
			return nil
		}))
	}
}

// Writers that wait leave connections to readers, and hold nothing that the
// outbox needs, so that whoever runs alone, here or in another process, does not
// stop them all, nor himself.
func TestPostgresWaitingWritersStopNobody(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	other := openPostgres(t, dsn)
	require.NoError(t, putScope(t.Context(), other))
	store := openPostgresWith(t, dsn, with(func(c *sqlstore.Config) { c.MaxConnections = 2 }))
	for name, write := range map[string]func(adapter.Tx) error{
		"a row": func(tx adapter.Tx) error {
			_, err := tx.Users().Put(t.Context(), iam.User{ID: "u", Status: iam.Active})
			return err
		},
		"a change": func(tx adapter.Tx) error { return enqueue(t.Context(), tx) },
		"an entry": func(tx adapter.Tx) error { return tx.Audit().Append(t.Context(), adapter.AuditEntry{Actor: "user:u"}) },
	} {
		var running sync.WaitGroup
		require.NoError(t, other.Alone(t.Context(), func(ctx context.Context) error {
			for range 3 {
				running.Go(func() {
					if err := store.Write(t.Context(), write); err != nil {
						t.Error(name, err)
					}
				})
			}
			waiting(t, dsn, "pg_advisory_xact_lock_shared")
			userIDs(t, store)
			return store.Outbox().Quarantine(ctx, tenant(), name)
		}))
		running.Wait()
	}
	require.Equal(t, []iam.UserID{"u"}, userIDs(t, store))
	position, err := store.Outbox().Position(t.Context(), tenant())
	require.NoError(t, err)
	require.EqualValues(t, 4, position.Last)
}

// waiting returns when a statement with that text waits for a lock in the schema
// of dsn.
func waiting(t *testing.T, dsn, text string) {
	t.Helper()
	conn := connect(t, dsn)
	for found := 0; found == 0; {
		require.NoError(t, t.Context().Err())
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
			WHERE locktype = 'advisory' AND NOT granted AND query LIKE '%' || $1 || '%'
			AND (classid::bigint << 32) | objid::bigint = hashtextextended('ambit', 'tenants'::regclass::oid::bigint)`,
			text).Scan(&found))
	}
}

// Two Writes that lock two tenants one after the other, in opposite order, wait
// for each other until the server ends one of them, which then is run again.
func TestPostgresDeadlock(t *testing.T) {
	t.Parallel()
	store := openPostgres(t, set(t, newSchema(t, postgresDSN(t)), "deadlock_timeout", "20ms"))
	tenants := []iam.Ref{tenant(), {Type: "account", ID: "B"}}
	var met sync.WaitGroup // both have their first lock
	met.Add(len(tenants))
	var runs atomic.Int64
	var running sync.WaitGroup
	for i, first := range tenants {
		second := tenants[1-i]
		meet := sync.OnceFunc(func() { met.Done(); met.Wait() }) // not when it is run again
		running.Go(func() {
			err := store.Write(t.Context(), func(tx adapter.Tx) error {
				runs.Add(1)
				if err := tx.Lock(t.Context(), first); err != nil {
					return err
				}
				meet()
				if err := tx.Lock(t.Context(), second); err != nil {
					return err
				}
				_, err := tx.Users().Put(t.Context(), iam.User{ID: iam.UserID(first.ID), Status: iam.Active})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	require.Equal(t, []iam.UserID{"A", "B"}, userIDs(t, store))
	require.Greater(t, runs.Load(), int64(2), "there was no deadlock")
}

// A lock or a statement that takes too long is UNAVAILABLE, and the store goes on.
func TestPostgresTimeouts(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	patient := openPostgres(t, dsn)
	for name, change := range map[string]func(*sqlstore.Config){
		"lock":      func(c *sqlstore.Config) { c.LockTimeout = time.Millisecond },
		"statement": func(c *sqlstore.Config) { c.LockTimeout, c.StatementTimeout = time.Hour, 300*time.Millisecond },
	} {
		hasty := openPostgresWith(t, dsn, with(change))
		require.NoError(t, patient.Alone(t.Context(), func(ctx context.Context) error {
			err := lockAndPut(ctx, hasty, tenant(), "u")
			require.Equal(t, "DATABASE_BUSY", iam.ReasonOf(err), "%s: %v", name, err)
			require.Equal(t, iam.Unavailable, iam.CodeOf(err))
			return nil
		}))
		require.NoError(t, hasty.Write(t.Context(), func(tx adapter.Tx) error { return tx.Lock(t.Context(), tenant()) }))
	}
}

// A transaction that its process forgets does not keep its locks.
func TestPostgresIdleTransactionEnds(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	slow := openPostgres(t, dsn+"&idle_in_transaction_session_timeout=300")
	other := openPostgres(t, dsn)
	err := slow.Write(t.Context(), func(tx adapter.Tx) error {
		require.NoError(t, tx.Lock(t.Context(), tenant()))
		require.NoError(t, lockAndPut(t.Context(), other, tenant(), "u"), "it waits until the server ends the first one")
		_, err := tx.Users().Put(t.Context(), iam.User{ID: "late", Status: iam.Active})
		return err
	})
	require.Equal(t, iam.Unavailable, iam.CodeOf(err), "%v", err)
	require.Equal(t, []iam.UserID{"u"}, userIDs(t, other))
}

// A store has no more connections than it is allowed.
func TestPostgresMaxConnections(t *testing.T) {
	t.Parallel()
	store := openPostgresWith(t, newSchema(t, postgresDSN(t)), with(func(c *sqlstore.Config) { c.MaxConnections = 2 }))
	nested := func(ctx context.Context) error {
		return store.Read(ctx, func(adapter.Rows) error { return nil })
	}
	require.NoError(t, store.Read(t.Context(), func(adapter.Rows) error {
		require.NoError(t, nested(t.Context()))
		return store.Read(t.Context(), func(adapter.Rows) error {
			require.ErrorIs(t, nested(soon(t)), context.DeadlineExceeded)
			return nil
		})
	}))
}

// A connection that breaks costs the call that used it, and no other.
func TestPostgresBrokenConnection(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	store, admin := openPostgres(t, dsn), connect(t, dsn)
	const mine = `(classid::bigint << 32) | objid::bigint = hashtextextended('ambit', 'tenants'::regclass::oid::bigint)`
	end := func(mode string) {
		var ended int
		require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks, pg_terminate_backend(pid, 10000)
			WHERE locktype = 'advisory' AND granted AND mode = $1 AND `+mine, mode).Scan(&ended))
		require.Equal(t, 1, ended)
	}
	err := store.Write(t.Context(), func(tx adapter.Tx) error {
		require.NoError(t, tx.Lock(t.Context(), tenant()))
		end("ShareLock")
		_, err := tx.Users().Put(t.Context(), iam.User{ID: "lost", Status: iam.Active})
		return err
	})
	require.Equal(t, iam.Unavailable, iam.CodeOf(err), "%v", err)
	addUser(t, store, "next")

	err = store.Alone(t.Context(), func(context.Context) error {
		end("ExclusiveLock")
		return nil
	})
	require.Equal(t, "LOCK_LOST", iam.ReasonOf(err), "others may have written: %v", err)
	require.Equal(t, iam.Unavailable, iam.CodeOf(err))
	require.Equal(t, errAbandoned, store.Alone(t.Context(), func(context.Context) error {
		end("ExclusiveLock")
		return errAbandoned
	}), "the first error says more")
	require.NoError(t, store.Alone(t.Context(), nothing))
	require.Equal(t, []iam.UserID{"next"}, userIDs(t, store))
}
