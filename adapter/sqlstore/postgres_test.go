//go:build postgres

package sqlstore_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/storetest"
)

// postgresDSN returns AMBIT_TEST_POSTGRES_DSN, a URL of a database in which
// tests may create schemas. These tests are built with the tag postgres only;
// scripts/with-postgres starts a server for them.
func postgresDSN(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("AMBIT_TEST_POSTGRES_DSN")
	if dsn == "" {
		t.Fatal("set AMBIT_TEST_POSTGRES_DSN=postgres://user@host/database, or run scripts/with-postgres")
	}
	return dsn
}

// schemas numbers the schemas of this process.
var schemas atomic.Int64

// newSchema makes an empty schema and returns the name of a database in which
// it is the only one.
func newSchema(t *testing.T, dsn string) string {
	t.Helper()
	admin, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	name := fmt.Sprintf("ambit_%d_%d", os.Getpid(), schemas.Add(1))
	_, err = admin.ExecContext(t.Context(), `CREATE SCHEMA `+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(`DROP SCHEMA ` + name + ` CASCADE`)
		require.NoError(t, err)
	})
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	options := address.Query()
	options.Set("search_path", name)
	address.RawQuery = options.Encode()
	return address.String()
}

func openPostgres(t *testing.T, dsn string) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.OpenPostgres(t.Context(), dsn, sqlstore.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	storetest.Run(t, func(t *testing.T) adapter.Store { return openPostgres(t, newSchema(t, dsn)) })
}

func TestPostgresOpenInParallel(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			store, err := sqlstore.OpenPostgres(t.Context(), dsn, sqlstore.Config{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	require.Empty(t, userIDs(t, openPostgres(t, dsn)))
}

func TestPostgresNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t, postgresDSN(t))
	require.NoError(t, openPostgres(t, dsn).Close())
	raw, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	_, err = raw.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	require.NoError(t, err)
	require.NoError(t, raw.Close())
	_, err = sqlstore.OpenPostgres(t.Context(), dsn, sqlstore.Config{})
	require.Equal(t, "DATABASE_TOO_NEW", iam.ReasonOf(err))
}

// Nobody listens on port 1. The sentence must not tell where the database is.
func TestPostgresUnreachable(t *testing.T) {
	t.Parallel()
	_, err := sqlstore.OpenPostgres(t.Context(), "postgres://secret:word@127.0.0.1:1/x", sqlstore.Config{})
	require.Equal(t, iam.Unavailable, iam.CodeOf(err))
	require.False(t, strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "127.0.0.1"))
}
