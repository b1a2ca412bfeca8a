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
// from several processes at once, is fine; but see Store.Alone.
//
// The path ":memory:" or "" makes a private database that is gone after Close.
// It lies in a temporary folder which is removed as soon as it is open, so that
// nothing remains even of a killed process.
//
// Errors: INVALID_ARGUMENT for a config that makes no sense; FAILED_PRECONDITION
// with reason DATABASE_TOO_NEW for a database that a newer Ambit wrote,
// DATABASE_TOO_OLD with Config.NoMigrate, DATABASE_UNREADABLE for a file that
// cannot be opened or is no database; UNAVAILABLE while another process keeps it
// locked.
func OpenSQLite(ctx context.Context, path string, config Config) (*Store, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	if isTemporary(path) {
		config.NoMigrate = false
		return openTemporary(ctx, config)
	}
	if config.NoMigrate {
		found, err := StatusSQLite(ctx, path)
		if err != nil {
			return nil, err
		}
		if err := checkVersion(found); err != nil {
			return nil, err
		}
	}
	if err := createPrivate(path); err != nil {
		return nil, unreadable(path, err)
	}
	return openFile(ctx, path, durable, config)
}

func isTemporary(path string) bool { return path == "" || path == ":memory:" }

// durability is what SQLite does with a file at each commit.
type durability string

const (
	durable  durability = "FULL"
	volatile durability = "OFF"
)

// openFile opens an existing file.
func openFile(ctx context.Context, path string, synchronous durability, config Config) (*Store, error) {
	store := &Store{
		dialect:     sqliteDialect(),
		config:      config.withDefaults(),
		readOptions: &sql.TxOptions{ReadOnly: true},
		turns:       make(chan struct{}, 1),
	}
	if err := store.connect(ctx, path, synchronous); err != nil {
		return nil, openSQLiteFailed(ctx, path, err)
	}
	return store, nil
}

// connect opens both pools. The writer comes first: it puts the file into WAL
// mode and migrates it, and the readers find it done.
func (s *Store) connect(ctx context.Context, path string, synchronous durability) (err error) {
	if s.writer, err = openWriter(ctx, path, synchronous); err != nil {
		return err
	}
	if !s.config.NoMigrate {
		_, err = s.dialect.migrate(ctx, s.writer, s.config.Logger)
	}
	if err == nil {
		s.reader, err = open(ctx, path, readers, append(pragmas(synchronous), "query_only(1)"))
	}
	if err != nil {
		_ = s.writer.Close() // the first error says more
	}
	return err
}

// pragmas are for every connection. The busy timeout, in milliseconds, is one
// slice of Store.begin.
func pragmas(synchronous durability) []string {
	return []string{"busy_timeout(100)", "foreign_keys(1)", "temp_store(MEMORY)", "synchronous(" + string(synchronous) + ")"}
}

// openWriter waits for another opener that is just turning the file to WAL
// mode, which SQLite answers at once with "locked".
func openWriter(ctx context.Context, path string, synchronous durability) (pool *sql.DB, err error) {
	err = sqliteDialect().retry(ctx, func() error {
		pool, err = open(ctx, path, 1, append(pragmas(synchronous), "journal_mode(WAL)"))
		return err
	})
	return pool, err
}

// open makes a pool and looks whether a database answers.
func open(ctx context.Context, path string, connections int, pragmas []string) (*sql.DB, error) {
	pool, err := sql.Open(sqliteDriver, sqliteName(path, url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close() // the first error says more
		return nil, err
	}
	return pool, nil
}

// sqliteName returns the driver's name for a file: a URI, so that any sign may
// be in the path.
func sqliteName(path string, options url.Values) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path // no working folder: the driver will say so
	}
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

// openSQLiteFailed turns an error of opening into a sentence.
func openSQLiteFailed(ctx context.Context, path string, err error) error {
	kind, _ := classifySQLite(err)
	if ctx.Err() != nil || iam.ReasonOf(err) != "" || kind == faultBusy || kind == faultFull {
		return sqliteDialect().translate(ctx, "open database", err)
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
		versioned:   `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'`,
		prepares:    true,
		detach:      true,
		classify:    classifySQLite,
		isDuplicate: isSQLiteDuplicate,
	}
}
