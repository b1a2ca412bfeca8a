package cli_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/cli"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := ambit(t, "migrate", "status", "--data", folder)
	assert.Equal(t, cli.ExitFailed, r.code, "some are pending")
	assert.Contains(t, r.stdout, "1  tables                    pending")
	require.NoFileExists(t, filepath.Join(folder, "ambit.db"), "status changes nothing")

	r = ambit(t, "migrate", "up", "--data", folder)
	assert.Equal(t, cli.ExitDone, r.code, r.stderr)
	assert.Contains(t, r.stdout, "migrated to version 2: delivery")
	r = ambit(t, "migrate", "up", "--data", folder)
	assert.Equal(t, cli.ExitDone, r.code)
	assert.Contains(t, r.stdout, "nothing to do")
	r = ambit(t, "migrate", "status", "--data", folder, "-o", "json")
	assert.Equal(t, cli.ExitDone, r.code)
	assert.Contains(t, r.stdout, `"name": "delivery"`)
	assert.NotContains(t, r.stdout, "pending")
}

// TestProductionRefused: one sentence each, and no hint at a server that has
// nothing to do with it.
func TestProductionRefused(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef0123456789abcdef"
	production := []string{"--database", "postgres://nobody:hush@127.0.0.1:1/ambit", "--spicedb-endpoint", "127.0.0.1:1", "--spicedb-key", "hush", "--token", secret}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{append([]string{"serve", "--listen", "127.0.0.1:0"}, production...), cli.ExitFailed, "ambit: the database cannot be reached; try again later\n"},
		{append([]string{"rebuild"}, production[:6]...), cli.ExitFailed, "ambit: the database cannot be reached; try again later\n"},
		{append([]string{"migrate", "up"}, production[:2]...), cli.ExitFailed, "ambit: the database cannot be reached; try again later\n"},
		{[]string{"rebuild", "--data", t.TempDir()}, cli.ExitFailed, "ambit: there is nothing to rebuild: the SpiceDB of ambit serve is filled at each start; say --spicedb-endpoint for one elsewhere\n"},
		{[]string{"migrate", "status", "--database", "ambit.db"}, cli.ExitFailed, "ambit: the database is a URL of PostgreSQL, as in postgres://user:password@host:5432/ambit; leave it out for SQLite\n"},
		{[]string{"serve", "--database", "postgres://x", "--token", secret}, cli.ExitMisuse, "ambit: a PostgreSQL database needs a SpiceDB that all its servers share: say --spicedb-endpoint (AMBIT_SPICEDB_ENDPOINT)\n"},
		{[]string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--log-level", "error", "--spicedb-endpoint", "127.0.0.1:1", "--spicedb-key", "hush"}, cli.ExitFailed, "ambit: SpiceDB cannot be reached at 127.0.0.1:1\n"},
	} {
		r := ambit(t, c.args...)
		assert.Equal(t, c.code, r.code, "%v", c.args)
		assert.Equal(t, c.want, r.stderr, "%v", c.args)
		assert.NotContains(t, r.stdout+r.stderr, "hush")
	}
}
