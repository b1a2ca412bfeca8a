package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// testScopeTree: what only scopes can do.
func testScopeTree(t *testing.T, open Open) {
	t.Run("parents before children, in pages", func(t *testing.T) {
		t.Parallel()
		testTreeOrder(t, open(t))
	})
	t.Run("a page whose end is gone", func(t *testing.T) {
		t.Parallel()
		testPageLost(t, withLandscape(t, open))
	})
	t.Run("no cycle", func(t *testing.T) {
		t.Parallel()
		testCycle(t, withLandscape(t, open))
	})
	t.Run("malformed page key", func(t *testing.T) {
		t.Parallel()
		store := open(t)
		for _, filter := range []adapter.ScopeFilter{{}, {Under: ref("account:A")}} {
			filter.After = "nothing"
			err := store.Read(t.Context(), func(rows adapter.Rows) error {
				_, err := rows.Scopes().List(t.Context(), filter)
				return err
			})
			require.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
		}
	})
}

// testTreeOrder builds a chain whose names sort against its depth.
func testTreeOrder(t *testing.T, store adapter.Store) {
	rows := []iam.Scope{root("z:root"), scope("a:other", "z:root", "z:root")}
	parent := "z:root"
	for i := range 5 {
		name := fmt.Sprintf("folder:%d", 9-i)
		rows = append(rows, scope(name, parent, "z:root"))
		parent = name
	}
	write(t, store, func(tx adapter.Tx) error { return putAll(t.Context(), tx.Scopes(), rows) })
	for size := range len(rows) + 1 {
		filter := adapter.ScopeFilter{Under: ref("z:root"), Listing: adapter.Listing{Limit: size}}
		var found []string
		for {
			page := read(t, store, func(r adapter.Rows) ([]iam.Scope, error) { return r.Scopes().List(t.Context(), filter) })
			if len(page) == 0 {
				break
			}
			for _, s := range page {
				found = append(found, s.Ref.String())
			}
			filter.After = found[len(found)-1]
		}
		want := []string{"z:root", "a:other", "folder:9", "folder:8", "folder:7", "folder:6", "folder:5"}
		require.Equal(t, want, found, "pages of %d", size)
	}
}

// testPageLost: a reader must not take a lost place for the end of the list.
func testPageLost(t *testing.T, store adapter.Store) {
	err := store.Read(t.Context(), func(rows adapter.Rows) error {
		filter := adapter.ScopeFilter{Under: ref("account:A"), Listing: adapter.Listing{After: "environment:gone"}}
		_, err := rows.Scopes().List(t.Context(), filter)
		return err
	})
	require.Equal(t, iam.Aborted, iam.CodeOf(err))
}

func testCycle(t *testing.T, store adapter.Store) {
	self := scope("environment:E", "environment:E", "account:A")
	refused(t, store, iam.FailedPrecondition, "SCOPE_CYCLE", func(tx adapter.Tx) error {
		_, err := tx.Scopes().Put(t.Context(), self)
		return err
	})
	below := scope("environment:E", "workspace:W", "account:A")
	refused(t, store, iam.FailedPrecondition, "SCOPE_CYCLE", func(tx adapter.Tx) error {
		_, err := tx.Scopes().Put(t.Context(), below)
		return err
	})
	moved := scope("workspace:W", "account:A", "account:A")
	write(t, store, func(tx adapter.Tx) error {
		_, err := tx.Scopes().Put(t.Context(), moved)
		return err
	})
}

// testLargeGroup changes a large group here and there, in any order and with
// repetitions, and finds it sorted.
func testLargeGroup(t *testing.T, open Open) {
	store := withLandscape(t, open)
	const size = 5000
	group := iam.Group{ID: "all", Scope: ref("account:A"), Tenant: ref("account:A")}
	for i := range size {
		group.Members = append(group.Members, ref(fmt.Sprintf("user:u%05d", size-i)))
	}
	group.Members = append(group.Members, group.Members[0])
	put := func() iam.Group {
		var stored iam.Group
		write(t, store, func(tx adapter.Tx) error {
			var err error
			stored, err = tx.Groups().Put(t.Context(), group)
			return err
		})
		found := read(t, store, func(rows adapter.Rows) (iam.Group, error) { return rows.Groups().Get(t.Context(), "all") })
		require.Equal(t, stored, found)
		return found
	}
	found := put()
	require.Len(t, found.Members, size)
	require.Equal(t, ref("user:u00001"), found.Members[0])

	group.Members = slices.Concat(found.Members[700:4300], refs("user:a", "user:z"))
	found = put()
	require.Len(t, found.Members, 3602)
	require.Equal(t, ref("user:a"), found.Members[0])
	require.Equal(t, ref("user:z"), found.Members[3601])

	brief := read(t, store, func(rows adapter.Rows) ([]iam.Group, error) {
		return rows.Groups().List(t.Context(), adapter.GroupFilter{Member: ref("user:a"), Brief: true})
	})
	found.Members = nil
	require.Equal(t, []iam.Group{found}, brief)
}
