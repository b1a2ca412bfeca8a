package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// openTries, openPause and openPatience bound how long an opener waits for
// another one that is building the same database. The first ends a fault that
// only looks like a race, the last a lock that nobody gives back.
const (
	openTries    = 20
	openPause    = 50 * time.Millisecond
	openPatience = 10 * time.Second
)

// migrate brings the database to our version. Each migration is one
// transaction, so of two openers one wins each; the other finds the work done
// when it looks again.
func (s *Store) migrate(ctx context.Context, options ...goose.ProviderOption) error {
	return s.retry(ctx, func() error { return s.migrateOnce(ctx, options) })
}

// retry runs fn again as long as another opener may be in its way.
func (s *Store) retry(ctx context.Context, fn func() error) error {
	patience, stop := context.WithTimeout(ctx, openPatience)
	defer stop()
	for try := 1; ; try++ {
		err := fn()
		if err == nil || try == openTries || !s.dialect.worthRetry(err) {
			return err
		}
		select {
		case <-patience.Done():
			return err
		case <-time.After(openPause):
		}
	}
}

func (s *Store) migrateOnce(ctx context.Context, options []goose.ProviderOption) error {
	options = append([]goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	}, options...)
	provider, err := goose.NewProvider(s.dialect.goose, s.writer, s.dialect.migrations(), options...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, ours, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read database version: %w", err)
	}
	if current > ours {
		return iam.Forbidden("DATABASE_TOO_NEW", "", "", fmt.Sprintf(
			"the database is at version %d, written by a newer Ambit; this one knows version %d", current, ours))
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	for _, result := range done {
		s.config.Logger.InfoContext(ctx, "database migrated", "version", result.Source.Version, "took", result.Duration)
	}
	return nil
}

// worthRetry reports whether err can come from two openers in each other's way:
// a table that is there all of a sudden, or a lock.
func (d *dialect) worthRetry(err error) bool {
	if iam.ReasonOf(err) != "" {
		return false
	}
	kind, _ := d.classify(err)
	return kind == faultUnavailable || kind == faultRaced || d.isDuplicate(err)
}

// open makes a pool and looks whether a database answers.
func open(ctx context.Context, driver, dsn string, connections int) (*sql.DB, error) {
	pool, err := sql.Open(driver, dsn)
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
