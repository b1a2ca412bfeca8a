package sqlstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/storetest"
)

// A closed store leaves no connection and no goroutine behind. The tests start
// their own program again as another process that migrates.
func TestMain(m *testing.M) {
	if order := os.Getenv(childVariable); order != "" {
		if err := migrateAsChild(order); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) adapter.Store {
		return openSQLite(t, filepath.Join(t.TempDir(), "ambit.db"), standard())
	})
}

func TestSQLiteMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) adapter.Store {
		return openSQLite(t, ":memory:", standard())
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

// standard is the configuration of most tests.
func standard() sqlstore.Config {
	return sqlstore.Config{Subjects: sqlstore.SubjectTypes{User: "user", ServiceAccount: "service_account", Group: "group"}}
}

// with is standard with a change.
func with(change func(*sqlstore.Config)) sqlstore.Config {
	config := standard()
	change(&config)
	return config
}
