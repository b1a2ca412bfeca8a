package sqlstore_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/storetest"
)

// A closed store leaves no connection and no goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) adapter.Store {
		return openSQLite(t, filepath.Join(t.TempDir(), "ambit.db"), sqlstore.Config{})
	})
}

func TestSQLiteMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) adapter.Store {
		return openSQLite(t, ":memory:", sqlstore.Config{})
	})
}

// openSQLite opens a store that is closed when the test ends.
func openSQLite(tb testing.TB, path string, config sqlstore.Config) *sqlstore.Store {
	tb.Helper()
	store, err := sqlstore.OpenSQLite(tb.Context(), path, config)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}
