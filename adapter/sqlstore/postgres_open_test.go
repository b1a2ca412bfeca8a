//go:build postgres

package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// guardedDSN returns AMBIT_TEST_POSTGRES_PASSWORD_DSN, a URL with the password
// of a user who may log in and nothing else.
func guardedDSN(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("AMBIT_TEST_POSTGRES_PASSWORD_DSN")
	if dsn == "" {
		t.Fatal("set AMBIT_TEST_POSTGRES_PASSWORD_DSN=postgres://user:password@host/database, or run scripts/with-postgres")
	}
	return dsn
}

// edit changes the parts of a URL.
func edit(t *testing.T, dsn string, change func(*url.URL)) string {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	change(address)
	return address.String()
}

// What is in the way of opening is said in one sentence, and every function that
// opens says the same.
func TestPostgresOpenErrors(t *testing.T) {
	t.Parallel()
	dsn, guarded := postgresDSN(t), guardedDSN(t)
	for name, c := range map[string]struct {
		dsn    string
		code   iam.Code
		reason string
		text   string
	}{
		"nobody listens": {
			"postgres://secret:word@127.0.0.1:1/x", iam.Unavailable, "UNAVAILABLE",
			"the database cannot be reached; try again later",
		},
		"no such host": {
			"postgres://secret:word@no-such-host.invalid/x", iam.Unavailable, "UNAVAILABLE",
			"the database cannot be reached; try again later",
		},
		"wrong password": {
			edit(t, guarded, func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "secret") }),
			iam.FailedPrecondition, "DATABASE_REFUSED", "the database refused the user or the password",
		},
		"unknown user": {
			edit(t, dsn, func(u *url.URL) { u.User = url.User("nobody") }),
			iam.FailedPrecondition, "DATABASE_REFUSED", "the database refused the user or the password",
		},
		"unknown database": {
			edit(t, dsn, func(u *url.URL) { u.Path = "/nowhere" }),
			iam.FailedPrecondition, "DATABASE_UNKNOWN", `database "nowhere": does not exist on the server; create it first`,
		},
		"malformed": {
			"postgres://secret:word@host:port/x", iam.InvalidArgument, "DSN_MALFORMED",
			"database: is named neither by postgres://user@host/name nor by host=... user=... dbname=..., or with an option that cannot be",
		},
		"unknown option": {
			set(t, dsn, "pool_max_conns", "7"), iam.InvalidArgument, "DSN_MALFORMED",
			"database: is named with an option that the server does not know, or a value that it refuses",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, opened := sqlstore.OpenPostgres(t.Context(), c.dsn, standard())
			_, migrated := sqlstore.MigratePostgres(t.Context(), c.dsn, standard())
			_, asked := sqlstore.StatusPostgres(t.Context(), c.dsn)
			for _, err := range []error{opened, migrated, asked} {
				require.Error(t, err)
				require.Equal(t, c.code, iam.CodeOf(err), "%v", errors.Unwrap(err))
				require.Equal(t, c.reason, iam.ReasonOf(err))
				require.Equal(t, c.text, err.Error())
				for cause := err; cause != nil; cause = errors.Unwrap(cause) {
					require.NotContains(t, fmt.Sprintf("%v", cause), "word@", "no password in what is logged")
				}
			}
		})
	}
}

// A user who may log in may not be allowed to create tables; somebody else has
// to migrate, and then he may work.
func TestPostgresRights(t *testing.T) {
	t.Parallel()
	owned := newSchema(t, postgresDSN(t))
	admin := connect(t, owned)
	schema := admin.Config().RuntimeParams["search_path"]
	restricted := set(t, guardedDSN(t), "search_path", schema)

	_, err := sqlstore.OpenPostgres(t.Context(), restricted, standard())
	require.Equal(t, "SCHEMA_UNKNOWN", iam.ReasonOf(err), "he does not even see it: %v", errors.Unwrap(err))
	grant := func(what string) {
		_, err := admin.Exec(t.Context(), fmt.Sprintf(what, schema)+" TO ambit_guarded")
		require.NoError(t, err)
	}
	grant(`GRANT USAGE ON SCHEMA %s`)
	_, err = sqlstore.OpenPostgres(t.Context(), restricted, standard())
	require.Equal(t, "DATABASE_DENIED", iam.ReasonOf(err), "%v", errors.Unwrap(err))
	require.Equal(t, iam.FailedPrecondition, iam.CodeOf(err))

	_, err = sqlstore.MigratePostgres(t.Context(), owned, standard())
	require.NoError(t, err)
	config := with(func(c *sqlstore.Config) { c.NoMigrate = true })
	_, err = sqlstore.OpenPostgres(t.Context(), restricted, config)
	require.Equal(t, "DATABASE_DENIED", iam.ReasonOf(err), "%v", errors.Unwrap(err))
	grant(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s`)
	store := openPostgresWith(t, restricted, config)
	addUser(t, store, "u")
	require.NoError(t, store.Alone(t.Context(), func(context.Context) error { return nil }))
	var count int
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM users`).Scan(&count))
	require.Equal(t, 1, count)
}
