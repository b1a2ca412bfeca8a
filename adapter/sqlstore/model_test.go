package sqlstore_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// groupModel is what the table of groups should be: a map. Each step is done to
// both, and then both must say the same.
type groupModel struct {
	t      *testing.T
	store  adapter.Store
	groups map[iam.GroupID]iam.Group
}

func TestGroupsBehaveLikeAMap(t *testing.T) {
	t.Parallel()
	store := openSQLite(t, "", standard())
	require.NoError(t, store.Write(t.Context(), func(tx adapter.Tx) error {
		_, err := tx.Scopes().Put(t.Context(), iam.Scope{Ref: tenant(), Tenant: tenant()})
		return err
	}))
	rapid.Check(t, func(rt *rapid.T) {
		require.NoError(rt, store.Write(t.Context(), func(tx adapter.Tx) error { return clearGroups(t.Context(), tx) }))
		m := &groupModel{t: t, store: store, groups: map[iam.GroupID]iam.Group{}}
		rt.Repeat(map[string]func(*rapid.T){"put": m.put, "delete": m.remove, "filter": m.filter, "": m.check})
	})
}

// clearGroups removes all groups. They lose their members first, since one may
// be a member of another.
func clearGroups(ctx context.Context, tx adapter.Tx) error {
	groups, err := tx.Groups().List(ctx, adapter.GroupFilter{})
	for _, group := range groups {
		group.Members = nil
		if _, err := tx.Groups().Put(ctx, group); err != nil {
			return err
		}
	}
	for _, group := range groups {
		if err := tx.Groups().Delete(ctx, group.ID); err != nil {
			return err
		}
	}
	return err
}

func tenant() iam.Ref { return iam.Ref{Type: "account", ID: "A"} }

func drawID(rt *rapid.T) iam.GroupID {
	return iam.GroupID(rapid.SampledFrom([]string{"a", "B", "b-1", "ä"}).Draw(rt, "id"))
}

func drawRefs(rt *rapid.T, name string, types ...string) []iam.Ref {
	one := rapid.Custom(func(rt *rapid.T) iam.Ref {
		return iam.Ref{Type: rapid.SampledFrom(types).Draw(rt, "type"), ID: rapid.StringMatching(`[a-dA-D]{1,2}`).Draw(rt, "id")}
	})
	return rapid.SliceOfN(one, 0, 8).Draw(rt, name)
}

func (m *groupModel) put(rt *rapid.T) {
	group := iam.Group{
		ID: drawID(rt), Scope: tenant(), Tenant: tenant(), Name: rapid.String().Draw(rt, "name"),
		Members: drawRefs(rt, "members", "user", "group"),
	}
	group.Name = string(slices.DeleteFunc([]rune(group.Name), func(r rune) bool { return r == 0 }))
	for _, role := range drawRefs(rt, "roles", "role") {
		group.Roles = append(group.Roles, iam.RoleID(role.ID))
	}
	abandon := rapid.Bool().Draw(rt, "roll back")
	var stored iam.Group
	err := m.store.Write(m.t.Context(), func(tx adapter.Tx) error {
		var err error
		stored, err = tx.Groups().Put(m.t.Context(), group)
		if err == nil && abandon {
			return errAbandoned
		}
		return err
	})
	if abandon {
		require.ErrorIs(rt, err, errAbandoned)
		return
	}
	require.NoError(rt, err)
	old := m.groups[group.ID]
	require.Equal(rt, old.Revision+1, stored.Revision)
	if old.Revision > 0 {
		require.Equal(rt, old.Created, stored.Created)
	}
	group.Stamp = stored.Stamp
	group.Members = sorted(group.Members, func(a, b iam.Ref) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	group.Roles = sorted(group.Roles, cmp.Compare[iam.RoleID])
	m.groups[group.ID] = group
}

func (m *groupModel) remove(rt *rapid.T) {
	id := drawID(rt)
	old, there := m.groups[id]
	used := slices.ContainsFunc(slices.Collect(maps.Values(m.groups)), func(g iam.Group) bool {
		return slices.Contains(g.Members, iam.Ref{Type: "group", ID: string(id)})
	})
	err := m.store.Write(m.t.Context(), func(tx adapter.Tx) error { return tx.Groups().Delete(m.t.Context(), id) })
	switch {
	case !there:
		require.Equal(rt, "NOT_FOUND", iam.ReasonOf(err))
	case used:
		require.Equal(rt, "IN_USE", iam.ReasonOf(err))
	default:
		require.NoError(rt, err)
		delete(m.groups, old.ID)
	}
}

// check compares everything.
func (m *groupModel) check(rt *rapid.T) {
	m.compare(rt, adapter.GroupFilter{}, func(iam.Group) bool { return true })
}

// filter compares the answer to a filter, from any place on.
func (m *groupModel) filter(rt *rapid.T) {
	ann := iam.Ref{Type: "user", ID: "a"}
	bounds := adapter.Listing{After: rapid.SampledFrom([]string{"", "B", "b"}).Draw(rt, "after")}
	if rapid.Bool().Draw(rt, "by role") {
		m.compare(rt, adapter.GroupFilter{Role: "b", Listing: bounds}, func(g iam.Group) bool {
			return slices.Contains(g.Roles, "b") && string(g.ID) > bounds.After
		})
		return
	}
	m.compare(rt, adapter.GroupFilter{Member: ann, Listing: bounds}, func(g iam.Group) bool {
		return slices.Contains(g.Members, ann) && string(g.ID) > bounds.After
	})
}

func (m *groupModel) compare(rt *rapid.T, filter adapter.GroupFilter, matches func(iam.Group) bool) {
	var want []iam.Group
	for _, id := range slices.Sorted(maps.Keys(m.groups)) {
		if matches(m.groups[id]) {
			want = append(want, m.groups[id])
		}
	}
	require.NoError(rt, m.store.Read(m.t.Context(), func(rows adapter.Rows) error {
		found, err := rows.Groups().List(m.t.Context(), filter)
		require.Equal(rt, want, found)
		return err
	}))
}

// sorted returns elements in order and each once, nil if there are none.
func sorted[Element comparable](elements []Element, compare func(a, b Element) int) []Element {
	if len(elements) == 0 {
		return nil
	}
	slices.SortFunc(elements, compare)
	return slices.Compact(elements)
}

var errAbandoned = errors.New("abandoned")
