package sqlstore

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// A full disk refuses the write that does not fit, whole, and nothing else; with
// space again the store goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	store, err := OpenSQLite(ctx, filepath.Join(t.TempDir(), "ambit.db"), Config{Subjects: SubjectTypes{User: "user"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	limit := func(pages int) {
		_, err := store.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		require.NoError(t, err)
	}
	var pages int
	require.NoError(t, store.writer.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages))
	require.NoError(t, putUsers(ctx, store, 1, "here before"))

	limit(pages + 10)
	for range 3 { // it stays usable, so it says the same again
		err = putUsers(ctx, store, 1000, "too many")
		require.Equal(t, iam.ResourceExhausted, iam.CodeOf(err), "%v", err)
		require.Equal(t, "DATABASE_FULL", iam.ReasonOf(err))
		require.Equal(t, []string{"here before"}, userNames(t, store))
	}
	require.NoError(t, putUsers(ctx, store, 1, "small"), "what fits is written")

	limit(pages + 10_000)
	require.NoError(t, putUsers(ctx, store, 1000, "space again"))
	require.Len(t, userNames(t, store), 1000)
}

// A commit that fails leaves no transaction behind on the one connection that
// writes.
func TestFailedCommit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	store, err := OpenSQLite(ctx, "", Config{Subjects: SubjectTypes{User: "user"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	err = store.write(ctx, func(s *session) error {
		// Foreign keys are looked at when the transaction commits.
		for _, text := range []string{
			`PRAGMA defer_foreign_keys = ON`,
			`INSERT INTO users (id, name, email, status, revision, created, updated) VALUES ('gone', '', '', 'active', 1, 1, 1)`,
			`INSERT INTO group_members (group_id, member_type, member_id) VALUES ('nobody', 'user', 'gone')`,
		} {
			if _, err := s.exec(ctx, query{"test", text, nil}); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	require.Error(t, err)
	require.Empty(t, userNames(t, store))
	require.NoError(t, putUsers(ctx, store, 1, "next"))
	require.Equal(t, []string{"next"}, userNames(t, store))
}

// putUsers puts that many users with one name, which they repeat in a long email.
func putUsers(ctx context.Context, store *Store, count int, name string) error {
	return store.Write(ctx, func(tx adapter.Tx) error {
		for i := range count {
			user := iam.User{ID: iam.UserID(fmt.Sprint(i)), Name: name, Email: strings.Repeat(name, 50), Status: iam.Active}
			if _, err := tx.Users().Put(ctx, user); err != nil {
				return err
			}
		}
		return nil
	})
}

func userNames(t *testing.T, store *Store) []string {
	t.Helper()
	var names []string
	require.NoError(t, store.Read(t.Context(), func(rows adapter.Rows) error {
		users, err := rows.Users().List(t.Context(), adapter.UserFilter{})
		for _, user := range users {
			names = append(names, user.Name)
		}
		return err
	}))
	return names
}
