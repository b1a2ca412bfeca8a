package adapter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// TestApplyTwice: the second time changes nothing, and neither does what an
// export says.
func TestApplyTwice(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	before := s.state(t)
	s.apply(t, acme())
	require.Equal(t, before, s.state(t), "no row, no tuple, no audit entry")
	exported, err := s.Export(ctx, iam.Ref{})
	require.NoError(t, err)
	s.apply(t, exported)
	require.Equal(t, before, s.state(t))

	other := newSystem(t, s.Model())
	other.apply(t, exported)
	assert.Equal(t, before.tuples, other.state(t).tuples)
}

func TestExportOfOneTenant(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	world, err := s.Export(t.Context(), accountB)
	require.NoError(t, err)
	assert.Len(t, world.Scopes, 2)
	assert.Len(t, world.Policies, 1)
	require.Len(t, world.Users, 1)
	assert.Equal(t, iam.UserID("bob"), world.Users[0].ID, "who is named there")
	alone := newSystem(t, s.Model())
	alone.apply(t, world)
	alone.exact(t)
}

// TestApplyChanges: what differs is changed, what is nil or not mentioned stays.
func TestApplyChanges(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	s.apply(t, iam.World{
		Scopes: []iam.Scope{{Ref: work1, Parent: env2}, {Ref: ref("workspace", "W3"), Parent: ref("environment", "E3")}, {Ref: ref("environment", "E3"), Parent: accountA}},
		Users:  []iam.User{{ID: "off", Status: iam.Active}, {ID: "ann"}},
		Groups: []iam.Group{{ID: "dev", Scope: accountA}, {ID: "ops", Scope: accountA, Members: []iam.Ref{}}, {ID: "late", Scope: accountA}},
		ServiceAccounts: []iam.ServiceAccount{
			{ID: "ci", Scope: accountA}, {ID: "free", Scope: accountA, Owners: []iam.Ref{ref("team", "late")}},
			{ID: "robotB", Scope: accountB, Status: iam.Inactive},
		},
		Roles:    []iam.Role{{ID: "vars", Scope: accountA, Permissions: []string{"variables:read"}}},
		Policies: []iam.Policy{{ID: "p-ann", Subject: ann, Scope: work2, Roles: []iam.RoleID{"vars"}}},
	})
	s.exact(t)
	group, err := s.Group(ctx, "dev")
	require.NoError(t, err)
	assert.Equal(t, []iam.Ref{ann}, group.Members, "not mentioned")
	group, err = s.Group(ctx, "ops")
	require.NoError(t, err)
	assert.Empty(t, group.Members, "mentioned as empty")
	user, err := s.User(ctx, "ann")
	require.NoError(t, err)
	assert.Equal(t, []any{"Ann", iam.Active}, []any{user.Name, user.Status})
	account, err := s.ServiceAccount(ctx, "ci")
	require.NoError(t, err)
	assert.Equal(t, []iam.Ref{dev}, account.Owners)
	assert.True(t, s.can(t, ci, "variables:read", work1), "moved below env2")
	assert.True(t, s.can(t, off, "variables:read", work1), "active again")
	assert.False(t, s.can(t, ann, "variables:delete", work2))
	policy, err := s.Policy(ctx, "p-ann")
	require.NoError(t, err)
	assert.Equal(t, []iam.RoleID{"vars"}, policy.Roles)
}

// TestApplyRefusals: an error names the object at fault, and the whole world is
// refused, also what comes before it.
func TestApplyRefusals(t *testing.T) {
	t.Parallel()
	apply := func(w iam.World) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			w.Users = append([]iam.User{{ID: "comes-first"}}, w.Users...)
			_, err := s.Apply(ctx, w)
			return err
		}
	}
	policy := func(p iam.Policy) iam.World {
		return iam.World{Policies: []iam.Policy{{Subject: ops, Scope: env1, Roles: []iam.RoleID{"user"}}, p}}
	}
	newAcme(t).refuse(t, []refusal{
		invalid("a scope twice", "DUPLICATE", "scopes[1].id", apply(iam.World{Scopes: []iam.Scope{{Ref: env1, Parent: accountA}, {Ref: env1, Parent: accountA}}})),
		invalid("a user twice", "DUPLICATE", "users[2].id", apply(iam.World{Users: []iam.User{{ID: "ann"}, {ID: "ann"}}})),
		missing("no such parent", "scopes[0].parent", apply(iam.World{Scopes: []iam.Scope{{Ref: ref("environment", "x"), Parent: ref("account", "ghost")}}})),
		invalid("account under account", "PARENT_NOT_ALLOWED", "scopes[0].parent", apply(iam.World{Scopes: []iam.Scope{{Ref: accountA, Parent: accountB}}})),
		forbidden("to another tenant", "OTHER_TENANT", "scopes[0].parent", apply(iam.World{Scopes: []iam.Scope{{Ref: env1, Parent: accountB}}})),
		invalid("email", "EMAIL_MALFORMED", "users[1].email", apply(iam.World{Users: []iam.User{{ID: "x", Email: "x"}}})),
		forbidden("a team moves", "IMMUTABLE", "groups[0].scope", apply(iam.World{Groups: []iam.Group{{ID: "dev", Scope: accountB}}})),
		missing("no such member", "groups[0].members[0]", apply(iam.World{Groups: []iam.Group{{ID: "new", Scope: accountA, Members: []iam.Ref{nobody}}}})),
		missing("no such member, who would be sorted first", "groups[0].members[1]", apply(iam.World{Groups: []iam.Group{{ID: "new", Scope: accountA, Members: []iam.Ref{ann, ref("user", "aaa")}}}})),
		missing("no such owner, who would be sorted first", "service_accounts[0].owners[1]", apply(iam.World{ServiceAccounts: []iam.ServiceAccount{{ID: "ci", Scope: accountA, Owners: []iam.Ref{dev, ref("team", "aaa")}}}})),
		forbidden("a robot moves", "IMMUTABLE", "service_accounts[0].scope", apply(iam.World{ServiceAccounts: []iam.ServiceAccount{{ID: "ci", Scope: accountB}}})),
		missing("no such owner", "service_accounts[0].owners[0]", apply(iam.World{ServiceAccounts: []iam.ServiceAccount{{ID: "ci", Scope: accountA, Owners: []iam.Ref{ref("team", "ghost")}}}})),
		forbidden("a role moves", "IMMUTABLE", "roles[0].scope", apply(iam.World{Roles: []iam.Role{{ID: "vars", Scope: accountB}}})),
		forbidden("a system role", "SYSTEM_ROLE", "roles[0].id", apply(iam.World{Roles: []iam.Role{{ID: "admin", Scope: accountA}}})),
		invalid("pattern", "PATTERN_MATCHES_NOTHING", "roles[0].permissions[1]", apply(iam.World{Roles: []iam.Role{{ID: "x", Scope: accountA, Permissions: []string{"*", "nothing:*"}}}})),
		missing("no such role", "policies[1].roles[0]", apply(policy(iam.Policy{Subject: ann, Scope: env1, Roles: []iam.RoleID{"ghost"}}))),
		missing("no such subject", "policies[1].subject", apply(policy(iam.Policy{Subject: nobody, Scope: env1, Roles: []iam.RoleID{"user"}}))),
		missing("no such scope", "policies[1].scope", apply(policy(iam.Policy{Subject: ann, Scope: ghostScope, Roles: []iam.RoleID{"user"}}))),
		invalid("no role", "ROLE_COUNT", "policies[1].roles", apply(policy(iam.Policy{Subject: ann, Scope: env1}))),
		forbidden("another subject", "IMMUTABLE", "policies[1].subject", apply(policy(iam.Policy{ID: "p-ann", Subject: bob, Scope: work2, Roles: []iam.RoleID{"user"}}))),
		forbidden("another scope", "IMMUTABLE", "policies[1].scope", apply(policy(iam.Policy{ID: "p-ann", Subject: ann, Scope: work1, Roles: []iam.RoleID{"user"}}))),
		invalid("no resources here", "TYPE_UNKNOWN", "resources[0].id", apply(iam.World{Resources: []iam.Resource{{Ref: ref("farm", "x"), Scope: env1}}})),
	})
}
