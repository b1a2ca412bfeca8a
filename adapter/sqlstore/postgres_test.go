//go:build postgres

package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/storetest"
	"github.com/ambit-iam/ambit/migrations"
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
	return set(t, dsn, "search_path", name)
}

// set returns dsn with a parameter of the session.
func set(t *testing.T, dsn, name, value string) string {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	options := address.Query()
	options.Set(name, value)
	address.RawQuery = options.Encode()
	return address.String()
}

// connect returns a connection that is no store's.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func openPostgres(t *testing.T, dsn string) *sqlstore.Store {
	t.Helper()
	return openPostgresWith(t, dsn, standard())
}

func openPostgresWith(t *testing.T, dsn string, config sqlstore.Config) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.OpenPostgres(t.Context(), dsn, config)
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
			store, err := sqlstore.OpenPostgres(t.Context(), dsn, standard())
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

func TestMigratePostgres(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	product{
		driver: "pgx", dialect: goose.DialectPostgres, files: migrations.Postgres(),
		empty:   func(t *testing.T) string { return newSchema(t, dsn) },
		migrate: sqlstore.MigratePostgres, status: sqlstore.StatusPostgres, open: sqlstore.OpenPostgres,
	}.run(t)
}
