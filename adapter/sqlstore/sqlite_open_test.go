package sqlstore_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

func TestReopenKeepsData(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?#%20", "ambit.db") // any sign may be in a path
	require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
	for _, id := range []iam.UserID{"a", "b", "c"} {
		store, err := sqlstore.OpenSQLite(t.Context(), path, standard())
		require.NoError(t, err)
		addUser(t, store, id)
		require.NoError(t, store.Close())
	}
	require.Equal(t, []iam.UserID{"a", "b", "c"}, userIDs(t, openSQLite(t, path, standard())))
}

// A process that is killed leaves the files as they are at that moment. A copy
// of them must hold all that was committed, and nothing else.
func TestKilledProcessKeepsCommitted(t *testing.T) {
	t.Parallel()
	folder, copied := t.TempDir(), t.TempDir()
	store := openSQLite(t, filepath.Join(folder, "ambit.db"), standard())
	addUser(t, store, "committed")
	require.NoError(t, store.Write(t.Context(), func(tx adapter.Tx) error {
		_, err := tx.Users().Put(t.Context(), iam.User{ID: "open", Status: iam.Active})
		require.NoError(t, err)
		for _, name := range []string{"ambit.db", "ambit.db-wal"} {
			content, err := os.ReadFile(filepath.Join(folder, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(copied, name), content, 0o600))
		}
		return nil
	}))
	survivor := openSQLite(t, filepath.Join(copied, "ambit.db"), standard())
	require.Equal(t, []iam.UserID{"committed"}, userIDs(t, survivor))
}

func TestOpenInParallel(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ambit.db")
	const openers = 6
	stores := make([]*sqlstore.Store, openers)
	var running sync.WaitGroup
	for i := range stores {
		running.Go(func() {
			store, err := sqlstore.OpenSQLite(t.Context(), path, standard())
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = store
		})
	}
	running.Wait()
	for i, store := range stores {
		require.NotNil(t, store)
		addUser(t, store, iam.UserID('a'+rune(i)))
	}
	require.Len(t, userIDs(t, stores[0]), openers)
	for _, store := range stores {
		require.NoError(t, store.Close())
	}
}

func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	require.NoError(t, os.WriteFile(garbage, bytes.Repeat([]byte("no database "), 1000), 0o600))
	damaged := filepath.Join(folder, "damaged.db")
	damage(t, damaged)
	for _, path := range []string{garbage, damaged, folder, filepath.Join(folder, "no", "folder.db")} {
		_, opened := sqlstore.OpenSQLite(t.Context(), path, standard())
		_, migrated := sqlstore.MigrateSQLite(t.Context(), path, standard())
		_, asked := sqlstore.StatusSQLite(t.Context(), path)
		if filepath.Base(filepath.Dir(path)) == "no" {
			require.NoError(t, asked, "there is nothing yet")
			asked = opened
		}
		for _, err := range []error{opened, migrated, asked} {
			require.Equal(t, "DATABASE_UNREADABLE", iam.ReasonOf(err), "%s: %v", path, err)
			require.Equal(t, iam.FailedPrecondition, iam.CodeOf(err))
			require.Contains(t, err.Error(), path)
			require.NotContains(t, err.Error(), "SQL logic", "no text of the driver")
		}
	}
	unchanged, err := os.ReadFile(garbage)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(unchanged), "no database"))
}

// damage makes a database whose first page is sound up to its header.
func damage(t *testing.T, path string) {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), path, standard())
	require.NoError(t, err)
	require.NoError(t, store.Close())
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, 3000), 100)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestFileMode(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store := openSQLite(t, filepath.Join(folder, "ambit.db"), standard())
	addUser(t, store, "a")
	names := map[string]fs.FileMode{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		names[entry.Name()] = info.Mode()
	}
	const private = fs.FileMode(0o600)
	require.Equal(t, map[string]fs.FileMode{"ambit.db": private, "ambit.db-wal": private, "ambit.db-shm": private}, names)
}
