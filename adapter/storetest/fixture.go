package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// errStop is an error that only tests return.
var errStop = errors.New("stop")

// ref reads "type:id".
func ref(text string) iam.Ref {
	parsed, err := iam.ParseRef("test", text)
	if err != nil {
		panic(err) // a typo in a test of this package
	}
	return parsed
}

// refs reads several.
func refs(texts ...string) []iam.Ref {
	list := make([]iam.Ref, len(texts))
	for i, text := range texts {
		list[i] = ref(text)
	}
	return list
}

func root(text string) iam.Scope {
	return iam.Scope{Ref: ref(text), Tenant: ref(text), Name: "Root " + text}
}

func scope(text, parent, tenant string) iam.Scope {
	return iam.Scope{Ref: ref(text), Parent: ref(parent), Tenant: ref(tenant), Name: "Scope " + text}
}

// landscape is where the rows of the other nouns lie: two tenants, in one of
// them an environment and a workspace.
func landscape() []iam.Scope {
	return []iam.Scope{
		root("account:A"),
		root("account:B"),
		scope("environment:E", "account:A", "account:A"),
		scope("workspace:W", "environment:E", "account:A"),
	}
}

// withLandscape opens a store that holds the landscape.
func withLandscape(t *testing.T, open Open) adapter.Store {
	t.Helper()
	store := open(t)
	write(t, store, func(tx adapter.Tx) error {
		return putAll(t.Context(), tx.Scopes(), landscape())
	})
	return store
}

// putAll writes rows in their order.
func putAll[Key comparable, Row, Filter any](ctx context.Context, table adapter.Table[Key, Row, Filter], rows []Row) error {
	for _, row := range rows {
		if _, err := table.Put(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// write runs fn and expects it to commit.
func write(t *testing.T, store adapter.Store, fn func(adapter.Tx) error) {
	t.Helper()
	require.NoError(t, store.Write(t.Context(), fn))
}

// refused runs fn and expects an error with that code and reason.
func refused(t *testing.T, store adapter.Store, code iam.Code, reason string, fn func(adapter.Tx) error) {
	t.Helper()
	err := store.Write(t.Context(), fn)
	require.Error(t, err)
	require.Equal(t, code, iam.CodeOf(err), "%v", err)
	require.Equal(t, reason, iam.ReasonOf(err), "%v", err)
}

// read returns what fn finds on one snapshot.
func read[Value any](t *testing.T, store adapter.Store, fn func(adapter.Rows) (Value, error)) Value {
	t.Helper()
	var value Value
	require.NoError(t, store.Read(t.Context(), func(rows adapter.Rows) error {
		var err error
		value, err = fn(rows)
		return err
	}))
	return value
}

// updates makes one touch for each tuple text.
func updates(t *testing.T, tuples ...string) []rel.Update {
	t.Helper()
	list := make([]rel.Update, len(tuples))
	for i, text := range tuples {
		tuple, err := rel.ParseTuple(text)
		require.NoError(t, err)
		list[i] = rel.Update{Op: rel.Touch, Tuple: tuple}
	}
	return list
}
