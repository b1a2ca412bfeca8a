package faults

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

// The images, as docker-compose.yml names them.
const (
	postgresImage = "postgres:17.11"
	spiceDBImage  = "authzed/spicedb:v1.56.1"
)

const (
	secret          = "faults-and-no-secret" // of everything here
	spiceDBTemplate = "spicedb_template"
	postgresPort    = "5432/tcp"
	spiceDBPort     = "50051/tcp"
)

// lab is what all runs share: Ambit's binary, and a PostgreSQL on which each run
// has databases of its own.
type lab struct {
	binary   string
	network  *testcontainers.DockerNetwork
	postgres *machine
	admin    *sql.DB
	// databases counts those that were made.
	databases int
}

func openLab(t testing.TB) *lab {
	t.Helper()
	requireDocker(t)
	l := &lab{binary: buildAmbit(t)}
	var err error
	l.network, err = network.New(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.network.Remove(context.Background()) })
	l.postgres = boot(t, postgresImage, postgresPort,
		network.WithNetwork([]string{"postgres"}, l.network),
		testcontainers.WithEnv(map[string]string{"POSTGRES_PASSWORD": secret}),
		// Without fsync only a crash of the whole machine could lose a commit, and
		// none is part of this; synchronous_commit stays on, since the server crashes.
		testcontainers.WithCmd("postgres", "-c", "fsync=off", "-c", "track_commit_timestamp=on", "-c", "max_connections=300"),
		// Over TCP it answers only after the image has prepared the database.
		testcontainers.WithWaitStrategyAndDeadline(patience,
			wait.ForExec([]string{"pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"}).WithPollInterval(pollInterval)),
	)
	l.admin, err = sql.Open("pgx", databaseURL(l.postgres.address, "postgres"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.admin.Close() })
	l.createDatabase(t, spiceDBTemplate, "template1")
	l.migrateSpiceDB(t)
	return l
}

// requireDocker fails in one sentence where there is no Docker.
func requireDocker(t testing.TB) {
	t.Helper()
	err := func() (err error) {
		defer func() { // testcontainers panics where it finds no socket at all
			if found := recover(); found != nil {
				err = fmt.Errorf("%v", found)
			}
		}()
		provider, err := testcontainers.ProviderDefault.GetProvider(testcontainers.WithLogger(quiet{}))
		if err != nil {
			return err
		}
		defer func() { _ = provider.Close() }()
		return provider.Health(t.Context())
	}()
	if err != nil {
		t.Fatal("the fault tests start PostgreSQL and SpiceDB in containers, and no Docker engine can be reached")
	}
}

// buildAmbit builds the real command, with failpoints. The flags are those of the
// Makefile, so that Go compiles nothing twice.
func buildAmbit(t testing.TB) string {
	t.Helper()
	if *binary != "" {
		return *binary
	}
	built := filepath.Join(t.TempDir(), "ambit")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../..", "-trimpath", "-buildvcs=false", "-tags", "failpoints", "-o", built, "./cmd/ambit")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return built
}

// createDatabase makes a database that is like a template.
func (l *lab) createDatabase(t testing.TB, name, template string) {
	t.Helper()
	_, err := l.admin.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template)
	require.NoError(t, err)
}

// newDatabase makes a database for one run and returns its name.
func (l *lab) newDatabase(t testing.TB, kind, template string) string {
	t.Helper()
	l.databases++
	name := fmt.Sprintf("%s_%d", kind, l.databases)
	l.createDatabase(t, name, template)
	t.Cleanup(func() {
		_, err := l.admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		if err != nil {
			t.Logf("drop database %s: %v", name, err)
		}
	})
	return name
}

// databaseURL names a database of PostgreSQL, seen from address.
func databaseURL(address, name string) string {
	where := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", secret), Host: address, Path: name, RawQuery: "sslmode=disable"}
	return where.String()
}

// migrateSpiceDB brings the template of SpiceDB's databases to its version.
func (l *lab) migrateSpiceDB(t testing.TB) {
	t.Helper()
	migration, err := testcontainers.Run(t.Context(), spiceDBImage,
		network.WithNetwork(nil, l.network),
		testcontainers.WithEnv(spiceDBSettings(spiceDBTemplate)),
		testcontainers.WithCmd("datastore", "migrate", "head"),
		testcontainers.WithLogger(quiet{}),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForExit()))
	defer func() { _ = migration.Terminate(context.Background()) }()
	require.NoError(t, err)
	state, err := migration.State(t.Context())
	require.NoError(t, err)
	require.Zero(t, state.ExitCode, "spicedb datastore migrate failed")
}

// newSpiceDB starts a SpiceDB on a database of its own.
func (l *lab) newSpiceDB(t testing.TB) *machine {
	t.Helper()
	settings := spiceDBSettings(l.newDatabase(t, "spicedb", spiceDBTemplate))
	for name, value := range map[string]string{
		"SPICEDB_GRPC_PRESHARED_KEY":                 secret,
		"SPICEDB_WATCH_API_HEARTBEAT":                "100ms",
		"SPICEDB_HTTP_ENABLED":                       "false",
		"SPICEDB_METRICS_ENABLED":                    "false",
		"SPICEDB_DATASTORE_CONN_POOL_READ_MIN_OPEN":  "2",
		"SPICEDB_DATASTORE_CONN_POOL_WRITE_MIN_OPEN": "2",
	} {
		settings[name] = value
	}
	return boot(t, spiceDBImage, spiceDBPort,
		network.WithNetwork(nil, l.network),
		testcontainers.WithEnv(settings),
		testcontainers.WithCmd("serve"),
		testcontainers.WithWaitStrategyAndDeadline(patience,
			wait.ForExec([]string{"grpc_health_probe", "-addr=localhost:50051"}).WithPollInterval(pollInterval)))
}

// spiceDBSettings are those of all its commands.
func spiceDBSettings(database string) map[string]string {
	return map[string]string{
		"SPICEDB_DATASTORE_ENGINE":   "postgres",
		"SPICEDB_DATASTORE_CONN_URI": databaseURL("postgres:5432", database),
		"SPICEDB_TELEMETRY_ENDPOINT": "",
		"SPICEDB_SKIP_RELEASE_CHECK": "true",
		"SPICEDB_LOG_FORMAT":         "json",
	}
}
