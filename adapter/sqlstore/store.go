package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// Store is an adapter.Store on an SQL database. Make one with OpenSQLite or
// OpenPostgres. It is safe for concurrent use.
type Store struct {
	dialect *dialect
	config  Config
	// writer and reader may be the same pool.
	writer *sql.DB
	reader *sql.DB
	// readOptions make a reading transaction a snapshot.
	readOptions *sql.TxOptions
	// release runs after the pools are closed; may be nil.
	release func() error
}

var _ adapter.Store = (*Store)(nil)

// tries is how often Write runs its function before it reports a lost race.
const tries = 3

// Read runs fn on one consistent snapshot. See adapter.Store.
func (s *Store) Read(ctx context.Context, fn func(adapter.Rows) error) error {
	return s.transact(ctx, s.reader, s.readOptions, func(open *session) error { return fn(open) })
}

// Write runs fn in one transaction. See adapter.Store. In SQLite it waits until
// every other write has ended, so fn must not call Write.
func (s *Store) Write(ctx context.Context, fn func(adapter.Tx) error) error {
	return s.write(ctx, func(open *session) error { return fn(open) })
}

func (s *Store) write(ctx context.Context, fn func(*session) error) error {
	for try := 1; ; try++ {
		err := s.transact(ctx, s.writer, nil, fn)
		if try == tries || !lostRace(err) {
			return err
		}
	}
}

// Outbox returns the queue of committed changes.
func (s *Store) Outbox() adapter.Outbox { return outbox{s} }

// Meta returns the facts about the database.
func (s *Store) Meta() adapter.Meta { return meta{s} }

// Close releases the database. Transactions that still run fail.
func (s *Store) Close() error {
	errs := []error{s.reader.Close()}
	if s.writer != s.reader {
		errs = append(errs, s.writer.Close())
	}
	if s.release != nil {
		errs = append(errs, s.release())
	}
	if err := errors.Join(errs...); err != nil {
		return iam.Failed("close database", err)
	}
	return nil
}

// transact runs fn in one transaction of pool. An error, a panic or the end of
// the context rolls it back.
func (s *Store) transact(ctx context.Context, pool *sql.DB, options *sql.TxOptions, fn func(*session) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return s.dialect.translate(ctx, "open transaction", err)
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	tx, err := s.begin(ctx, conn, options)
	if err != nil {
		return s.dialect.translate(ctx, "open transaction", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	open := &session{
		dialect:  s.dialect,
		subjects: s.config.Subjects,
		now:      s.config.Clock().UTC().Truncate(time.Millisecond),
		tx:       tx,
		prepared: map[string]*sql.Stmt{},
	}
	if err := fn(open); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.dialect.translate(ctx, "commit", tx.Commit())
}

// begin opens a transaction. Where the driver does not watch the context it
// waits for a lock in slices, and begin looks at the context in between.
func (s *Store) begin(ctx context.Context, conn *sql.Conn, options *sql.TxOptions) (*sql.Tx, error) {
	started := time.Now() // not the configured clock: this is about real waiting
	for {
		tx, err := conn.BeginTx(s.dialect.detached(ctx), options)
		locked := s.dialect.detach && s.dialect.isFault(err, faultUnavailable)
		if !locked || ctx.Err() != nil || time.Since(started) > s.config.LockTimeout {
			return tx, err
		}
	}
}

// lostRace reports whether a new try may succeed where err was the end.
func lostRace(err error) bool { return iam.ReasonOf(err) == raceLost }
