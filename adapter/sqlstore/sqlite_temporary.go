package sqlstore

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// openTemporary opens a database that nobody else sees. SQLite's own memory
// databases make readers and writers wait for each other, so this is a file in
// WAL mode too, but a nameless one that is never synchronised.
func openTemporary(ctx context.Context, config Config) (*Store, error) {
	folder, err := temporaryFolder()
	if err != nil {
		return nil, iam.Failed("make a folder for a temporary database", err)
	}
	path := filepath.Join(folder, "ambit.db")
	store, err := openTemporaryFile(ctx, path, config)
	// Open files live on without a name. Where they do not, Close tries again.
	removed := os.RemoveAll(folder)
	if err != nil {
		return nil, err
	}
	if removed != nil {
		store.release = func() error { return os.RemoveAll(folder) }
	}
	return store, nil
}

// temporaryFolder prefers the usual place; a bare container may have only the
// other.
func temporaryFolder() (string, error) {
	folder, err := os.MkdirTemp("", "ambit-")
	if err == nil {
		return folder, nil
	}
	return os.MkdirTemp("/dev/shm", "ambit-")
}

func openTemporaryFile(ctx context.Context, path string, config Config) (*Store, error) {
	if err := createPrivate(path); err != nil {
		return nil, unreadable(path, err)
	}
	store, err := openFile(ctx, path, volatile, config)
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, store.reader, readers); err != nil {
		_ = store.Close() // the first error says more
		return nil, openSQLiteFailed(ctx, path, err)
	}
	return store, nil
}

// fill opens all connections of a pool, as none can be opened later. They stay:
// the pool is as large when idle, and a detached context never breaks one.
func fill(ctx context.Context, pool *sql.DB, connections int) error {
	for range connections {
		conn, err := pool.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }() //nolint:gocritic // back to the pool when all are open, not earlier
		// The first read opens the files that belong to the database.
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), selectWaiting); err != nil {
			return err
		}
	}
	return nil
}
