package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

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

// migrate brings the database to our version and returns what it did. Each
// migration is one transaction, so of two openers one wins each; the other finds
// the work done when it looks again.
func (d *dialect) migrate(ctx context.Context, pool *sql.DB, logger *slog.Logger) ([]Migration, error) {
	done := map[int64]bool{}
	err := d.retry(ctx, func() error {
		results, err := d.migrateOnce(ctx, pool)
		for _, result := range results {
			done[result.Source.Version] = true
			logger.InfoContext(ctx, "database migrated", "version", result.Source.Version, "took", result.Duration)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := d.status(ctx, pool)
	if err != nil {
		return nil, err
	}
	var ours []Migration
	for _, migration := range found {
		if done[migration.Version] {
			ours = append(ours, migration)
		}
	}
	return ours, nil
}

// retry runs fn again as long as another opener may be in its way.
func (d *dialect) retry(ctx context.Context, fn func() error) error {
	patience, stop := context.WithTimeout(ctx, openPatience)
	defer stop()
	for try := 1; ; try++ {
		err := fn()
		if err == nil || try == openTries || !d.worthRetry(err) {
			return err
		}
		select {
		case <-patience.Done():
			return err
		case <-time.After(openPause):
		}
	}
}

// migrateOnce returns what it did before an error, too.
func (d *dialect) migrateOnce(ctx context.Context, pool *sql.DB) ([]*goose.MigrationResult, error) {
	found, err := d.status(ctx, pool)
	if err != nil {
		return nil, err
	}
	if reason := checkVersion(found); iam.ReasonOf(reason) == tooNew {
		return nil, reason
	}
	provider, err := d.provider(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		results = partial.Applied
	}
	if err != nil {
		return results, fmt.Errorf("migrate database: %w", err)
	}
	return results, nil
}

func (d *dialect) provider(ctx context.Context, pool *sql.DB) (*goose.Provider, error) {
	versions, err := database.NewStore(d.goose, goose.DefaultTablename)
	if err != nil {
		return nil, err
	}
	extended, ok := versions.(database.StoreExtender)
	if !ok {
		return nil, fmt.Errorf("%T is not what goose makes", versions)
	}
	if err := d.beginVersions(ctx, pool, versions); err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectCustom, pool, d.migrations(),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()), goose.WithStore(once{extended}))
}

// beginVersions makes goose's table if there is none. goose would do it, but
// waits a second whenever that fails, and tries again even what is forbidden.
func (d *dialect) beginVersions(ctx context.Context, pool *sql.DB, versions database.Store) error {
	tables := 0
	if err := pool.QueryRowContext(ctx, d.versioned).Scan(&tables); err != nil || tables > 0 {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := versions.CreateVersionTable(ctx, tx); err != nil {
		return err
	}
	if err := versions.Insert(ctx, tx, database.InsertRequest{Version: 0}); err != nil {
		return err
	}
	return tx.Commit()
}

// once notes a version in the transaction of its migration, and only if nobody
// else has: goose looks what is to do before that transaction begins.
type once struct{ database.StoreExtender }

// errOvertaken: another opener ran the migration first.
var errOvertaken = errors.New("the migration has been run meanwhile")

// Insert implements database.Store.
func (o once) Insert(ctx context.Context, db database.DBTxConn, request database.InsertRequest) error {
	_, err := o.GetMigration(ctx, db, request.Version)
	if err == nil {
		return errOvertaken
	}
	if !errors.Is(err, database.ErrVersionNotFound) {
		return err
	}
	return o.StoreExtender.Insert(ctx, db, request)
}

// worthRetry reports whether err can come from two openers in each other's way:
// a table that is there all of a sudden, or a lock.
func (d *dialect) worthRetry(err error) bool {
	if iam.ReasonOf(err) != "" {
		return false
	}
	if errors.Is(err, errOvertaken) || d.isDuplicate(err) {
		return true
	}
	kind, _ := d.classify(err)
	return kind == faultBusy || kind == faultUnavailable || kind == faultRaced
}
