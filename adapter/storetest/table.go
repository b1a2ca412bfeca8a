package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// noun says how to test the table of one noun.
type noun[Key comparable, Row, Filter any] struct {
	table func(adapter.Rows) adapter.Table[Key, Row, Filter]
	key   func(Row) Key
	// cursor is the key as a page continues after it.
	cursor func(Key) string
	stamp  func(*Row) *iam.Stamp
	page   func(adapter.Listing) Filter
	// scopes are put before the rows.
	scopes []iam.Scope
	// rows are in the order of their keys; each may be put after those before.
	rows []Row
	// changed is the first row in another state, differing in every field that
	// may change.
	changed Row
	filters []filterCase[Filter]
}

// filterCase names the rows that a filter finds, by their place in noun.rows.
type filterCase[Filter any] struct {
	name   string
	filter Filter
	want   []int
}

// run tests all that tables have in common.
func (n noun[Key, Row, Filter]) run(t *testing.T, open Open) {
	store := open(t)
	write(t, store, func(tx adapter.Tx) error {
		if err := putAll(t.Context(), tx.Scopes(), n.scopes); err != nil {
			return err
		}
		return putAll(t.Context(), n.table(tx), n.rows)
	})
	for _, c := range n.filters {
		t.Run("filter "+c.name, func(t *testing.T) {
			t.Parallel()
			want := []Row{}
			for _, i := range c.want {
				want = append(want, n.rows[i])
			}
			n.same(t, want, n.list(t, store, c.filter))
		})
	}
	t.Run("get", func(t *testing.T) {
		t.Parallel()
		n.testGet(t, store)
	})
	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		n.testPages(t, store)
	})
	t.Run("put", func(t *testing.T) {
		t.Parallel()
		n.testPut(t, open(t))
	})
	t.Run("delete", func(t *testing.T) {
		t.Parallel()
		n.testDelete(t, open(t))
	})
}

func (n noun[Key, Row, Filter]) testGet(t *testing.T, store adapter.Store) {
	for _, row := range n.rows {
		found, err := n.get(t.Context(), store, n.key(row))
		require.NoError(t, err)
		n.same(t, []Row{row}, []Row{found})
	}
	var none Key
	_, err := n.get(t.Context(), store, none)
	require.Equal(t, iam.NotFound, iam.CodeOf(err))
}

// testPages reads all rows with every page size, and each page must be full.
func (n noun[Key, Row, Filter]) testPages(t *testing.T, store adapter.Store) {
	n.same(t, n.rows, n.list(t, store, n.page(adapter.Listing{})))
	for size := 1; size <= len(n.rows); size++ {
		var all []Row
		bounds := adapter.Listing{Limit: size}
		for {
			page := n.list(t, store, n.page(bounds))
			if len(page) == 0 {
				break
			}
			before := len(all)
			all = append(all, page...)
			require.Len(t, page, min(size, len(n.rows)-before), "page of %d", size)
			bounds.After = n.cursor(n.key(page[len(page)-1]))
		}
		n.same(t, n.rows, all)
	}
}

// testPut: "It sets Revision to the old one plus 1 and keeps Created."
func (n noun[Key, Row, Filter]) testPut(t *testing.T, store adapter.Store) {
	n.putScopes(t, store)
	first := n.put(t, store, n.rows[0])
	stamp := *n.stamp(&first)
	require.EqualValues(t, 1, stamp.Revision)
	require.Equal(t, stamp.Created, stamp.Updated)
	require.Equal(t, time.UTC, stamp.Created.Location())
	require.Equal(t, stamp.Created.Truncate(time.Millisecond), stamp.Created)
	require.WithinDuration(t, time.Now(), stamp.Created, 24*time.Hour)

	second := n.put(t, store, n.changed)
	require.EqualValues(t, 2, n.stamp(&second).Revision)
	require.Equal(t, stamp.Created, n.stamp(&second).Created)
	require.False(t, n.stamp(&second).Updated.Before(stamp.Updated))

	found, err := n.get(t.Context(), store, n.key(n.changed))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(second, found), "Put returns what Get finds")
	n.same(t, []Row{n.changed}, []Row{found})

	again := n.put(t, store, n.rows[0])
	require.EqualValues(t, 3, n.stamp(&again).Revision)
	n.same(t, n.rows[:1], n.list(t, store, n.page(adapter.Listing{})))
}

func (n noun[Key, Row, Filter]) testDelete(t *testing.T, store adapter.Store) {
	n.putScopes(t, store)
	key := n.key(n.rows[0])
	remove := func(tx adapter.Tx) error { return n.table(tx).Delete(t.Context(), key) }
	refused(t, store, iam.NotFound, "NOT_FOUND", remove)
	n.put(t, store, n.rows[0])
	write(t, store, remove)
	_, err := n.get(t.Context(), store, key)
	require.Equal(t, iam.NotFound, iam.CodeOf(err))
	refused(t, store, iam.NotFound, "NOT_FOUND", remove)

	// What belonged to the old row must not come back with a new one.
	renewed := n.put(t, store, n.rows[0])
	require.EqualValues(t, 1, n.stamp(&renewed).Revision)
	n.same(t, n.rows[:1], n.list(t, store, n.page(adapter.Listing{})))
}

func (n noun[Key, Row, Filter]) putScopes(t *testing.T, store adapter.Store) {
	t.Helper()
	write(t, store, func(tx adapter.Tx) error { return putAll(t.Context(), tx.Scopes(), n.scopes) })
}

func (n noun[Key, Row, Filter]) put(t *testing.T, store adapter.Store, row Row) Row {
	t.Helper()
	var stored Row
	write(t, store, func(tx adapter.Tx) error {
		var err error
		stored, err = n.table(tx).Put(t.Context(), row)
		return err
	})
	return stored
}

func (n noun[Key, Row, Filter]) get(ctx context.Context, store adapter.Store, key Key) (Row, error) {
	var found Row
	err := store.Read(ctx, func(rows adapter.Rows) error {
		var err error
		found, err = n.table(rows).Get(ctx, key)
		return err
	})
	return found, err
}

func (n noun[Key, Row, Filter]) list(t *testing.T, store adapter.Store, filter Filter) []Row {
	t.Helper()
	return read(t, store, func(rows adapter.Rows) ([]Row, error) { return n.table(rows).List(t.Context(), filter) })
}

// same compares rows without their stamps.
func (n noun[Key, Row, Filter]) same(t *testing.T, want, got []Row) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, got, cmpopts.IgnoreTypes(iam.Stamp{}), cmpopts.EquateEmpty()))
}
