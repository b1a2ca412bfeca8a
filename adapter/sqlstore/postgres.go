package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/migrations"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

// postgresConnections is the size of the pool: enough for a busy process, and
// few enough for several of them at a server with its default of 100.
const postgresConnections = 20

// OpenPostgres opens the database that dsn names ("postgres://..." or
// "host=... user=...") and brings it to our version. Several processes may use
// one database; they migrate it one after the other.
//
// Errors: FAILED_PRECONDITION with reason DATABASE_TOO_NEW for a database that
// a newer Ambit wrote; UNAVAILABLE if the server cannot be reached or refuses
// the connection.
func OpenPostgres(ctx context.Context, dsn string, config Config) (*Store, error) {
	store := &Store{
		dialect:     postgresDialect(),
		config:      config.withDefaults(),
		readOptions: &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
	}
	pool, err := open(ctx, "pgx", dsn, postgresConnections)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	store.writer, store.reader = pool, pool
	if err := store.migrateLocked(ctx); err != nil {
		_ = pool.Close() // the first error says more
		return nil, store.dialect.translate(ctx, "migrate database", err)
	}
	return store, nil
}

// migrateLocked migrates under a lock of the server, as DDL of two openers
// could otherwise wait for each other.
func (s *Store) migrateLocked(ctx context.Context) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return err
	}
	return s.migrate(ctx, goose.WithSessionLocker(locker))
}

// unreachable hides the cause, which may hold the address and user of dsn.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return iam.Unreachable("the database", err)
}

func postgresDialect() *dialect {
	return &dialect{
		goose:      goose.DialectPostgres,
		migrations: migrations.Postgres,
		numbered:   true,
		// Not SELECT .. FOR UPDATE: a tenant that is being created has no row.
		lockTenant:  `SELECT pg_advisory_xact_lock(hashtextextended('ambit ' || ?, 0))`,
		classify:    classifyPostgres,
		isDuplicate: isPostgresDuplicate,
	}
}

// classifyPostgres reads the server's SQLSTATE.
func classifyPostgres(err error) (fault, string) {
	broken, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, refused := errors.AsType[*pgconn.ConnectError](err); refused || pgconn.SafeToRetry(err) {
			return faultUnavailable, ""
		}
		return faultOther, ""
	}
	switch broken.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return faultRaced, ""
	case "23503":
		return faultReference, broken.ConstraintName
	case "23514":
		return faultCheck, broken.ConstraintName
	case "55P03", "57P01", "57P02", "57P03": // lock not available, server going down or starting
		return faultUnavailable, ""
	case "53100": // disk full
		return faultFull, ""
	}
	if strings.HasPrefix(broken.Code, "08") || broken.Code == "53300" { // connection, too many connections
		return faultUnavailable, ""
	}
	return faultOther, ""
}

// isPostgresDuplicate: a table or a row of the version table came up meanwhile.
func isPostgresDuplicate(err error) bool {
	broken, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (broken.Code == "42P07" || broken.Code == "23505")
}
