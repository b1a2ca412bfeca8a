//go:build postgres

package sqlstore_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/storetest"
)

// joining is a store whose Writes are all part of a transaction of its user.
type joining struct {
	*sqlstore.Store
	users *pgxpool.Pool
}

func (j joining) Write(ctx context.Context, fn func(adapter.Tx) error) error {
	tx, err := j.users.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := j.Store.Write(sqlstore.WithTx(ctx, tx), fn); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// The native driver converts values by rules of its own, so the whole suite runs
// on it, too; with the simple protocol, in which all values are text, as well.
func TestPostgresJoined(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	for _, mode := range []string{"cache_statement", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) adapter.Store {
				name := newSchema(t, dsn)
				users, err := pgxpool.New(t.Context(), set(t, name, "default_query_exec_mode", mode))
				require.NoError(t, err)
				t.Cleanup(users.Close)
				return joining{openPostgres(t, name), users}
			})
		})
	}
}

// app is a program with tables of its own, beside Ambit's in another schema of
// the same database. One of its tables even has the name of one of Ambit's.
type app struct {
	store *sqlstore.Store
	conn  *pgx.Conn
}

func newApp(t *testing.T) app {
	t.Helper()
	store := openPostgres(t, newSchema(t, postgresDSN(t)))
	conn := connect(t, newSchema(t, postgresDSN(t)))
	_, err := conn.Exec(t.Context(), `CREATE TABLE users (number int PRIMARY KEY)`)
	require.NoError(t, err)
	return app{store, conn}
}

func (a app) begin(t *testing.T, options pgx.TxOptions) pgx.Tx {
	t.Helper()
	tx, err := a.conn.BeginTx(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}

// insert writes the app's own row.
func insert(t *testing.T, tx pgx.Tx, number int) {
	t.Helper()
	_, err := tx.Exec(t.Context(), `INSERT INTO users (number) VALUES ($1)`, number)
	require.NoError(t, err)
}

// numbers returns the app's rows.
func (a app) numbers(t *testing.T) []int {
	t.Helper()
	rows, err := a.conn.Query(t.Context(), `SELECT number FROM users ORDER BY number`)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(t, err)
	return found
}

// putScope is a Write that creates a tenant, with its entry in the outbox.
func putScope(ctx context.Context, store adapter.Store) error {
	return store.Write(ctx, func(tx adapter.Tx) error {
		if err := tx.Lock(ctx, tenant()); err != nil {
			return err
		}
		if _, err := tx.Scopes().Put(ctx, iam.Scope{Ref: tenant(), Tenant: tenant()}); err != nil {
			return err
		}
		return enqueue(ctx, tx)
	})
}

// enqueue puts some change of the tenant into the outbox.
func enqueue(ctx context.Context, tx adapter.Tx) error {
	tuple, err := rel.ParseTuple("account:A#b@c:2")
	if err != nil {
		return err
	}
	_, err = tx.Enqueue(ctx, tenant(), []rel.Update{{Op: rel.Touch, Tuple: tuple}})
	return err
}

// scopes counts what a context sees.
func scopes(ctx context.Context, t *testing.T, store adapter.Store) int {
	t.Helper()
	count := 0
	require.NoError(t, store.Read(ctx, func(rows adapter.Rows) error {
		found, err := rows.Scopes().List(ctx, adapter.ScopeFilter{})
		count = len(found)
		return err
	}))
	return count
}

// The row of the app and that of Ambit are committed together or not at all, and
// until then only the transaction sees them.
func TestWithTx(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for _, commit := range []bool{false, true} {
		tx := a.begin(t, pgx.TxOptions{})
		ctx := sqlstore.WithTx(t.Context(), tx)
		require.True(t, a.store.Joined(ctx))
		require.False(t, a.store.Joined(t.Context()))
		insert(t, tx, 1)
		require.NoError(t, putScope(ctx, a.store))
		insert(t, tx, 2) // the app's tables are found again
		require.Equal(t, 1, scopes(ctx, t, a.store))
		insert(t, tx, 3)
		require.Zero(t, scopes(t.Context(), t, a.store))
		waiting, err := a.store.Outbox().Waiting(ctx)
		require.NoError(t, err)
		require.Empty(t, waiting, "nothing to deliver before the commit")
		if !commit {
			require.NoError(t, tx.Rollback(t.Context()))
			require.Empty(t, a.numbers(t))
			require.Zero(t, scopes(t.Context(), t, a.store))
			continue
		}
		require.NoError(t, tx.Commit(t.Context()))
		require.Equal(t, []int{1, 2, 3}, a.numbers(t))
		require.Equal(t, 1, scopes(t.Context(), t, a.store))
		waiting, err = a.store.Outbox().Waiting(t.Context())
		require.NoError(t, err)
		require.Len(t, waiting, 1)
	}
}

// What fails is rolled back to where Write began; what the app did stays, and it
// may go on.
func TestWithTxFailure(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context, *testing.T, app){
		"an error": func(ctx context.Context, t *testing.T, a app) {
			err := a.store.Write(ctx, func(tx adapter.Tx) error {
				_, err := tx.Scopes().Put(ctx, iam.Scope{Ref: tenant(), Tenant: tenant()})
				require.NoError(t, err)
				return errAbandoned
			})
			require.Equal(t, errAbandoned, err)
		},
		"a refusal of the database": func(ctx context.Context, t *testing.T, a app) {
			err := a.store.Write(ctx, func(tx adapter.Tx) error {
				_, err := tx.Users().Put(ctx, iam.User{ID: "u", Status: "asleep"})
				return err
			})
			require.Equal(t, "STATUS_UNKNOWN", iam.ReasonOf(err))
		},
		"a panic": func(ctx context.Context, t *testing.T, a app) {
			require.Panics(t, func() {
				_ = a.store.Write(ctx, func(tx adapter.Tx) error {
					_, err := tx.Scopes().Put(ctx, iam.Scope{Ref: tenant(), Tenant: tenant()})
					panic(err)
				})
			})
		},
		"a reader that fails": func(ctx context.Context, t *testing.T, a app) {
			err := a.store.Read(ctx, func(rows adapter.Rows) error {
				_, err := rows.Users().Put(ctx, iam.User{ID: "u", Status: "asleep"}) // must not, and cannot
				return err
			})
			require.Error(t, err)
		},
		"a canceled context": func(ctx context.Context, t *testing.T, a app) {
			ctx, cancel := context.WithCancel(ctx)
			err := a.store.Write(ctx, func(tx adapter.Tx) error {
				_, err := tx.Scopes().Put(ctx, iam.Scope{Ref: tenant(), Tenant: tenant()})
				cancel()
				return err
			})
			require.ErrorIs(t, err, context.Canceled)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			tx := a.begin(t, pgx.TxOptions{})
			insert(t, tx, 1)
			fail(sqlstore.WithTx(t.Context(), tx), t, a)
			insert(t, tx, 2)
			require.NoError(t, tx.Commit(t.Context()))
			require.Equal(t, []int{1, 2}, a.numbers(t))
			require.Zero(t, scopes(t.Context(), t, a.store))
			require.NoError(t, putScope(t.Context(), a.store), "no lock is left")
		})
	}
}

// What cannot be joined is refused before anything is done.
func TestWithTxRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		begin   func(*testing.T, app) pgx.Tx
		reason  string
		mayRead bool
	}{
		"another database": {func(t *testing.T, _ app) pgx.Tx {
			elsewhere := connect(t, edit(t, postgresDSN(t), func(u *url.URL) { u.Path = "/template1" }))
			return app{conn: elsewhere}.begin(t, pgx.TxOptions{})
		}, "TRANSACTION_FOREIGN", false},
		"none": {func(*testing.T, app) pgx.Tx { return nil }, "TRANSACTION_FOREIGN", false},
		"one that has ended": {func(t *testing.T, a app) pgx.Tx {
			tx := a.begin(t, pgx.TxOptions{})
			require.NoError(t, tx.Commit(t.Context()))
			return tx
		}, "TRANSACTION_ENDED", false},
		"one that has failed": {func(t *testing.T, a app) pgx.Tx {
			tx := a.begin(t, pgx.TxOptions{})
			_, err := tx.Exec(t.Context(), `SELECT 1 / 0`)
			require.Error(t, err)
			return tx
		}, "TRANSACTION_ENDED", false},
		"a snapshot": {func(t *testing.T, a app) pgx.Tx {
			return a.begin(t, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
		}, "TRANSACTION_ISOLATION", true},
		"serializable": {func(t *testing.T, a app) pgx.Tx {
			return a.begin(t, pgx.TxOptions{IsoLevel: pgx.Serializable})
		}, "TRANSACTION_ISOLATION", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			ctx := sqlstore.WithTx(t.Context(), c.begin(t, a))
			err := putScope(ctx, a.store)
			require.Equal(t, c.reason, iam.ReasonOf(err), "%v", err)
			err = a.store.Read(ctx, func(adapter.Rows) error { return nil })
			require.Equal(t, c.mayRead, err == nil, "%v", err)
			err = a.store.Alone(ctx, func(context.Context) error { return nil })
			require.Equal(t, "TRANSACTION_ALONE", iam.ReasonOf(err))
		})
	}
}

// Locks last until the app's transaction ends, not only until Write does: nobody
// may decide on what is not committed yet.
func TestWithTxKeepsLocks(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tx := a.begin(t, pgx.TxOptions{})
	require.NoError(t, putScope(sqlstore.WithTx(t.Context(), tx), a.store))
	require.ErrorIs(t, lockAndPut(soon(t), a.store, tenant(), "u"), context.DeadlineExceeded)
	require.ErrorIs(t, a.store.Alone(soon(t), nothing), context.DeadlineExceeded)
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, lockAndPut(t.Context(), a.store, tenant(), "u"))
	require.NoError(t, a.store.Alone(t.Context(), nothing))
}

// A lost race is not run again: the app has done things before that only it can
// repeat. It may do so in the same transaction.
func TestWithTxLostRace(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	_, err := a.conn.Exec(t.Context(), `SET deadlock_timeout = '20ms'`)
	require.NoError(t, err)
	other := iam.Ref{Type: "account", ID: "B"}
	tx := a.begin(t, pgx.TxOptions{})
	ctx := sqlstore.WithTx(t.Context(), tx)
	insert(t, tx, 1)

	theirs, ours, runs := make(chan struct{}), make(chan struct{}), 0
	var running sync.WaitGroup
	running.Go(func() { // looks for deadlocks late, so the app's transaction is the one that is ended
		err := a.store.Write(t.Context(), func(tx adapter.Tx) error {
			if err := tx.Lock(t.Context(), other); err != nil {
				return err
			}
			close(theirs)
			<-ours
			return tx.Lock(t.Context(), tenant())
		})
		if err != nil {
			t.Error(err)
		}
	})
	lose := func(tx adapter.Tx) error {
		runs++
		if err := tx.Lock(ctx, tenant()); err != nil {
			return err
		}
		if runs == 1 {
			close(ours)
		}
		<-theirs
		return tx.Lock(ctx, other)
	}
	err = a.store.Write(ctx, lose)
	require.Equal(t, "RACE_LOST", iam.ReasonOf(err), "%v", err)
	require.Equal(t, iam.Aborted, iam.CodeOf(err))
	require.Equal(t, 1, runs)
	running.Wait()

	insert(t, tx, 2)
	require.NoError(t, a.store.Write(ctx, lose))
	require.NoError(t, tx.Commit(t.Context()))
	require.Equal(t, []int{1, 2}, a.numbers(t), fmt.Sprint(runs))
}
