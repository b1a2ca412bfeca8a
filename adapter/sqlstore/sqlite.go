package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/migrations"

	_ "modernc.org/sqlite" // registers the driver
)

const (
	sqliteDriver = "sqlite"
	// readers is how many transactions can read a SQLite database at a time;
	// more would only compete for the processors.
	readers = 8
)

// OpenSQLite opens the database in the file at path, creates it with mode 0600
// if there is none, and brings it to our version. Opening a file twice, also
// from several processes at once, is fine.
//
// The path ":memory:" or "" makes a private database that is gone after Close.
// It lies in a temporary folder which is removed as soon as it is open, so that
// nothing remains even of a killed process.
//
// Errors: FAILED_PRECONDITION with reason DATABASE_TOO_NEW for a database that
// a newer Ambit wrote, DATABASE_UNREADABLE for a file that cannot be opened or
// is no database; UNAVAILABLE while another process keeps it locked.
func OpenSQLite(ctx context.Context, path string, config Config) (*Store, error) {
	if path == "" || path == ":memory:" {
		return openTemporary(ctx, config)
	}
	if err := createPrivate(path); err != nil {
		return nil, unreadable(path, err)
	}
	return openFile(ctx, path, "FULL", config)
}

// openFile opens an existing file. synchronous is FULL or OFF.
func openFile(ctx context.Context, path, synchronous string, config Config) (*Store, error) {
	store := &Store{dialect: sqliteDialect(), config: config.withDefaults(), readOptions: &sql.TxOptions{ReadOnly: true}}
	if err := store.connect(ctx, path, synchronous); err != nil {
		return nil, store.openFailed(ctx, path, err)
	}
	return store, nil
}

// connect opens both pools. The busy timeout is one slice of Store.begin. The writer comes first: it puts the file into WAL
// mode and migrates it, and the readers find it done.
func (s *Store) connect(ctx context.Context, path, synchronous string) (err error) {
	pragmas := []string{"busy_timeout(100)", "foreign_keys(1)", "temp_store(MEMORY)", "synchronous(" + synchronous + ")"}
	if s.writer, err = s.openWriter(ctx, sqliteName(path, append(pragmas, "journal_mode(WAL)"))); err != nil {
		return err
	}
	if err = s.migrate(ctx); err == nil {
		s.reader, err = open(ctx, sqliteDriver, sqliteName(path, append(pragmas, "query_only(1)")), readers)
	}
	if err != nil {
		_ = s.writer.Close() // the first error says more
	}
	return err
}

// openWriter waits for another opener that is just turning the file to WAL
// mode, which SQLite answers at once with "locked".
func (s *Store) openWriter(ctx context.Context, name string) (pool *sql.DB, err error) {
	err = s.retry(ctx, func() error {
		pool, err = open(ctx, sqliteDriver, name, 1)
		return err
	})
	return pool, err
}

// sqliteName returns the driver's name for a file: a URI, so that any sign may
// be in the path.
func sqliteName(path string, pragmas []string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path // no working folder: the driver will say so
	}
	options := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: options.Encode()}).String()
}

// createPrivate makes an empty file that only its owner may read, unless there
// is one. SQLite gives its other files the same mode. The file gets its name
// after it is closed: to close a file that SQLite has open elsewhere in this
// process would drop SQLite's locks.
func createPrivate(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".ambit-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// openFailed turns an error of opening into a sentence.
func (s *Store) openFailed(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil || iam.ReasonOf(err) != "" || s.dialect.isFault(err, faultUnavailable) {
		return s.dialect.translate(ctx, "open database", err)
	}
	return unreadable(path, err)
}

func unreadable(path string, cause error) error {
	return iam.Forbidden("DATABASE_UNREADABLE", "database", path,
		"cannot be opened, or is not an undamaged SQLite database").Because(cause)
}

func sqliteDialect() *dialect {
	return &dialect{
		goose:       goose.DialectSQLite3,
		migrations:  migrations.SQLite,
		prepares:    true,
		detach:      true,
		classify:    classifySQLite,
		isDuplicate: isSQLiteDuplicate,
	}
}
