package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// A store on SQLite has no part in a transaction on PostgreSQL, whatever that is.
func TestSQLiteDoesNotJoin(t *testing.T) {
	t.Parallel()
	store := openSQLite(t, "", standard())
	ctx := sqlstore.WithTx(t.Context(), nil)
	require.False(t, store.Joined(ctx))
	fail := func() error { t.Error("ran all the same"); return nil }
	for _, err := range []error{
		store.Write(ctx, func(adapter.Tx) error { return fail() }),
		store.Read(ctx, func(adapter.Rows) error { return fail() }),
	} {
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
		require.Equal(t, "TRANSACTION_FOREIGN", iam.ReasonOf(err))
		require.Equal(t, "transaction: is on PostgreSQL and the store is on SQLite", err.Error())
	}
	addUser(t, store, "without")
}
