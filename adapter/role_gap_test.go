package adapter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// TestRoleEditTouchesTheRoleAlone: however many hold a role, its edit is one
// write of its own tuples.
func TestRoleEditTouchesTheRoleAlone(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	var w iam.World
	for i := range 50 {
		id := fmt.Sprint("holder", i)
		w.Users = append(w.Users, iam.User{ID: iam.UserID(id)})
		w.Policies = append(w.Policies, iam.Policy{Subject: ref("user", id), Scope: env1, Roles: []iam.RoleID{"vars"}})
	}
	s.apply(t, w)
	engine.written()
	_, receipt, err := s.UpdateRole(t.Context(), "vars", adapter.RoleChange{Permissions: to([]string{"variables:read", "variables:update", "runs:apply"})})
	s.done(t, receipt, err)
	writes := engine.written()
	require.Len(t, writes, 1)
	changes := map[rel.Op]int{}
	for _, update := range writes[0].Updates {
		assert.Equal(t, rel.Object{Type: "role", ID: "vars"}, update.Tuple.Resource)
		changes[update.Op]++
	}
	assert.Equal(t, map[rel.Op]int{rel.Touch: 2, rel.Delete: 4}, changes, "one permission more, two less, for two types of subjects")
	assert.Equal(t, accountA.String(), writes[0].Tenant)

	_, receipt, err = s.UpdateRole(t.Context(), "vars", adapter.RoleChange{Name: to("no tuple changes")})
	s.done(t, receipt, err)
	assert.Empty(t, engine.written())
}

// TestRoleEditLeavesNoGap: while a role is edited over and over, a permission
// that it keeps is never denied, to nobody; one that it lost is denied on the
// first question after the edit was acknowledged, and one that it got is there.
func TestRoleEditLeavesNoGap(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	edits := [][]string{{"variables:read", "variables:update"}, {"variables:read", "runs:apply", "modules:*"}}
	edit := func(i int) {
		_, receipt, err := s.UpdateRole(t.Context(), "vars", adapter.RoleChange{Permissions: &edits[i%2]})
		require.NoError(t, err)
		require.True(t, receipt.Applied)
	}
	edit(0)
	receipt, err := s.Revoke(t.Context(), ann, work2, []iam.RoleID{"read-only"})
	s.done(t, receipt, err)

	ctx, stop := context.WithCancel(t.Context())
	var askers sync.WaitGroup
	defer askers.Wait()
	defer stop()
	for range 3 {
		askers.Go(func() {
			for ctx.Err() == nil {
				assert.True(t, s.can(t, ann, "variables:read", work2), "a permission that every version keeps")
			}
		})
	}
	for i := 1; i <= 40; i++ {
		edit(i)
		assert.Equal(t, i%2 == 0, s.can(t, ann, "variables:update", work2))
		assert.Equal(t, i%2 == 1, s.can(t, ann, "runs:apply", work2))
	}
}
