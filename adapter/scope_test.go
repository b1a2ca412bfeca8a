package adapter_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestScopeLife(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()

	created, receipt, err := s.CreateScope(ctx, iam.Scope{Ref: iam.Ref{Type: "workspace"}, Parent: env1, Name: "new", Tenant: accountB})
	s.done(t, receipt, err)
	assert.Equal(t, accountA, created.Tenant, "the tenant is the parent's, whatever is said")
	assert.EqualValues(t, 1, created.Revision)
	assert.Regexp(t, "^[0-9a-z]{26}$", created.Ref.ID)
	assert.True(t, s.can(t, ann, "workspaces:read", created.Ref), "what was granted above holds at once")
	read, err := s.Scope(ctx, created.Ref)
	require.NoError(t, err)
	assert.Equal(t, created, read)

	renamed, receipt, err := s.UpdateScope(ctx, created.Ref, adapter.ScopeChange{Name: to("other"), Revision: 1})
	s.done(t, receipt, err)
	assert.Equal(t, "other", renamed.Name)
	assert.EqualValues(t, 2, renamed.Revision)

	_, receipt, err = s.UpdateScope(ctx, created.Ref, adapter.ScopeChange{Isolated: to(true)})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "workspaces:read", created.Ref), "isolated from the environment")
	_, receipt, err = s.MoveScope(ctx, created.Ref, env2)
	s.done(t, receipt, err)
	_, receipt, err = s.UpdateScope(ctx, created.Ref, adapter.ScopeChange{Isolated: to(false)})
	s.done(t, receipt, err)
	assert.True(t, s.can(t, ci, "workspaces:read", created.Ref), "reached from where it is now")
	assert.False(t, s.can(t, ann, "workspaces:read", created.Ref), "and not from where it was")

	receipt, err = s.DeleteScope(ctx, created.Ref, 0)
	s.done(t, receipt, err)
	_, err = s.Scope(ctx, created.Ref)
	assert.Equal(t, iam.NotFound, iam.CodeOf(err))
}

// TestDeleteScopeTakesOwners: what keeps its owners does not keep those that go
// together with it.
func TestDeleteScopeTakesOwners(t *testing.T) {
	t.Parallel()
	model := builtin(t, "scalr")
	model.Type("service_account").KeepsOwners = []string{"team"}
	s, ctx := newSystem(t, model), t.Context()
	s.apply(t, iam.World{
		Scopes: []iam.Scope{{Ref: accountA}}, Groups: []iam.Group{{ID: "ops", Scope: accountA}},
		ServiceAccounts: []iam.ServiceAccount{{ID: "bot", Scope: accountA, Owners: []iam.Ref{ref("team", "ops")}}},
	})
	_, err := s.DeleteGroup(ctx, "ops", 0)
	require.Equal(t, "OWNER_IN_USE", iam.ReasonOf(err))
	receipt, err := s.DeleteScope(ctx, accountA, 0)
	s.done(t, receipt, err)
	left, err := s.Export(ctx, iam.Ref{})
	require.NoError(t, err)
	assert.Zero(t, left)
}

func TestDeleteScopeTakesAllBelow(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	receipt, err := s.DeleteScope(ctx, env1, 0)
	s.done(t, receipt, err)
	left, err := s.Export(ctx, iam.Ref{})
	require.NoError(t, err)
	for _, policy := range left.Policies {
		assert.NotContains(t, []iam.Ref{env1, work1}, policy.Scope)
	}
	assert.Len(t, left.Scopes, 5)
	assert.Len(t, left.Groups, 3)

	receipt, err = s.DeleteScope(ctx, accountA, 0)
	s.done(t, receipt, err)
	left, err = s.Export(ctx, iam.Ref{})
	require.NoError(t, err)
	assert.Len(t, left.Scopes, 2, "the other account stays")
	assert.Len(t, left.Users, 3, "users belong to no account")
	assert.Len(t, left.Policies, 1)
	assert.Len(t, left.Roles, 1)
	assert.Len(t, left.ServiceAccounts, 1)

	s.apply(t, acme()) // the same names again, on the numbers of the old ones
	s.exact(t)
	assert.True(t, s.can(t, ann, "workspaces:read", work1))
}

func TestScopeRefusals(t *testing.T) {
	t.Parallel()
	create := func(scope iam.Scope) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.CreateScope(ctx, scope); return err }
	}
	update := func(ref iam.Ref, change adapter.ScopeChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.UpdateScope(ctx, ref, change); return err }
	}
	move := func(ref, parent iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.MoveScope(ctx, ref, parent); return err }
	}
	newAcme(t).refuse(t, []refusal{
		invalid("unknown type", "TYPE_UNKNOWN", "id", create(iam.Scope{Ref: ref("planet", "x"), Parent: accountA})),
		invalid("not a scope type", "TYPE_NOT_ALLOWED", "id", create(iam.Scope{Ref: ref("user", "x")})),
		invalid("malformed id", "ID_MALFORMED", "id", create(iam.Scope{Ref: ref("environment", "a b"), Parent: accountA})),
		invalid("long name", "TEXT_TOO_LONG", "name", create(iam.Scope{Ref: ref("account", "x"), Name: strings.Repeat("ä", 257)})),
		invalid("control signs", "TEXT_MALFORMED", "name", create(iam.Scope{Ref: ref("account", "x"), Name: "a\x00"})),
		invalid("bad UTF-8", "TEXT_MALFORMED", "name", create(iam.Scope{Ref: ref("account", "x"), Name: "\xff"})),
		invalid("isolated tenant", "NOT_ISOLATABLE", "isolated", create(iam.Scope{Ref: ref("account", "x"), Isolated: true})),
		invalid("account under an account", "PARENT_NOT_ALLOWED", "parent", create(iam.Scope{Ref: ref("account", "x"), Parent: accountA})),
		invalid("no parent", "PARENT_REQUIRED", "parent", create(iam.Scope{Ref: ref("environment", "x")})),
		invalid("workspace in an account", "SCOPE_NOT_ALLOWED", "parent", create(iam.Scope{Ref: ref("workspace", "x"), Parent: accountA})),
		invalid("user as parent", "TYPE_NOT_ALLOWED", "parent", create(iam.Scope{Ref: ref("environment", "x"), Parent: ann})),
		missing("no such parent", "parent", create(iam.Scope{Ref: ref("environment", "x"), Parent: ref("account", "ghost")})),
		taken("twice", "ALREADY_EXISTS", "id", create(iam.Scope{Ref: env1, Parent: accountA})),
		missing("update of none", "id", update(ghostScope, adapter.ScopeChange{Name: to("x")})),
		stale("stale", update(env1, adapter.ScopeChange{Name: to("x"), Revision: 7})),
		invalid("isolate a tenant", "NOT_ISOLATABLE", "isolated", update(accountA, adapter.ScopeChange{Isolated: to(true)})),
		invalid("rename too long", "TEXT_TOO_LONG", "name", update(env1, adapter.ScopeChange{Name: to(strings.Repeat("x", 257))})),
		missing("move of none", "id", move(ghostScope, accountA)),
		missing("move to none", "parent", move(work1, ghostScope)),
		invalid("move to a wrong type", "SCOPE_NOT_ALLOWED", "parent", move(work1, accountA)),
		invalid("move a tenant", "PARENT_NOT_ALLOWED", "parent", move(accountA, accountB)),
		invalid("move to nowhere", "PARENT_REQUIRED", "parent", move(work1, iam.Ref{})),
		forbidden("move to another tenant", "OTHER_TENANT", "parent", move(work1, envB)),
		missing("delete none", "id", func(ctx context.Context, s *system) error { _, err := s.DeleteScope(ctx, ghostScope, 0); return err }),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.Scope(ctx, ghostScope); return err }),
	})
}

// TestMoveKeepsRolesInReach: where custom roles may belong to a scope between,
// as in STACKIT, a move must not take a policy away from its role.
func TestMoveKeepsRolesInReach(t *testing.T) {
	t.Parallel()
	s := newSystem(t, builtin(t, "stackit"))
	organization, project := ref("organization", "o"), ref("project", "p")
	folder := func(id string) iam.Ref { return ref("folder", id) }
	s.apply(t, iam.World{
		Scopes: []iam.Scope{
			{Ref: organization}, {Ref: folder("a"), Parent: organization}, {Ref: folder("b"), Parent: organization},
			{Ref: project, Parent: folder("a")},
		},
		Users:    []iam.User{{ID: "ann"}},
		Roles:    []iam.Role{{ID: "local", Scope: folder("a"), Permissions: []string{"iam.role.get"}}},
		Policies: []iam.Policy{{ID: "p", Subject: ann, Scope: project, Roles: []iam.RoleID{"local"}}},
	})
	move := func(parent iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.MoveScope(ctx, project, parent); return err }
	}
	s.refuse(t, []refusal{
		forbidden("away from a role", "ROLE_OUT_OF_SCOPE", "parent", move(folder("b"))),
		forbidden("above a role", "ROLE_OUT_OF_SCOPE", "parent", move(organization)),
		forbidden("under itself", "MOVE_INTO_SUBTREE", "parent", move(project)),
		invalid("a role from beside", "ROLE_OUT_OF_SCOPE", "roles[0]", func(ctx context.Context, s *system) error {
			_, _, err := s.CreatePolicy(ctx, iam.Policy{Subject: ann, Scope: folder("b"), Roles: []iam.RoleID{"local"}})
			return err
		}),
		forbidden("away in a world", "ROLE_OUT_OF_SCOPE", "scopes[0].parent", func(ctx context.Context, s *system) error {
			_, err := s.Apply(ctx, iam.World{Scopes: []iam.Scope{{Ref: project, Parent: folder("b")}}})
			return err
		}),
	})
	_, receipt, err := s.MoveScope(t.Context(), project, folder("a"))
	s.done(t, receipt, err)
	assert.True(t, s.can(t, ann, "iam.role.get", project))
	receipt, err = s.Revoke(t.Context(), ann, project, []iam.RoleID{"local"})
	s.done(t, receipt, err)
	_, receipt, err = s.MoveScope(t.Context(), project, organization)
	s.done(t, receipt, err)
}
