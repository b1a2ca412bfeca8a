package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// MigrateSQLite brings the database in the file at path to our version, creates
// it if there is none, and returns what it did; nothing, if it was there already.
// Of config it needs the Logger. Errors are those of OpenSQLite; a temporary
// path is INVALID_ARGUMENT.
func MigrateSQLite(ctx context.Context, path string, config Config) ([]Migration, error) {
	if isTemporary(path) {
		return nil, nothingToMigrate(path)
	}
	if err := createPrivate(path); err != nil {
		return nil, unreadable(path, err)
	}
	pool, err := openWriter(ctx, path, durable)
	if err != nil {
		return nil, openSQLiteFailed(ctx, path, err)
	}
	defer func() { _ = pool.Close() }() // what was migrated is committed
	done, err := sqliteDialect().migrate(ctx, pool, config.withDefaults().Logger)
	if err != nil {
		return nil, openSQLiteFailed(ctx, path, err)
	}
	return done, nil
}

// StatusSQLite returns all migrations in their order, those that the database in
// the file at path has had and those that it has not. It changes nothing: of a
// file that does not exist all are pending. Errors are those of OpenSQLite; a
// database that is too old or too new is none, a temporary path is
// INVALID_ARGUMENT.
func StatusSQLite(ctx context.Context, path string) ([]Migration, error) {
	if isTemporary(path) {
		return nil, nothingToMigrate(path)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return sqliteDialect().known()
	}
	pool, err := sql.Open(sqliteDriver, sqliteName(path, resting(path)))
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer func() { _ = pool.Close() }() // nothing was changed
	pool.SetMaxOpenConns(1)
	found, err := sqliteDialect().status(ctx, pool)
	if err != nil {
		return nil, openSQLiteFailed(ctx, path, err)
	}
	return found, nil
}

// resting returns the options for reading a file. Even a reader leaves files
// beside one in WAL mode, unless it takes it to be immutable, which it is while
// nobody has it open: whoever opens it makes a log beside it.
func resting(path string) url.Values {
	options := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(1000)"}}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		options.Set("immutable", "1")
	}
	return options
}

func nothingToMigrate(path string) error {
	return iam.Invalid("PATH_TEMPORARY", "database", path, "is a temporary database, which is always new; name a file")
}
