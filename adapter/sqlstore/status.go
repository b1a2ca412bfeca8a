package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Migration is one step from a version of the database to the next.
type Migration struct {
	// Version is its number, and that of the database after it.
	Version int64
	// Name says what it does; empty if a newer Ambit ran it.
	Name string
	// Applied is when it was run, in UTC; zero: it is pending.
	Applied time.Time
}

const (
	tooNew = "DATABASE_TOO_NEW"
	tooOld = "DATABASE_TOO_OLD"
)

// checkVersion refuses a database that is not at our version.
func checkVersion(found []Migration) error {
	var current, ours int64
	for _, migration := range found {
		if migration.Name != "" {
			ours = migration.Version
		}
		if !migration.Applied.IsZero() {
			current = migration.Version
		}
	}
	switch {
	case current > ours:
		return iam.Forbidden(tooNew, "", "", fmt.Sprintf(
			"the database is at version %d, written by a newer Ambit; this one knows version %d", current, ours))
	case current < ours:
		return iam.Forbidden(tooOld, "", "", fmt.Sprintf(
			"the database is at version %d, and this Ambit needs version %d; run ambit migrate up, or start with --auto-migrate", current, ours))
	}
	return nil
}

// status returns all migrations by version: ours, and those that a newer Ambit
// has run. It changes nothing.
func (d *dialect) status(ctx context.Context, pool *sql.DB) ([]Migration, error) {
	applied, err := d.applied(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("read database version: %w", err)
	}
	found, err := d.known()
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	for i, migration := range found {
		found[i].Applied = applied[migration.Version]
		delete(applied, migration.Version)
	}
	for version, at := range applied {
		found = append(found, Migration{Version: version, Applied: at})
	}
	slices.SortFunc(found, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return found, nil
}

// known returns our migrations, all of them pending. Their files are named
// "0002_delivery.sql".
func (d *dialect) known() ([]Migration, error) {
	files, err := fs.Glob(d.migrations(), "*.sql")
	if err != nil {
		return nil, err
	}
	found := make([]Migration, len(files))
	for i, file := range files {
		number, name, _ := strings.Cut(strings.TrimSuffix(file, ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		found[i] = Migration{Version: version, Name: name}
	}
	return found, nil
}

// applied returns when which version was reached. goose notes a version 0 for
// the empty database.
func (d *dialect) applied(ctx context.Context, pool *sql.DB) (map[int64]time.Time, error) {
	at := map[int64]time.Time{}
	tables := 0
	if err := pool.QueryRowContext(ctx, d.versioned).Scan(&tables); err != nil || tables == 0 {
		return at, err
	}
	rows, err := pool.QueryContext(ctx, `SELECT version_id, tstamp FROM goose_db_version WHERE version_id > 0 ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err says whatever Close would
	for rows.Next() {
		var version int64
		var when time.Time
		if err := rows.Scan(&version, &when); err != nil {
			return nil, err
		}
		at[version] = when.UTC()
	}
	return at, rows.Err()
}
