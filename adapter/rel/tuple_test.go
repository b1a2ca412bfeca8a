package rel_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func tuple(tb testing.TB, text string) rel.Tuple {
	tb.Helper()
	parsed, err := rel.ParseTuple(text)
	require.NoError(tb, err)
	return parsed
}

func TestParseTuple(t *testing.T) {
	t.Parallel()
	assert.Equal(t, rel.Tuple{
		Resource:        rel.Object{Type: "role_binding", ID: "environment/E1/admin"},
		Relation:        "subject",
		Subject:         rel.Object{Type: "team", ID: "dev"},
		SubjectRelation: "member",
	}, tuple(t, "role_binding:environment/E1/admin#subject@team:dev#member"))
	assert.Equal(t, rel.Object{Type: "user", ID: rel.Wildcard}, tuple(t, "role:r#read@user:*").Subject)
}

func TestParseTupleRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a:b#c", "a:b@c:d", "a:b#@c:d", "a#r@c:d", ":b#r@c:d", "a:#r@c:d", "a:b#r@c", "a:b#r@:d", "a:b#r@c:", "a:b#r@c:d#",
	} {
		_, err := rel.ParseTuple(text)
		assert.Error(t, err, "%q", text)
	}
}

func FuzzParseTuple(f *testing.F) {
	f.Add("role_binding:environment/E1/admin#subject@team:dev#member")
	f.Add("role:r#read@user:*")
	f.Add("a:b#c")
	f.Fuzz(func(t *testing.T, text string) {
		if parsed, err := rel.ParseTuple(text); err == nil {
			require.Equal(t, text, parsed.String())
			require.Equal(t, parsed, tuple(t, parsed.String()))
		}
	})
}

func tuples() *rapid.Generator[rel.Tuple] {
	short := rapid.SampledFrom([]string{"a", "b", "c"})
	return rapid.Custom(func(t *rapid.T) rel.Tuple {
		object := func() rel.Object { return rel.Object{Type: short.Draw(t, "type"), ID: short.Draw(t, "id")} }
		return rel.Tuple{
			Resource: object(), Relation: short.Draw(t, "relation"), Subject: object(),
			SubjectRelation: rapid.SampledFrom([]string{"", "member"}).Draw(t, "set"),
		}
	})
}

func TestCompareOrdersByEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := tuples().Draw(t, "a"), tuples().Draw(t, "b")
		require.Equal(t, a == b, a.Compare(b) == 0)
		require.Equal(t, a.Compare(b), -b.Compare(a))
	})
}

// TestDiff: the updates lead from before to after, add before they remove, name
// no tuple twice, and come in one order.
func TestDiff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(tuples(), 0, 20).Draw(t, "before")
		after := rapid.SliceOfN(tuples(), 0, 20).Draw(t, "after")
		updates := rel.Diff(before, after)

		held := map[rel.Tuple]bool{}
		for _, tuple := range before {
			held[tuple] = true
		}
		for _, update := range updates {
			require.Equal(t, update.Op == rel.Delete, held[update.Tuple], "%v does something, once", update)
			held[update.Tuple] = update.Op == rel.Touch
		}
		for _, tuple := range slices.Concat(before, after, tuplesOf(updates)) {
			require.Equal(t, slices.Contains(after, tuple), held[tuple])
		}
		removals := slices.IndexFunc(updates, func(u rel.Update) bool { return u.Op == rel.Delete })
		if removals >= 0 {
			require.True(t, slices.IsSortedFunc(tuplesOf(updates[removals:]), rel.Tuple.Compare))
			require.False(t, slices.ContainsFunc(updates[removals:], func(u rel.Update) bool { return u.Op == rel.Touch }))
		}
		slices.Reverse(before)
		require.Equal(t, updates, rel.Diff(before, after))
	})
}

func tuplesOf(updates []rel.Update) []rel.Tuple {
	out := make([]rel.Tuple, len(updates))
	for i, update := range updates {
		out[i] = update.Tuple
	}
	return out
}
