package adapter_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// people are users p0, p1 and so on, and references to them.
func people(n int) (users []iam.User, refs []iam.Ref) {
	for i := range n {
		id := fmt.Sprint("p", i)
		users = append(users, iam.User{ID: iam.UserID(id)})
		refs = append(refs, ref("user", id))
	}
	return users, refs
}

// TestLargeGroup: five times as many members as SpiceDB takes updates in one
// call. Who stays a member is never denied while the others change.
func TestLargeGroup(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newSystemOn(t, builtin(t, "scalr"), kept(t))
	s.apply(t, acme())
	users, members := people(5000)
	s.apply(t, iam.World{
		Users: users, Groups: []iam.Group{{ID: "crowd", Scope: accountA, Members: members[:4000]}},
		Policies: []iam.Policy{{ID: "p-crowd", Subject: ref("team", "crowd"), Scope: work1, Roles: []iam.RoleID{"vars"}}},
	})
	s.exact(t)
	require.False(t, s.can(t, members[4999], "variables:read", work1))
	denied, asked := asking(t, s.engine, rel.Question{
		Resource: rel.Object{Type: "workspace", ID: "W1"}, Permission: "variables__read", Subject: rel.Object{Type: "user", ID: "p2500"},
	})
	_, receipt, err := s.UpdateGroup(ctx, "crowd", adapter.GroupChange{Members: to(members[2000:])})
	s.done(t, receipt, err)
	assert.True(t, s.can(t, members[4999], "variables:read", work1))
	assert.False(t, s.can(t, members[0], "variables:read", work1))
	assert.Positive(t, asked())
	assert.Zero(t, denied())
	_, receipt, err = s.UpdateUser(ctx, "p2500", adapter.UserChange{Status: to(iam.Inactive)})
	s.done(t, receipt, err)
}
