package follow_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// ofA is an index of account A only.
func ofA(c *follow.Config) { c.Tenants = []iam.Ref{accountA} }

// covered reports what a View of everything that was written says about an object of
// which it knows, and whether it does.
func (h *harness) covered(object iam.Ref) (yes, known bool) {
	h.tb.Helper()
	view := h.settle()
	return view.Check(ann, "environments:read", object), view.Covers(object)
}

// TestPart: what the stream tells is held as far as the tenant needs it, and what
// was written before the tenant needed it is read then.
func TestPart(t *testing.T) {
	t.Parallel()
	h := start(t, ofA)
	h.write(rel.Touch, accountA, grant...)
	yes, known := h.covered(envA)
	assert.True(t, yes && known)
	_, known = h.covered(envB)
	assert.False(t, known, "another tenant's")
	view := h.settle()
	assert.False(t, view.Covers(), "a question about no object is one about all tenants")
	assert.False(t, view.Covers(envA, envB))
	assert.False(t, view.Covers(ref("environment", "none")))
	assert.False(t, view.Covers(ann), "who asks is in no tenant")
	assert.Equal(t, 5, h.Stats().Tuples)
}

// TestPartNeeds: each of these is written before the tenant needs it, where nobody
// can tell whose it is, and then comes to matter by one tuple, whoever wrote it.
func TestPartNeeds(t *testing.T) {
	t.Parallel()
	reader := []string{"role:reader#environments__read@user:*", "environment:EA#parent@account:A"}
	binding := []string{"role_binding:x#role@role:reader", "role_binding:x#subject@team:t#member"}
	for name, test := range map[string]struct {
		before []string
		last   string
	}{
		"a group with members":         {append(reader, "team:t#member@user:ann", binding[0], "account:A#role_binding@role_binding:x"), binding[1]},
		"a member of a held group":     {append(reader, binding[0], binding[1], "account:A#role_binding@role_binding:x"), "team:t#member@user:ann"},
		"a whole binding":              {append(reader, "team:t#member@user:ann", binding[0], binding[1]), "account:A#role_binding@role_binding:x"},
		"a role":                       {append(reader, "team:t#member@user:ann", binding[1], "account:A#role_binding@role_binding:x"), binding[0]},
		"the content of a held role":   {append(reader[1:], "team:t#member@user:ann", binding[0], binding[1], "account:A#role_binding@role_binding:x"), reader[0]},
		"a scope with its own binding": {append(reader[:1], "team:t#member@user:ann", binding[0], binding[1], "environment:EA#role_binding@role_binding:x"), reader[1]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, ofA)
			h.settle()
			h.write(rel.Touch, accountB, test.before...)
			yes, _ := h.covered(envA)
			assert.False(t, yes)
			_, err := h.link.Write(t.Context(), rel.Write{Updates: []rel.Update{{Op: rel.Touch, Tuple: tuple(t, test.last)}}})
			require.NoError(t, err)
			h.ExpectMore()
			yes, known := h.covered(envA)
			assert.True(t, yes && known)
			assert.EqualValues(t, 1, h.Stats().Loaded, "nothing was read anew")
			h.write(rel.Delete, accountA, test.last)
			yes, known = h.covered(envA)
			assert.False(t, yes && known)
		})
	}
}

// TestPartMoves: a tree that comes into a tenant is held with all that hangs in it,
// and one that leaves it is not answered about.
func TestPartMoves(t *testing.T) {
	t.Parallel()
	h := start(t, ofA)
	h.write(rel.Touch, accountA, grant...)
	workspace := ref("workspace", "w39")
	var tree []string
	for i := range 40 { // more than are read one by one
		tree = append(tree, fmt.Sprintf("workspace:w%d#parent@environment:EB", i))
	}
	h.write(rel.Touch, accountB, tree...)
	_, known := h.covered(workspace)
	assert.False(t, known)
	move := func(from, to string) {
		h.write(rel.Delete, accountA, "environment:EB#parent@account:"+from)
		h.write(rel.Touch, accountB, "environment:EB#parent@account:"+to)
	}
	move("B", "A")
	yes, known := h.covered(envB)
	assert.True(t, yes && known)
	_, known = h.covered(workspace)
	assert.True(t, known)
	move("A", "B")
	_, known = h.covered(envB)
	assert.False(t, known)
	_, known = h.covered(workspace)
	assert.False(t, known)
}

// TestPartAmongMany: where most objects are those of others, they are not all read.
func TestPartAmongMany(t *testing.T) {
	t.Parallel()
	feed := newLink(t)
	write := func(account string, environments int) {
		w := rel.Write{}
		for i := range environments {
			w.Updates = append(w.Updates, rel.Update{Op: rel.Touch, Tuple: tuple(t, fmt.Sprintf("environment:%s%d#parent@account:%s", account, i, account))})
		}
		_, err := feed.Write(t.Context(), w)
		require.NoError(t, err)
	}
	write("A", 40) // more than are read one by one at once
	for n := range 5 {
		write(fmt.Sprint("other", n), 1000)
	}
	h := start(t, ofA, func(c *follow.Config) { c.Feed = feed })
	h.settle()
	assert.Equal(t, 40, h.Stats().Tuples)
	// Twice a type is begun and given up: without that it would be 10,000.
	feed.set(func(l *link) { assert.Less(t, l.old, 6000) })
}

// TestPartUnread: while what a change needs cannot be read, the change is not shown;
// then the stream is taken up where it was.
func TestPartUnread(t *testing.T) {
	t.Parallel()
	h := start(t, ofA, func(c *follow.Config) { c.Patience = -1 })
	h.write(rel.Touch, accountA, grant...)
	h.write(rel.Touch, accountA, "team:t#member@user:ann")
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	yes, _ := h.covered(envA)
	require.False(t, yes)
	h.link.set(func(l *link) { l.unread = errors.New("away") })
	h.write(rel.Touch, accountA, "role_binding:a#subject@team:t#member")
	require.Eventually(t, func() bool { return h.Stats().Resumed > 1 }, 10*time.Second, time.Millisecond)
	_, fresh := h.reads(envA)
	assert.False(t, fresh)
	h.link.set(func(l *link) { l.unread = nil })
	yes, known := h.covered(envA)
	assert.True(t, yes && known)
}
