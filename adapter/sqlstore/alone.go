package sqlstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Alone runs fn while no Write runs. See adapter.Store. It waits for Writes that
// have begun, for as long as ctx lets it.
//
// On SQLite it keeps out the Writes of this Store only: a file that several
// processes use must not be handed to one that needs Alone. On PostgreSQL it
// keeps out all processes; Writes that wait for longer than Config.LockTimeout
// are UNAVAILABLE. If the connection that holds the lock breaks while fn runs,
// others may have written meanwhile: Alone is UNAVAILABLE then, with reason
// LOCK_LOST, whatever fn returned as success.
//
// A context with a transaction of WithTx is refused: Alone would wait for it.
func (s *Store) Alone(ctx context.Context, fn func(context.Context) error) (err error) {
	if _, joined := txOf(ctx); joined {
		return iam.Invalid("TRANSACTION_ALONE", "", "", "nothing runs alone inside a transaction that has begun already")
	}
	free, err := s.keepOut(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if lost := free(); err == nil {
			err = lost
		}
	}()
	return fn(ctx)
}

// keepOut waits until no Write runs and keeps others out until free is called,
// which says whether it did.
func (s *Store) keepOut(ctx context.Context) (free func() error, err error) {
	if s.server != nil {
		free, err = s.server.keepOut(ctx)
		return free, s.dialect.translate(ctx, "lock everything", err)
	}
	if err := s.takeTurn(ctx); err != nil {
		return nil, err
	}
	return func() error { s.endTurn(); return nil }, nil
}

// takeTurn waits until one more Write may run. SQLite lets one at a time, and
// Alone takes its turn. On PostgreSQL several run, but never so many that those
// who wait for a lock take all connections: what runs alone reads, too.
func (s *Store) takeTurn(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) endTurn() { <-s.turns }

// The locks of PostgreSQL are numbers that all of a database share. Ours are
// made with the table's own number, so that two Ambits in two schemas have
// nothing in common. Every transaction that changes something shares the lock of
// everything; Alone, and whoever locks the zero reference, has it exclusively.
const (
	everything = `hashtextextended('ambit', 'tenants'::regclass::oid::bigint)`

	enterPostgres      = `SELECT pg_advisory_xact_lock_shared(` + everything + `)`
	lockAllPostgres    = `SELECT pg_advisory_xact_lock(` + everything + `)`
	lockTenantPostgres = `SELECT pg_advisory_xact_lock(hashtextextended('ambit ' || ?, 'tenants'::regclass::oid::bigint))`

	keepOutPostgres = `SELECT pg_advisory_lock(` + everything + `)`
	freePostgres    = `SELECT pg_advisory_unlock(` + everything + `)`
)

// enter keeps the transaction clear of Alone. It comes with the first change
// and not earlier: a transaction that shares the lock of everything and then
// wants all of it would wait for the next one that does the same.
func (s *session) enter(ctx context.Context) error {
	if s.entered {
		return nil
	}
	s.entered = true
	_, err := s.run(ctx, query{"begin to write", s.dialect.enter, nil})
	return err
}

// keepOut takes the lock of everything on a connection of its own, which ends
// with the lock, so that nothing of it can get back into a pool.
func (s *server) keepOut(ctx context.Context) (free func() error, err error) {
	conn, err := pgx.ConnectConfig(ctx, s.patient)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, keepOutPostgres); err != nil {
		closeQuietly(ctx, conn)
		return nil, err
	}
	return func() error {
		defer closeQuietly(ctx, conn)
		ending, stop := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
		defer stop()
		held := false
		if err := conn.QueryRow(ending, freePostgres).Scan(&held); err != nil || !held {
			return (&iam.Error{
				Code: iam.Unavailable, Reason: "LOCK_LOST",
				Message: "the connection that kept other writers out broke; do it again",
			}).Because(err)
		}
		return nil
	}, nil
}

// endPatience is how long the end of something waits for the server.
const endPatience = 5 * time.Second

// closeQuietly ends a connection whatever has become of ctx.
func closeQuietly(ctx context.Context, conn *pgx.Conn) {
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer stop()
	_ = conn.Close(ending) // the server notices in any case
}
