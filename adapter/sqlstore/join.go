package sqlstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// txKey is the key of a context's transaction.
type txKey struct{}

// WithTx returns a context with which a Store on PostgreSQL works inside tx, a
// transaction of the caller, so that a row of his and an access policy are
// committed together or not at all:
//
//	tx, err := pool.Begin(ctx)
//	...
//	_, err = tx.Exec(ctx, `INSERT INTO orders ...`)
//	...
//	err = store.Write(sqlstore.WithTx(ctx, tx), func(tx adapter.Tx) error { ... })
//	...
//	err = tx.Commit(ctx)
//
// Write runs its function in a savepoint. If that fails, what it did is rolled
// back, and the caller's own work stays; if not, it is for the caller to commit.
// A lost race is not run again but returned (ABORTED, reason RACE_LOST): only the
// caller can repeat what he did before. Locks of tenants are held until tx ends,
// so it should end soon. Read sees what tx sees, which is one snapshot only if
// tx is REPEATABLE READ or stricter. Outbox, Meta and Alone do not join; calls
// that wait for a lock of tx, as Outbox.Delivered may, wait until it has ended.
//
// tx must be on the store's database; its search_path may differ. Timeouts are
// those of tx. Like tx itself the context belongs to one goroutine at a time.
//
// Errors of Read and Write, beside their usual ones: INVALID_ARGUMENT with reason
// TRANSACTION_FOREIGN if tx is on another database than the store, or the store
// is on SQLite; FAILED_PRECONDITION with reason TRANSACTION_ENDED if tx has ended
// or failed already, TRANSACTION_ISOLATION for a Write if tx is not READ
// COMMITTED: it would not see what was written while it waited for a lock.
func WithTx(ctx context.Context, tx pgx.Tx) context.Context {
	return context.WithValue(ctx, txKey{}, carried{tx})
}

// carried keeps apart a transaction that is nil and none.
type carried struct{ pgx.Tx }

// txOf returns the transaction of WithTx, if ctx has one.
func txOf(ctx context.Context) (tx pgx.Tx, joined bool) {
	value, joined := ctx.Value(txKey{}).(carried)
	return value.Tx, joined
}

// Joined reports whether ctx carries a transaction of WithTx for this store:
// then nothing that Write did is committed when it returns.
func (s *Store) Joined(ctx context.Context) bool {
	_, joined := txOf(ctx)
	return joined && s.server != nil
}

// access is what a caller's transaction is joined for.
type access bool

const (
	reading access = false
	writing access = true
)

// join runs fn inside a caller's transaction, in a savepoint, so that an error,
// a panic or the end of the context leaves that transaction usable.
func (s *Store) join(ctx context.Context, tx pgx.Tx, wanted access, fn func(*session) error) error {
	switch {
	case s.server == nil:
		return foreign("is on PostgreSQL and the store is on SQLite")
	case tx == nil:
		return foreign("is nil")
	}
	savepoint, err := tx.Begin(ctx)
	if err != nil {
		return s.dialect.translate(ctx, "join transaction", ended(err))
	}
	// Does nothing after the savepoint's end.
	defer func() { _ = savepoint.Rollback(context.WithoutCancel(ctx)) }()
	leave, err := s.server.visit(ctx, savepoint, wanted)
	if err != nil {
		return s.dialect.translate(ctx, "join transaction", err)
	}
	if err := fn(s.session(joined{savepoint})); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := leave(); err != nil {
		return s.dialect.translate(ctx, "leave transaction", err)
	}
	return s.dialect.translate(ctx, "leave transaction", savepoint.Commit(ctx))
}

// visit looks where a transaction is, and lets it find our tables: those of the
// caller may have the same names. leave gives it its own search_path back; a
// rollback of the savepoint does, too.
func (s *server) visit(ctx context.Context, tx pgx.Tx, wanted access) (leave func() error, err error) {
	var database, isolation, path, found string
	const look = `SELECT current_database(), current_setting('transaction_isolation'), current_setting('search_path'), ` + schemas
	if err := tx.QueryRow(ctx, look).Scan(&database, &isolation, &path, &found); err != nil {
		return nil, err
	}
	if database != s.database {
		return nil, foreign("is on another database than the store")
	}
	if wanted == writing && isolation != "read committed" {
		return nil, iam.Forbidden("TRANSACTION_ISOLATION", "transaction", isolation,
			"must be read committed: it would not see what was written while it waited for a lock")
	}
	if found == s.path {
		return func() error { return nil }, nil
	}
	return func() error { return setPath(ctx, tx, path) }, setPath(ctx, tx, s.path)
}

func setPath(ctx context.Context, tx pgx.Tx, path string) error {
	_, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, path)
	return err
}

func foreign(sentence string) error {
	return iam.Invalid("TRANSACTION_FOREIGN", "transaction", "", sentence)
}

// ended tells a transaction that cannot be joined any more.
func ended(err error) error {
	broken, ok := errors.AsType[*pgconn.PgError](err)
	const alreadyFailed = "25P02"
	if errors.Is(err, pgx.ErrTxClosed) || (ok && broken.Code == alreadyFailed) {
		return iam.Forbidden("TRANSACTION_ENDED", "transaction", "", "has ended or failed; begin a new one").Because(err)
	}
	return err
}

// joined is a transaction inside one of a caller.
type joined struct{ tx pgx.Tx }

func (j joined) exec(ctx context.Context, text string, args []any) (int64, error) {
	tag, err := j.tx.Exec(ctx, text, args...)
	return tag.RowsAffected(), err
}

func (j joined) each(ctx context.Context, text string, args []any, visit func(scanner) error) error {
	rows, err := j.tx.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
