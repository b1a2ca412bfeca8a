package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
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
	// turns has room for the Writes that may run at a time. See takeTurn.
	turns chan struct{}
	// server is what only a store on PostgreSQL has; nil on SQLite.
	server *server
	// release runs after the pools are closed; may be nil.
	release func() error
}

var _ adapter.Store = (*Store)(nil)

// Read runs fn on one consistent snapshot, or, if ctx has a transaction of
// WithTx, inside that one. See adapter.Store.
func (s *Store) Read(ctx context.Context, fn func(adapter.Rows) error) error {
	run := func(open *session) error { return fn(open) }
	if tx, joined := txOf(ctx); joined {
		return s.join(ctx, tx, reading, run)
	}
	return s.transact(ctx, s.reader, s.readOptions, run)
}

// Write runs fn in one transaction. See adapter.Store. It may have to wait until
// other writes have ended, so fn must not call Write.
//
// On PostgreSQL a transaction keeps clear of Alone from its first Lock or change
// on, not from its beginning; reads before that may see what Alone is about to
// change. If ctx has a transaction of WithTx, fn runs inside that one.
func (s *Store) Write(ctx context.Context, fn func(adapter.Tx) error) error {
	run := func(open *session) error {
		open.entered = s.dialect.enter == ""
		return fn(open)
	}
	if tx, joined := txOf(ctx); joined {
		return s.join(ctx, tx, writing, run)
	}
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer s.endTurn()
	return s.write(ctx, run)
}

// tries is how often write runs its function before it reports a lost race.
const tries = 3

func (s *Store) write(ctx context.Context, fn func(*session) error) error {
	for try := 1; ; try++ {
		err := s.transact(ctx, s.writer, nil, fn)
		if try == tries || !lostRace(err) || !pause(ctx, try) {
			return err
		}
	}
}

// lostRace reports whether a new try may succeed where err was the end.
func lostRace(err error) bool { return iam.ReasonOf(err) == raceLost }

// pause waits some milliseconds, more with every try, and reports whether it may
// go on. Two that met must not wait equally long, or they would meet again.
func pause(ctx context.Context, try int) bool {
	longest := time.Duration(try) * 20 * time.Millisecond
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // nothing is secret about a pause
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Outbox returns the queue of committed changes. It knows nothing of WithTx.
func (s *Store) Outbox() adapter.Outbox { return outbox{s} }

// Meta returns the facts about the database. It knows nothing of WithTx.
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
	if err := fn(s.session(&pooled{tx: tx, prepares: s.dialect.prepares})); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.dialect.translate(ctx, "commit", tx.Commit())
}

// session begins a session that is not subject to Alone: it reads, or keeps the
// store's own books.
func (s *Store) session(tx transaction) *session {
	return &session{
		dialect:  s.dialect,
		subjects: s.config.Subjects,
		now:      s.config.Clock().UTC().Truncate(time.Millisecond),
		tx:       tx,
		entered:  true,
	}
}

// begin opens a transaction. Where the driver does not watch the context it
// waits for a lock in slices, and begin looks at the context in between.
func (s *Store) begin(ctx context.Context, conn *sql.Conn, options *sql.TxOptions) (*sql.Tx, error) {
	started := time.Now() // not the configured clock: this is about real waiting
	for {
		tx, err := conn.BeginTx(s.dialect.detached(ctx), options)
		locked := s.dialect.detach && s.dialect.isFault(err, faultBusy)
		if !locked || ctx.Err() != nil || time.Since(started) > s.config.LockTimeout {
			return tx, err
		}
	}
}
