//go:build spicedb && postgres

package remote_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/enginetest"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// startOnPostgres starts a SpiceDB on a database of its own, the way most
// people run it.
func startOnPostgres(t *testing.T) *process {
	t.Helper()
	dsn := os.Getenv("AMBIT_TEST_POSTGRES_DSN")
	require.NotEmpty(t, dsn, "AMBIT_TEST_POSTGRES_DSN names no server: run scripts/with-postgres scripts/with-spicedb go test -tags 'spicedb postgres'")
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	name := fmt.Sprintf("spicedb_%d", time.Now().UnixNano())
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	database, err := url.Parse(dsn)
	require.NoError(t, err)
	database.Path = "/" + name
	store := []string{"--datastore-engine", "postgres", "--datastore-conn-uri", database.String()}
	migrate := append([]string{"datastore", "migrate", "head", "--skip-release-check", "--log-level", "warn"}, store...)
	said, err := exec.CommandContext(t.Context(), binary(t), migrate...).CombinedOutput()
	require.NoError(t, err, "%s", said)
	return startReal(t, append(store,
		"--datastore-conn-pool-read-min-open", "1", "--datastore-conn-pool-read-max-open", "10",
		"--datastore-conn-pool-write-min-open", "1", "--datastore-conn-pool-write-max-open", "5")...)
}

// TestPostgresEngine runs the suite of engines on real servers with PostgreSQL,
// whose transactions really meet.
func TestPostgresEngine(t *testing.T) {
	t.Parallel()
	enginetest.RunBookkeeping(t, func(t *testing.T) enginetest.Subject {
		server := startOnPostgres(t)
		config := plaintext(server.address)
		config.Timeout = time.Minute
		return severed{dial(t, config).Engine(), server}
	})
}

// TestPostgresWithoutWatch: scripts/with-postgres does not set
// track_commit_timestamp.
func TestPostgresWithoutWatch(t *testing.T) {
	t.Parallel()
	err := dial(t, plaintext(startOnPostgres(t).address)).RequireWatch(t.Context())
	assert.Equal(t, "SPICEDB_WITHOUT_WATCH", iam.ReasonOf(err), "%v", err)
}
