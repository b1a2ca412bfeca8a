package ambittest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	spiceDBPort = "50051/tcp"
	spiceDBKey  = "ambittest"
)

// migrateSpiceDB brings an empty database to the version of SpiceDB.
func migrateSpiceDB(ctx context.Context, database string) error {
	container, err := start(ctx, spiceDBImage, testcontainers.WithEnv(spiceDBSettings(database)),
		testcontainers.WithCmd("datastore", "migrate", "head"), testcontainers.WithWaitStrategy(wait.ForExit()))
	if err != nil {
		return err
	}
	state, err := container.State(ctx)
	if err == nil && state.ExitCode != 0 {
		err = fmt.Errorf("spicedb datastore migrate ended with %d%s", state.ExitCode, lastWords(container))
	}
	return errors.Join(err, end(container))
}

// startSpiceDB starts a server on a database of its own, empty and without a
// schema, and returns its address on this machine.
func startSpiceDB(t testing.TB) string {
	t.Helper()
	postgres := usePostgres(t)
	ctx := context.WithoutCancel(t.Context())
	container, err := start(ctx, spiceDBImage,
		testcontainers.WithExposedPorts(spiceDBPort),
		testcontainers.WithEnv(spiceDBSettings(postgres.copyOf(t, spiceDBTemplate).inside)),
		testcontainers.WithEnv(map[string]string{
			"SPICEDB_GRPC_PRESHARED_KEY":  spiceDBKey,
			"SPICEDB_WATCH_API_HEARTBEAT": "100ms",
			"SPICEDB_HTTP_ENABLED":        "false",
			"SPICEDB_METRICS_ENABLED":     "false",
			// Many servers share one PostgreSQL.
			"SPICEDB_DATASTORE_CONN_POOL_READ_MIN_OPEN":  "2",
			"SPICEDB_DATASTORE_CONN_POOL_WRITE_MIN_OPEN": "2",
		}),
		testcontainers.WithCmd("serve"),
		testcontainers.WithWaitStrategy(
			wait.ForExec([]string{"grpc_health_probe", "-addr=localhost:50051"}).WithPollInterval(50*time.Millisecond)),
	)
	if err != nil {
		t.Fatal(err)
	}
	atEnd(t, "SpiceDB", func() error { return end(container) })
	endpoint, err := container.PortEndpoint(ctx, spiceDBPort, "")
	if err != nil {
		t.Fatalf("find the port of SpiceDB: %v", err)
	}
	return endpoint
}

// spiceDBSettings are those of all its commands.
func spiceDBSettings(database string) map[string]string {
	return map[string]string{
		"SPICEDB_DATASTORE_ENGINE":   "postgres",
		"SPICEDB_DATASTORE_CONN_URI": database,
		"SPICEDB_TELEMETRY_ENDPOINT": "",
		"SPICEDB_SKIP_RELEASE_CHECK": "true",
		"SPICEDB_LOG_FORMAT":         "json",
		"SPICEDB_LOG_LEVEL":          "warn", // else a line per call
	}
}
