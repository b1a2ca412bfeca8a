package migrations_test

import (
	"io/fs"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/migrations"
)

// A version must mean the same tables in every product.
func TestFoldersHoldTheSameFiles(t *testing.T) {
	t.Parallel()
	sqlite, err := fs.Glob(migrations.SQLite(), "*.sql")
	require.NoError(t, err)
	postgres, err := fs.Glob(migrations.Postgres(), "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, sqlite)
	require.Equal(t, sqlite, postgres)
}

var (
	tableName      = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)
	indexName      = regexp.MustCompile(`(?m)^CREATE (?:UNIQUE )?INDEX (\w+)`)
	constraintName = regexp.MustCompile(`CONSTRAINT (\w+)`)
	addedColumn    = regexp.MustCompile(`(?m)^ALTER TABLE (\w+) ADD COLUMN (\w+)`)
)

// The names of tables, indexes, constraints and added columns are what the Go
// code knows, so they must not differ between the products.
func TestFoldersUseTheSameNames(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.SQLite(), "*.sql")
	require.NoError(t, err)
	found := map[*regexp.Regexp]int{}
	for _, name := range names {
		sqlite, err := fs.ReadFile(migrations.SQLite(), name)
		require.NoError(t, err)
		postgres, err := fs.ReadFile(migrations.Postgres(), name)
		require.NoError(t, err)
		for _, pattern := range []*regexp.Regexp{tableName, indexName, constraintName, addedColumn} {
			want := pattern.FindAllStringSubmatch(string(sqlite), -1)
			require.Equal(t, want, pattern.FindAllStringSubmatch(string(postgres), -1), name)
			found[pattern] += len(want)
		}
	}
	require.Len(t, found, 4)
	for pattern, count := range found {
		require.NotZero(t, count, "%s finds nothing any more", pattern)
	}
}
