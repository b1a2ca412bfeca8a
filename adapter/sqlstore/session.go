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
	tx  transaction
	// entered: the transaction keeps clear of Alone, or need not. See enter.
	entered bool
}

var _ adapter.Tx = (*session)(nil)

// transaction runs the statements of a session. Errors are the driver's.
type transaction interface {
	// exec runs a statement and returns the number of rows it changed.
	exec(ctx context.Context, text string, args []any) (int64, error)
	// each calls visit for every row that a query finds.
	each(ctx context.Context, text string, args []any, visit func(scanner) error) error
}

// query is a text with its arguments, and what it is for: "list users".
type query struct {
	attempted string
	text      string
	args      []any
}

// scanner is what the rows of all drivers have in common.
type scanner interface {
	Scan(targets ...any) error
}

// exec runs a statement that changes rows and returns their number.
func (s *session) exec(ctx context.Context, q query) (int64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	return s.run(ctx, q)
}

// run is exec for statements that change no rows.
func (s *session) run(ctx context.Context, q query) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	changed, err := s.tx.exec(s.dialect.detached(ctx), s.dialect.rebind(q.text), q.args)
	return changed, s.dialect.translate(ctx, q.attempted, err)
}

// each calls visit for every row of a query.
func (s *session) each(ctx context.Context, q query, visit func(scanner) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.tx.each(s.dialect.detached(ctx), s.dialect.rebind(q.text), q.args, visit)
	return s.dialect.translate(ctx, q.attempted, err)
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

// pooled is a transaction on a connection of the store's own.
type pooled struct {
	tx *sql.Tx
	// prepares: statements are prepared by hand and used again. They end with
	// the transaction.
	prepares bool
	prepared map[string]*sql.Stmt
}

func (p *pooled) exec(ctx context.Context, text string, args []any) (int64, error) {
	result, err := p.execute(ctx, text, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p *pooled) execute(ctx context.Context, text string, args []any) (sql.Result, error) {
	if !p.prepares {
		return p.tx.ExecContext(ctx, text, args...)
	}
	stmt, err := p.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (p *pooled) each(ctx context.Context, text string, args []any, visit func(scanner) error) error {
	rows, err := p.rows(ctx, text, args)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says whatever Close would
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (p *pooled) rows(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if !p.prepares {
		return p.tx.QueryContext(ctx, text, args...)
	}
	stmt, err := p.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// prepare returns the statement for text, made on its first use.
func (p *pooled) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := p.prepared[text]; ok {
		return stmt, nil
	}
	stmt, err := p.tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if p.prepared == nil {
		p.prepared = map[string]*sql.Stmt{}
	}
	p.prepared[text] = stmt
	return stmt, nil
}
