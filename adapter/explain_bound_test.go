package adapter_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// TestExplainBounds: what is left out is counted, in every form.
func TestExplainBounds(t *testing.T) {
	t.Parallel()
	s := newSystem(t, builtin(t, "scalr"))
	account, in, out := ref("account", "A"), ref("environment", "in"), ref("environment", "out")
	world := iam.World{
		Scopes: []iam.Scope{{Ref: account}, {Ref: in, Parent: account}, {Ref: out, Parent: account}},
		Users:  []iam.User{{ID: "ann"}},
	}
	for i := range 60 {
		team := iam.GroupID(fmt.Sprint("t", i))
		world.Groups = append(world.Groups, iam.Group{ID: team, Scope: account, Members: []iam.Ref{ann}})
		world.Policies = append(world.Policies, iam.Policy{Subject: ref("team", string(team)), Scope: in, Roles: []iam.RoleID{"read-only"}})
	}
	s.apply(t, world)

	yes := s.why(t, ann, "workspaces:read", in)
	require.True(t, yes.Allowed)
	assert.Len(t, yes.Paths, 50)
	assert.Equal(t, 10, yes.More)
	assert.Contains(t, yes.Text(), "Path 50 of 60\n")
	assert.Contains(t, yes.Text(), "\nand 10 more\n")
	assert.Contains(t, yes.SVG(), ">and 10 more<")

	no := s.why(t, ann, "workspaces:read", out)
	require.False(t, no.Allowed)
	assert.Len(t, no.Denials, 20)
	assert.Equal(t, 40, no.More)
	assert.Contains(t, no.Text(), "\n- and 40 more\n")
	assert.Contains(t, no.SVG(), ">and 40 more<")
	assert.NotEmpty(t, no.Suggestions)
}
