package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/ambit-iam/ambit/adapter"
)

// session runs statements inside one transaction. It belongs to one goroutine.
type session struct {
	dialect  *dialect
	subjects SubjectTypes
	// now is the moment of the transaction: all it stamps carries the same time.
	now time.Time
	tx  *sql.Tx
	// prepared holds the statements by their text; they end with the transaction.
	prepared map[string]*sql.Stmt
}

var _ adapter.Tx = (*session)(nil)

// query is a text with its arguments, and what it is for: "list users".
type query struct {
	attempted string
	text      string
	args      []any
}

// scanner is what *sql.Row and *sql.Rows have in common.
type scanner interface {
	Scan(targets ...any) error
}

// exec runs a statement and returns the number of rows it changed.
func (s *session) exec(ctx context.Context, q query) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	result, err := s.execute(s.dialect.detached(ctx), q)
	if err != nil {
		return 0, s.dialect.translate(ctx, q.attempted, err)
	}
	changed, err := result.RowsAffected()
	return changed, s.dialect.translate(ctx, q.attempted, err)
}

func (s *session) execute(ctx context.Context, q query) (sql.Result, error) {
	if !s.dialect.prepares {
		return s.tx.ExecContext(ctx, s.dialect.rebind(q.text), q.args...)
	}
	stmt, err := s.prepare(ctx, q.text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, q.args...)
}

func (s *session) rows(ctx context.Context, q query) (*sql.Rows, error) {
	if !s.dialect.prepares {
		return s.tx.QueryContext(ctx, s.dialect.rebind(q.text), q.args...)
	}
	stmt, err := s.prepare(ctx, q.text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, q.args...)
}

// prepare returns the statement for text, made on its first use.
func (s *session) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared[text]; ok {
		return stmt, nil
	}
	stmt, err := s.tx.PrepareContext(ctx, s.dialect.rebind(text))
	if err != nil {
		return nil, err
	}
	s.prepared[text] = stmt
	return stmt, nil
}

// each calls visit for every row of a query.
func (s *session) each(ctx context.Context, q query, visit func(scanner) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rows, err := s.rows(s.dialect.detached(ctx), q)
	if err != nil {
		return s.dialect.translate(ctx, q.attempted, err)
	}
	defer func() { _ = rows.Close() }() // Err says whatever Close would
	for rows.Next() {
		if err := visit(rows); err != nil {
			return s.dialect.translate(ctx, q.attempted, err)
		}
	}
	return s.dialect.translate(ctx, q.attempted, rows.Err())
}

// collect returns the rows of a query, or nil if there are none.
func collect[Row any](ctx context.Context, s *session, q query, scan func(scanner) (Row, error)) ([]Row, error) {
	var found []Row
	err := s.each(ctx, q, func(row scanner) error {
		one, err := scan(row)
		found = append(found, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// first scans the row of a query that finds at most one, and reports whether
// there was one.
func (s *session) first(ctx context.Context, q query, targets ...any) (bool, error) {
	found := false
	err := s.each(ctx, q, func(row scanner) error {
		found = true
		return row.Scan(targets...)
	})
	return found, err
}
