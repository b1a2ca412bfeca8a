package ambittest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/ambit-iam/ambit/adapter/sqlstore"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

const (
	postgresPort     = "5432/tcp"
	postgresPassword = "ambittest"
	// The databases that new ones are copies of, which is faster than migrating.
	ambitTemplate   = "ambit_template"
	spiceDBTemplate = "spicedb_template"
)

// postgres is a running server with both templates.
type postgres struct {
	container *testcontainers.DockerContainer
	// outside is its address on this machine, inside that for other containers.
	outside, inside string
	admin           *sql.DB
	// copies counts the databases.
	copies atomic.Int64
}

// shared is the server of this process. It is a variable of the package because
// tests that know nothing of each other use one server; it ends with the last of
// them.
var shared struct {
	sync.Mutex
	server *postgres
	users  int
}

// usePostgres returns the server of this process, which is there until the test
// ends.
func usePostgres(t testing.TB) *postgres {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		server, err := startPostgres(context.WithoutCancel(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		shared.server = server
	}
	shared.users++
	atEnd(t, "PostgreSQL", leavePostgres)
	return shared.server
}

// leavePostgres ends the server if nobody else uses it.
func leavePostgres() error {
	shared.Lock()
	defer shared.Unlock()
	shared.users--
	if shared.users > 0 || shared.server == nil {
		return nil
	}
	server := shared.server
	shared.server = nil
	return server.close()
}

func startPostgres(ctx context.Context) (*postgres, error) {
	container, err := start(ctx, postgresImage,
		testcontainers.WithExposedPorts(postgresPort),
		testcontainers.WithEnv(map[string]string{"POSTGRES_PASSWORD": postgresPassword}),
		// Nothing has to survive: fsync off. SpiceDB's Watch needs the timestamps.
		testcontainers.WithCmd("postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
			"-c", "track_commit_timestamp=on", "-c", "max_connections=1000"),
		testcontainers.WithTmpfs(map[string]string{"/var/lib/postgresql/data": ""}),
		// Over TCP it answers only after the image has prepared the database.
		testcontainers.WithWaitStrategy(wait.ForExec([]string{"pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"})),
	)
	if err != nil {
		return nil, err
	}
	server := &postgres{container: container}
	if err := server.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare PostgreSQL: %w", err), server.close())
	}
	return server, nil
}

// prepare makes the templates.
func (p *postgres) prepare(ctx context.Context) (err error) {
	if p.outside, err = p.container.PortEndpoint(ctx, postgresPort, ""); err != nil {
		return err
	}
	address, err := p.container.ContainerIP(ctx)
	if err != nil {
		return err
	}
	p.inside = address + ":5432"
	if p.admin, err = sql.Open("pgx", databaseURL(p.outside, "postgres")); err != nil {
		return err
	}
	for _, name := range []string{ambitTemplate, spiceDBTemplate} {
		if _, err := p.admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
			return err
		}
	}
	if _, err := sqlstore.MigratePostgres(ctx, databaseURL(p.outside, ambitTemplate), sqlstore.Config{}); err != nil {
		return err
	}
	return migrateSpiceDB(ctx, databaseURL(p.inside, spiceDBTemplate))
}

// database is the URL of a database, for this machine and for other containers.
type database struct{ outside, inside string }

// copyOf makes a database that is like a template, for as long as the test runs.
func (p *postgres) copyOf(t testing.TB, template string) database {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	name := fmt.Sprintf("%s_%d", template, p.copies.Add(1))
	if _, err := p.admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	atEnd(t, "a database", func() error {
		_, err := p.admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		return err
	})
	return database{outside: databaseURL(p.outside, name), inside: databaseURL(p.inside, name)}
}

func (p *postgres) close() error {
	var err error
	if p.admin != nil {
		err = p.admin.Close()
	}
	return errors.Join(err, end(p.container))
}

func databaseURL(address, name string) string {
	where := url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", postgresPassword), Host: address, Path: name, RawQuery: "sslmode=disable",
	}
	return where.String()
}
