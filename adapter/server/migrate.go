package server

import (
	"context"
	"time"

	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

// Migration is one step from a version of a database to the next.
type Migration struct {
	Version int64
	Name    string
	// Applied is when it was run; zero: it is pending.
	Applied time.Time
}

// Migrate brings the configured database to our version, and returns what it
// did, in order.
func Migrate(ctx context.Context, config Config) ([]Migration, error) {
	return config.migrations(func(c Config, file string) ([]sqlstore.Migration, error) {
		// The types of subjects decide nothing about tables.
		model, err := schema.Builtin("scalr")
		if err != nil {
			return nil, err
		}
		settings := storeConfig(model, c.Logger)
		if c.Database == "" {
			return sqlstore.MigrateSQLite(ctx, file, settings)
		}
		return sqlstore.MigratePostgres(ctx, c.Database, settings)
	})
}

// Migrations returns all steps, done and pending, and changes nothing.
func Migrations(ctx context.Context, config Config) ([]Migration, error) {
	return config.migrations(func(c Config, file string) ([]sqlstore.Migration, error) {
		if c.Database == "" {
			return sqlstore.StatusSQLite(ctx, file)
		}
		return sqlstore.StatusPostgres(ctx, c.Database)
	})
}

func (c Config) migrations(ask func(c Config, file string) ([]sqlstore.Migration, error)) ([]Migration, error) {
	if err := c.checkDatabase(); err != nil {
		return nil, err
	}
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	found, err := ask(c, (&dataFolder{path: c.Data}).file(databaseFile))
	migrations := make([]Migration, len(found))
	for i, migration := range found {
		migrations[i] = Migration(migration)
	}
	return migrations, err
}
