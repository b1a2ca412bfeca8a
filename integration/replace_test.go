package integration_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/integration/ambittest"
)

// TestReplace: a new database takes over the SpiceDB of another, as after a
// restore of a backup. SpiceDB then takes the changes of tenants that it knew
// before and the database does not.
func TestReplace(t *testing.T) {
	t.Parallel()
	const world = `
scopes:   [{id: "account:acme"}]
users:    [{id: ann}]
policies: [{subject: "user:ann", roles: [admin], scope: "account:acme"}]
`
	old, restored := ambittest.Run(t, ambittest.World(world)), ambittest.Run(t)
	restored.Backing.SpiceDBEndpoint = old.Backing.SpiceDBEndpoint
	restored.Backing.Schema = adapter.SchemaReplace
	to := restored.Serve().Client()
	ask := func() bool {
		t.Helper()
		answer, err := to.Access.Check(t.Context(), &ambitv1.CheckRequest{Subject: "user:ann", Permission: "accounts:read", Object: "account:acme"})
		require.NoError(t, err)
		return answer.GetAllowed()
	}
	require.False(t, ask())
	_, err := to.Scopes.CreateScope(t.Context(), &ambitv1.CreateScopeRequest{Scope: &ambitv1.Scope{Id: "account:acme"}})
	require.NoError(t, err)
	invited, err := to.Users.InviteUser(t.Context(), &ambitv1.InviteUserRequest{User: "user:ann", Roles: []string{"admin"}, Scope: "account:acme"})
	require.NoError(t, err)
	require.True(t, invited.GetApplied(), "SpiceDB takes the change")
	require.True(t, ask())
}
