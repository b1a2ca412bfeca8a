package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/migrations"
)

// server is what only a store on PostgreSQL has.
type server struct {
	// patient is how to connect for what waits as long as it takes.
	patient *pgx.ConnConfig
	// database and path are where our tables are found.
	database, path string
}

// OpenPostgres opens the database that dsn names ("postgres://user@host/name" or
// "host=... user=... dbname=..."; what it leaves out comes from the environment
// variables of libpq, PGHOST and so on) and brings it to our version. Several
// processes may use one database; they migrate it one after the other.
//
// What dsn says about timeouts and application_name goes before Config. A pooler
// between must give every connection a session of its own, because Alone and
// migrations lock for the session.
//
// Errors: INVALID_ARGUMENT for a config or a dsn that makes no sense;
// UNAVAILABLE if the server cannot be reached; FAILED_PRECONDITION with reason
// DATABASE_REFUSED for a wrong user or password, DATABASE_UNKNOWN if there is no
// such database, DATABASE_DENIED or SCHEMA_UNKNOWN if the user may not use it or
// create tables there, SERVER_TOO_OLD below PostgreSQL 13, DATABASE_TOO_NEW if a
// newer Ambit wrote it, DATABASE_TOO_OLD with Config.NoMigrate. No sentence
// tells an address, a user or a password; causes, which are for logs, tell all
// but the password.
func OpenPostgres(ctx context.Context, dsn string, config Config) (*Store, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	settings, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	place := &server{patient: patient(settings)}
	if err := place.prepare(ctx, config); err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*impatient(settings, config))
	pool.SetMaxOpenConns(config.MaxConnections)
	pool.SetMaxIdleConns(config.MaxConnections)
	pool.SetConnMaxIdleTime(idleTime)
	return &Store{
		dialect:     postgresDialect(),
		config:      config,
		writer:      pool,
		reader:      pool,
		readOptions: &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
		turns:       make(chan struct{}, config.MaxConnections/2),
		server:      place,
	}, nil
}

// idleTime is how long a connection that nobody uses stays open.
const idleTime = 5 * time.Minute

// prepare brings the database to our version, or sees that it is, and learns
// where it is.
func (s *server) prepare(ctx context.Context, config Config) error {
	return visitPostgres(ctx, s.patient, func(pool *sql.DB) error {
		if err := preparePostgres(ctx, pool, config); err != nil {
			return err
		}
		return pool.QueryRowContext(ctx, `SELECT current_database(), `+schemas).Scan(&s.database, &s.path)
	})
}

// schemas are those of the search_path that exist, by their own names: "$user" is
// somebody else in a transaction of WithTx.
const schemas = `(SELECT coalesce(string_agg(quote_ident(name), ', ' ORDER BY place), '')
	FROM unnest(current_schemas(false)) WITH ORDINALITY AS found (name, place))`

func preparePostgres(ctx context.Context, pool *sql.DB, config Config) error {
	if config.NoMigrate {
		found, err := postgresDialect().status(ctx, pool)
		if err != nil {
			return err
		}
		return checkVersion(found)
	}
	_, err := migratePostgres(ctx, pool, config)
	return err
}

// MigratePostgres brings the database that dsn names to our version and returns
// what it did; nothing, if it was there already. Of config it needs the Logger.
// Errors are those of OpenPostgres.
func MigratePostgres(ctx context.Context, dsn string, config Config) (done []Migration, err error) {
	return onPostgres(ctx, dsn, func(pool *sql.DB) ([]Migration, error) {
		return migratePostgres(ctx, pool, config.withDefaults())
	})
}

// StatusPostgres returns all migrations in their order, those that the database
// has had and those that it has not. It changes nothing. Errors are those of
// OpenPostgres; a database that is too old or too new is none.
func StatusPostgres(ctx context.Context, dsn string) ([]Migration, error) {
	return onPostgres(ctx, dsn, func(pool *sql.DB) ([]Migration, error) {
		return postgresDialect().status(ctx, pool)
	})
}

func onPostgres(ctx context.Context, dsn string, fn func(*sql.DB) ([]Migration, error)) (found []Migration, err error) {
	settings, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	err = visitPostgres(ctx, patient(settings), func(pool *sql.DB) error {
		found, err = fn(pool)
		return err
	})
	return found, err
}

// visitPostgres runs fn with a pool of one connection to a server that is good
// enough, and turns what goes wrong into a sentence.
func visitPostgres(ctx context.Context, settings *pgx.ConnConfig, fn func(*sql.DB) error) error {
	pool := stdlib.OpenDB(*settings)
	defer func() { _ = pool.Close() }() // whatever it says, fn has done its work
	pool.SetMaxOpenConns(1)
	var version int
	var homeless bool
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_schema() IS NULL`).Scan(&version, &homeless)
	if err == nil {
		err = checkServer(version, homeless)
	}
	if err == nil {
		err = fn(pool)
	}
	return openPostgresFailed(ctx, settings, err)
}

// checkServer refuses a server that nobody maintains any more and that we do not
// test with, and one that has no schema for us. version is 150004 for 15.4.
func checkServer(version int, homeless bool) error {
	const oldest = 13
	switch {
	case version/10000 < oldest:
		return iam.Forbidden("SERVER_TOO_OLD", "database", "", fmt.Sprintf("runs on PostgreSQL %d; Ambit needs %d or newer", version/10000, oldest))
	case homeless:
		return iam.Forbidden("SCHEMA_UNKNOWN", "database", "", "has none of the schemas of the search_path, or hides them from the user; create or grant one")
	}
	return nil
}

// migratePostgres migrates under a lock of the server, as DDL of two openers
// could otherwise wait for each other. The lock ends with the pool, which has one
// connection.
func migratePostgres(ctx context.Context, pool *sql.DB, config Config) ([]Migration, error) {
	const alone = `SELECT pg_advisory_lock(hashtextextended('ambit migrate ' || current_schema(), 0))`
	if _, err := pool.ExecContext(ctx, alone); err != nil {
		return nil, err
	}
	return postgresDialect().migrate(ctx, pool, config.Logger)
}

// parseDSN reads the name of a database. The parser's error is no cause: it
// quotes the name, and where that is malformed nobody can tell the password.
func parseDSN(dsn string) (*pgx.ConnConfig, error) {
	settings, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, iam.Invalid("DSN_MALFORMED", "database", "",
			"is named neither by postgres://user@host/name nor by host=... user=... dbname=..., or with an option that cannot be")
	}
	prefer(settings, "application_name", "ambit")
	return settings, nil
}

// impatient returns settings with the timeouts of config.
func impatient(settings *pgx.ConnConfig, config Config) *pgx.ConnConfig {
	settings = settings.Copy()
	prefer(settings, "lock_timeout", milliseconds(config.LockTimeout))
	prefer(settings, "statement_timeout", milliseconds(config.StatementTimeout))
	prefer(settings, "idle_in_transaction_session_timeout", milliseconds(idlePatience))
	for name, value := range keepalives() {
		prefer(settings, name, value)
	}
	return settings
}

// idlePatience is how long a transaction may rest: whoever fills SpiceDB reads
// here and writes there, which takes a while. Of a machine that vanished, the
// server hears much earlier.
const idlePatience = 10 * time.Minute

// keepalives let the server look for a machine that says nothing, and free what
// it has locked, within a minute.
func keepalives() map[string]string {
	return map[string]string{"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
}

// patient returns settings for work that takes the time it needs, whatever the
// server's defaults are.
func patient(settings *pgx.ConnConfig) *pgx.ConnConfig {
	settings = settings.Copy()
	for name, value := range map[string]string{
		"lock_timeout": "0", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
		"timezone": "UTC", // goose notes the server's local time
	} {
		settings.RuntimeParams[name] = value
	}
	for name, value := range keepalives() {
		prefer(settings, name, value)
	}
	return settings
}

// prefer sets a parameter of the session unless the user has set it, alone or
// among his options, over which it would win.
func prefer(settings *pgx.ConnConfig, name, value string) {
	params := settings.RuntimeParams
	if _, set := params[name]; !set && !strings.Contains(params["options"], name) {
		params[name] = value
	}
}

// milliseconds spells a duration for the server, to which 0 would mean for ever.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(1, d.Milliseconds()), 10)
}

func postgresDialect() *dialect {
	return &dialect{
		goose:       goose.DialectPostgres,
		migrations:  migrations.Postgres,
		versioned:   `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'goose_db_version'`,
		numbered:    true,
		enter:       enterPostgres,
		lockAll:     lockAllPostgres,
		lockTenant:  lockTenantPostgres,
		classify:    classifyPostgres,
		isDuplicate: isPostgresDuplicate,
	}
}
