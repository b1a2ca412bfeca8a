package index_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// granting are tuples that let ann read workspace W.
var granting = []string{
	"role:r#workspaces__read@user:*",
	"role_binding:b#role@role:r",
	"role_binding:b#subject@team:dev#member",
	"team:dev#member@user:ann",
	"account:A#role_binding@role_binding:b",
	"environment:E#parent@account:A",
	"workspace:W#parent@environment:E",
}

func touch(tb testing.TB, tuples ...string) []rel.Update {
	tb.Helper()
	updates := make([]rel.Update, len(tuples))
	for i, text := range tuples {
		tuple, err := rel.ParseTuple(text)
		require.NoError(tb, err)
		updates[i] = rel.Update{Op: rel.Touch, Tuple: tuple}
	}
	return updates
}

func annReads(x *index.Index) bool {
	return x.Check(ref("user", "ann"), "workspaces:read", ref("workspace", "W"))
}

// TestEachTupleCounts: the answer is yes only with all of them.
func TestEachTupleCounts(t *testing.T) {
	t.Parallel()
	x := index.New(builtin(t, "scalr"))
	updates := touch(t, granting...)
	for i, u := range updates {
		assert.False(t, annReads(x), "before %v", u.Tuple)
		x.Apply(updates[i : i+1])
	}
	require.True(t, annReads(x))
	for _, u := range updates {
		x.Apply([]rel.Update{{Op: rel.Delete, Tuple: u.Tuple}})
		assert.False(t, annReads(x), "without %v", u.Tuple)
		x.Apply([]rel.Update{{Op: rel.Delete, Tuple: u.Tuple}, u, u}) // the last one counts
		assert.True(t, annReads(x), "with %v again", u.Tuple)
	}
	assert.Zero(t, x.Skipped())
}

// TestSkipped: what the schema does not take is counted and changes nothing.
func TestSkipped(t *testing.T) {
	t.Parallel()
	x := index.New(builtin(t, "scalr"))
	strange := touch(t,
		"role:r#workspaces__read@user:ann",        // no wildcard
		"role:r#workspaces__fly@user:*",           // no permission
		"role:r#login@user:*",                     // one that no role holds
		"role:r#workspaces__read@team:*",          // no asker
		"role:r#workspaces__read@user:*#member",   // a wildcard of a set
		"role_binding:b#subject@team:dev",         // the group itself
		"role_binding:b#subject@team:dev#owner",   // another set
		"role_binding:b#subject@user:*",           // everybody
		"team:dev#member@team:ops#member",         // nested
		"workspace:W#parent@workspace:V",          // under its like
		"workspace:W#workspaces__read@user:ann",   // a permission
		"account:*#role_binding@role_binding:b",   // everywhere
		"ambit/store:main#model@ambit/text:scalr", // bookkeeping
		"user:ann#friend@user:bob",                // no relation
		"planet:earth#parent@account:A",           // no type
		"environment:E#parent@planet:earth",       // no subject
	)
	before := x.Snapshot()
	for i, u := range strange {
		x.Apply([]rel.Update{u})
		assert.Equal(t, uint64(i+1), x.Skipped(), "%v", u.Tuple)
		assert.Same(t, before, x.Snapshot(), "%v", u.Tuple)
	}
	x.Apply([]rel.Update{{Op: "CREATE", Tuple: touch(t, granting[0])[0].Tuple}, {}})
	assert.Equal(t, uint64(len(strange)+2), x.Skipped())
	assert.Zero(t, x.Snapshot().Len())
}

// TestUnknown: whatever is asked about what is not there, the answer is no.
func TestUnknown(t *testing.T) {
	t.Parallel()
	x := index.New(builtin(t, "scalr"))
	ann, workspace := ref("user", "ann"), ref("workspace", "W")
	for _, tuples := range [][]string{nil, granting} {
		x.Apply(touch(t, tuples...))
		for _, q := range []question{
			{ann, "workspaces:fly", workspace},
			{ann, "", workspace},
			{ann, "workspaces__read", workspace},
			{ann, "accounts:read", workspace}, // not applicable
			{ref("team", "dev"), "workspaces:read", workspace},
			{ref("user", "*"), "workspaces:read", workspace},
			{ref("user", "bob"), "workspaces:read", workspace},
			{ref("planet", "ann"), "workspaces:read", workspace},
			{workspace, "workspaces:read", workspace},
			{iam.Ref{}, "workspaces:read", iam.Ref{}},
			{ann, "workspaces:read", ref("workspace", "V")},
			{ann, "workspaces:read", ref("planet", "W")},
			{ann, "workspaces:read", ref("role_binding", "b")},
			{ann, "workspaces:read", ref("role", "r")},
		} {
			s := x.Snapshot()
			assert.False(t, s.Check(q.subject, q.permission, q.object), "%v", q)
			assert.Empty(t, s.Paths(q.subject, q.permission, q.object), "%v", q)
			s.Permissions(q.subject, q.object)
			s.Resources(q.subject, q.permission, q.object.Type, index.Page{Limit: -1, After: q.subject})
			s.Filter(q.subject, q.permission, q.object.Type)
			s.Subjects(q.permission, q.object, "", index.Page{})
			s.Grantees(q.permission, q.object)
		}
	}
	assert.Equal(t, []iam.Ref{ann}, first(x.Snapshot().Subjects("workspaces:read", workspace, "", index.Page{})))
	assert.Equal(t, []iam.Ref{ref("team", "dev")}, x.Snapshot().Grantees("workspaces:read", workspace))
	assert.Equal(t, index.Filter{Below: []iam.Ref{ref("account", "A")}}, x.Snapshot().Filter(ann, "workspaces:read", "workspace"))
}

func first[T, U any](t T, _ U) T { return t }

// FuzzApply: whatever comes, nothing breaks, what is held stays whole, and what
// was understood can be taken back.
func FuzzApply(f *testing.F) {
	f.Add(strings.Join(granting, "\n"))
	f.Add("team:a#member@user:=YQ\nteam:a#member@user:a|b\nteam:=#member@user:=\nuser:*#x@y:*")
	f.Add("role_binding:b#role@role:r\n-role_binding:b#role@role:r\naccount:A#role_binding@role_binding:b")
	model := builtin(f, "scalr")
	f.Fuzz(func(t *testing.T, text string) {
		x, all := index.New(model), []rel.Update(nil)
		for _, line := range strings.Split(text, "\n") {
			op := rel.Touch
			if rest, removes := strings.CutPrefix(line, "-"); removes {
				op, line = rel.Delete, rest
			}
			tuple, err := rel.ParseTuple(line)
			if err != nil {
				continue
			}
			all = append(all, rel.Update{Op: op, Tuple: tuple})
			x.Apply(all[len(all)-1:])
			require.NoError(t, x.Snapshot().Verify())
		}
		once := index.New(model)
		once.Apply(all)
		require.Equal(t, once.Snapshot().Tuples(), x.Snapshot().Tuples())
		require.Equal(t, once.Skipped(), x.Skipped())
		x.Apply(rel.Diff(x.Snapshot().Tuples(), nil))
		require.Zero(t, x.Snapshot().Len())
		require.NoError(t, x.Snapshot().Verify())
	})
}
