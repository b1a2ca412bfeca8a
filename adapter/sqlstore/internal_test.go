package sqlstore

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/migrations"
)

// Every check constraint has a sentence, but those on which no caller has an
// influence.
func TestEveryCheckHasASentence(t *testing.T) {
	t.Parallel()
	internal := map[string]bool{"tenants_delivered": true}
	files, err := fs.Glob(migrations.SQLite(), "*.sql")
	require.NoError(t, err)
	checks := 0
	for _, file := range files {
		text, err := fs.ReadFile(migrations.SQLite(), file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`CONSTRAINT (\w+)\s+CHECK`).FindAllStringSubmatch(string(text), -1) {
			require.Equal(t, internal[found[1]], checkBroken(found[1]) == nil, found[1])
			checks++
		}
	}
	require.NotZero(t, checks)
}

func TestRebind(t *testing.T) {
	t.Parallel()
	const text = `SELECT a FROM b WHERE (c, d) = (?, ?) AND e > ? LIMIT ?`
	require.Equal(t, text, sqliteDialect().rebind(text))
	require.Equal(t, `SELECT a FROM b WHERE (c, d) = ($1, $2) AND e > $3 LIMIT $4`, postgresDialect().rebind(text))
	require.Equal(t, `DELETE FROM outbox`, postgresDialect().rebind(`DELETE FROM outbox`))
}

// What can be read from the outbox is written back as the same text.
func FuzzUpdates(f *testing.F) {
	f.Add(`[]`)
	f.Add(`["T a:1#b@c:2","D a:1#b@c:2#d"]`)
	f.Add(`["X a:1#b@c:2"]`)
	f.Add(`["T nothing"]`)
	f.Add(`{"a":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		updates, err := decodeUpdates(text)
		if err != nil {
			return
		}
		encoded, err := encodeUpdates(updates)
		require.NoError(t, err)
		again, err := decodeUpdates(encoded)
		require.NoError(t, err)
		require.Equal(t, updates, again)
	})
}

func TestUnknownOperationIsNotWritten(t *testing.T) {
	t.Parallel()
	_, err := encodeUpdates([]rel.Update{{Op: "MOVE"}})
	require.Error(t, err)
	_, err = decodeUpdates(`["T a:1#b@c:2","M a:1#b@c:2"]`)
	require.Error(t, err)
}

// goose looks what is to do before the transaction of a migration begins. If
// another opener ran it meanwhile, it must not be run a second time.
func TestMigrationIsNotedOnce(t *testing.T) {
	t.Parallel()
	d := sqliteDialect()
	pool, err := sql.Open(sqliteDriver, filepath.Join(t.TempDir(), "ambit.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	versions, err := database.NewStore(d.goose, goose.DefaultTablename)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, d.beginVersions(t.Context(), pool, versions))
	}
	noted := once{versions.(database.StoreExtender)}
	require.NoError(t, noted.Insert(t.Context(), pool, database.InsertRequest{Version: 1}))
	err = noted.Insert(t.Context(), pool, database.InsertRequest{Version: 1})
	require.ErrorIs(t, err, errOvertaken)
	require.True(t, d.worthRetry(err))
	require.NoError(t, noted.Insert(t.Context(), pool, database.InsertRequest{Version: 2}))
	all, err := versions.ListMigrations(t.Context(), pool)
	require.NoError(t, err)
	require.Len(t, all, 3, "0, 1 and 2")
}
