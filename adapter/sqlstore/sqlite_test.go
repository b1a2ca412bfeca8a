package sqlstore_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// addUser commits one user.
func addUser(t *testing.T, store adapter.Store, id iam.UserID) {
	t.Helper()
	require.NoError(t, store.Write(t.Context(), func(tx adapter.Tx) error {
		_, err := tx.Users().Put(t.Context(), iam.User{ID: id, Status: iam.Active})
		return err
	}))
}

// userIDs returns the users of a store.
func userIDs(t *testing.T, store adapter.Store) []iam.UserID {
	t.Helper()
	var ids []iam.UserID
	require.NoError(t, store.Read(t.Context(), func(rows adapter.Rows) error {
		users, err := rows.Users().List(t.Context(), adapter.UserFilter{})
		for _, user := range users {
			ids = append(ids, user.ID)
		}
		return err
	}))
	return ids
}

// The clock of the configuration stamps rows, in UTC and to the millisecond.
func TestClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 678_912_345, time.FixedZone("east", 3600))
	store := openSQLite(t, "", with(func(c *sqlstore.Config) { c.Clock = func() time.Time { return now } }))
	addUser(t, store, "a")
	created := now
	now = now.Add(time.Hour)
	addUser(t, store, "a")
	require.NoError(t, store.Read(t.Context(), func(rows adapter.Rows) error {
		user, err := rows.Users().Get(t.Context(), "a")
		require.Equal(t, created.UTC().Truncate(time.Millisecond), user.Created)
		require.Equal(t, now.UTC().Truncate(time.Millisecond), user.Updated)
		return err
	}))
}

// Models name the kinds of subjects as they like.
func TestSubjectTypes(t *testing.T) {
	t.Parallel()
	types := sqlstore.SubjectTypes{User: "user", Group: "team", ServiceAccount: "service_principal"}
	store := openSQLite(t, "", sqlstore.Config{Subjects: types})
	root := iam.Ref{Type: "account", ID: "A"}
	err := store.Write(t.Context(), func(tx adapter.Tx) error {
		_, err := tx.Scopes().Put(t.Context(), iam.Scope{Ref: root, Tenant: root})
		require.NoError(t, err)
		_, err = tx.Groups().Put(t.Context(), iam.Group{ID: "dev", Scope: root, Tenant: root})
		require.NoError(t, err)
		_, err = tx.Policies().Put(t.Context(), iam.Policy{ID: "p", Subject: iam.Ref{Type: "team", ID: "dev"}, Scope: root, Tenant: root})
		require.NoError(t, err)
		return tx.Groups().Delete(t.Context(), "dev")
	})
	require.Equal(t, "IN_USE", iam.ReasonOf(err))
	require.Equal(t, `group "dev": policy "p" still refers to it`, err.Error())
}

// A reader cannot write, whatever it tries.
func TestReaderCannotWrite(t *testing.T) {
	t.Parallel()
	store := openSQLite(t, "", standard())
	err := store.Read(t.Context(), func(rows adapter.Rows) error {
		_, err := rows.Users().Put(t.Context(), iam.User{ID: "a", Status: iam.Active})
		return err
	})
	require.Equal(t, iam.Internal, iam.CodeOf(err))
	require.Empty(t, userIDs(t, store))
}

// A canceled call must not cost a temporary database its connections, since
// they cannot be opened again.
func TestMemorySurvivesCanceledCalls(t *testing.T) {
	t.Parallel()
	store := openSQLite(t, ":memory:", standard())
	addUser(t, store, "a")
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		err := store.Read(ctx, func(rows adapter.Rows) error {
			cancel()
			_, err := rows.Users().List(ctx, adapter.UserFilter{})
			return err
		})
		require.ErrorIs(t, err, context.Canceled)
	}
	var running sync.WaitGroup
	for range 20 {
		running.Go(func() {
			if err := store.Read(t.Context(), func(rows adapter.Rows) error {
				_, err := rows.Users().Get(t.Context(), "a")
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	addUser(t, store, "b")
	require.Equal(t, []iam.UserID{"a", "b"}, userIDs(t, store))
}

// Another process that keeps the lock makes a write UNAVAILABLE after a while,
// or ends it with its context, and readers do not notice.
func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ambit.db")
	store := openSQLite(t, path, with(func(c *sqlstore.Config) { c.LockTimeout = time.Millisecond }))
	patient := openSQLite(t, path, with(func(c *sqlstore.Config) { c.LockTimeout = time.Hour }))
	require.NoError(t, store.Write(t.Context(), func(adapter.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		require.ErrorIs(t, patient.Meta().Set(ctx, "a", "b"), context.DeadlineExceeded)
		require.Empty(t, userIDs(t, patient))
		return nil
	}))
	require.NoError(t, patient.Write(t.Context(), func(adapter.Tx) error {
		err := store.Meta().Set(t.Context(), "a", "b")
		require.Equal(t, iam.Unavailable, iam.CodeOf(err))
		return nil
	}))
	require.NoError(t, store.Meta().Set(t.Context(), "a", "b"))
}

// A writer that waits for another one gives up when its context ends.
func TestWaitingWriterObeysContext(t *testing.T) {
	t.Parallel()
	store := openSQLite(t, "", standard())
	require.NoError(t, store.Write(t.Context(), func(adapter.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		err := store.Meta().Set(ctx, "a", "b") // the only writing connection is taken
		require.ErrorIs(t, err, context.DeadlineExceeded)
		return nil
	}))
}
