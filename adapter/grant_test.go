package adapter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestRevoke(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	s.apply(t, iam.World{Policies: []iam.Policy{{ID: "p-more", Subject: ann, Scope: work2, Roles: []iam.RoleID{"vars", "spare"}}}})
	receipt, err := s.Revoke(ctx, ann, work2, []iam.RoleID{"vars"})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "variables:delete", work2), "whichever policies gave it")
	assert.True(t, s.can(t, ann, "variables:read", work2), "another role of the same policy stays")
	receipt, err = s.Revoke(ctx, ann, work2, []iam.RoleID{"read-only", "spare"})
	s.done(t, receipt, err)
	for _, id := range []iam.PolicyID{"p-ann", "p-more"} {
		_, err = s.Policy(ctx, id)
		assert.Equal(t, iam.NotFound, iam.CodeOf(err), "a policy goes with its last role")
	}
}

func TestInvite(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	eve := ref("user", "eve@example.com")
	policy, receipt, err := s.Invite(ctx, iam.User{ID: "eve@example.com", Email: "eve@example.com"}, accountA, []iam.RoleID{"account-min-access"})
	s.done(t, receipt, err)
	assert.Equal(t, eve, policy.Subject)
	assert.True(t, s.can(t, eve, "login", accountA))
	_, receipt, err = s.Invite(ctx, iam.User{ID: "eve@example.com", Name: "Other"}, accountB, []iam.RoleID{"user"})
	s.done(t, receipt, err)
	user, err := s.User(ctx, "eve@example.com")
	require.NoError(t, err)
	assert.Empty(t, user.Name, "who exists is not changed by an invitation")
	none, receipt, err := s.Invite(ctx, iam.User{ID: "max"}, accountA, nil)
	s.done(t, receipt, err)
	assert.Zero(t, none)
	_, err = s.User(ctx, "max")
	require.NoError(t, err)
}

func TestGrantRefusals(t *testing.T) {
	t.Parallel()
	revoke := func(subject, scope iam.Ref, roles ...iam.RoleID) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, err := s.Revoke(ctx, subject, scope, roles); return err }
	}
	invite := func(user iam.User, scope iam.Ref, roles ...iam.RoleID) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.Invite(ctx, user, scope, roles); return err }
	}
	drop := func(refs ...iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, err := s.Delete(ctx, refs); return err }
	}
	notHeld := missing("revoke what is not held", "roles[1]", revoke(ann, work2, "vars", "user"))
	notHeld.reason, notHeld.field = "ROLE_NOT_HELD", "roles[0]" // in the order of ids
	newAcme(t).refuse(t, []refusal{
		invalid("revoke nothing", "REQUIRED", "roles", revoke(ann, work2)),
		invalid("revoke twice", "ROLE_DUPLICATE", "roles[1]", revoke(ann, work2, "vars", "vars")),
		invalid("revoke from nobody", "REQUIRED", "subject", revoke(iam.Ref{}, work2, "vars")),
		invalid("revoke from a scope", "TYPE_NOT_ALLOWED", "subject", revoke(env1, work2, "vars")),
		invalid("revoke at a user", "TYPE_NOT_ALLOWED", "scope", revoke(ann, bob, "vars")),
		missing("revoke at no scope", "scope", revoke(ann, ghostScope, "vars")),
		notHeld,
		invalid("invite to nothing", "REQUIRED", "scope", invite(iam.User{ID: "x"}, iam.Ref{}, "user")),
		invalid("invite to an environment", "TENANT_REQUIRED", "scope", invite(iam.User{ID: "x"}, env1, "user")),
		missing("invite to no account", "scope", invite(iam.User{ID: "x"}, ref("account", "ghost"), "user")),
		invalid("invite a malformed id", "ID_MALFORMED", "id", invite(iam.User{ID: "a b"}, accountA, "user")),
		missing("invite to no role", "roles[0]", invite(iam.User{ID: "x"}, accountA, "ghost")),
		taken("invite twice", "ROLE_ALREADY_HELD", "roles[0]", invite(iam.User{ID: "bob"}, accountB, "read-only")),
		invalid("delete nothing", "REQUIRED", "delete", drop()),
		missing("delete one that is not there", "delete[1]", drop(ann, nobody)),
		missing("delete twice", "delete[1]", drop(ann, ann)),
		invalid("delete an unknown type", "TYPE_UNKNOWN", "delete[0]", drop(ref("planet", "x"))),
		forbidden("delete a system role", "SYSTEM_ROLE", "delete[0]", drop(ref("role", "admin"))),
		forbidden("delete a role in use", "ROLE_IN_USE", "delete[1]", drop(bob, ref("role", "vars"), ref("policy", "p-dev"))),
		missing("delete no policy", "delete[0]", drop(ref("policy", "ghost"))),
		missing("delete no scope", "delete[0]", drop(ghostScope)),
		missing("delete no team", "delete[0]", drop(ref("team", "ghost"))),
		missing("delete no service account", "delete[0]", drop(ref("service_account", "ghost"))),
	})
}

func TestDeleteMany(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	receipt, err := s.Delete(t.Context(), []iam.Ref{ref("policy", "p-ann"), ref("role", "vars"), bob, dev, ci, env1, accountB})
	s.done(t, receipt, err)
	left, err := s.Export(t.Context(), iam.Ref{})
	require.NoError(t, err)
	assert.Len(t, left.Scopes, 3)
	assert.Len(t, left.Users, 2)
	assert.Len(t, left.Groups, 1)
	assert.Len(t, left.ServiceAccounts, 1)
	assert.Len(t, left.Roles, 1)
	assert.Len(t, left.Policies, 1)
}

func TestMigrateRoles(t *testing.T) {
	t.Parallel()
	s, ctx := newSystem(t, builtin(t, "stackit")), t.Context()
	organization, project := ref("organization", "o"), ref("project", "p")
	s.apply(t, iam.World{
		Scopes: []iam.Scope{{Ref: organization}, {Ref: project, Parent: organization}},
		Users:  []iam.User{{ID: "ann"}, {ID: "bob"}},
		Policies: []iam.Policy{
			{ID: "p1", Subject: ann, Scope: organization, Roles: []iam.RoleID{"organization.owner"}},
			{ID: "p2", Subject: bob, Scope: project, Roles: []iam.RoleID{"project.owner"}},
			{ID: "p3", Subject: ann, Scope: project, Roles: []iam.RoleID{"reader"}},
		},
	})
	changed, receipt, err := s.MigrateRoles(ctx)
	s.done(t, receipt, err)
	assert.Equal(t, 2, changed)
	for id, want := range map[iam.PolicyID]iam.RoleID{"p1": "owner", "p2": "owner", "p3": "reader"} {
		policy, err := s.Policy(ctx, id)
		require.NoError(t, err)
		assert.Equal(t, []iam.RoleID{want}, policy.Roles, id)
	}
	changed, receipt, err = s.MigrateRoles(ctx)
	s.done(t, receipt, err)
	assert.Zero(t, changed, "once is enough")
}

func TestResources(t *testing.T) {
	t.Parallel()
	s, ctx := newSystem(t, builtin(t, "scalr-classic")), t.Context()
	s.apply(t, iam.World{
		Scopes: []iam.Scope{{Ref: accountA}, {Ref: env1, Parent: accountA}, {Ref: accountB}},
		Users:  []iam.User{{ID: "ann"}, {ID: "bob"}},
		Roles:  []iam.Role{{ID: "own", Scope: accountA, Permissions: []string{"OWN_FARMS", "OWN_FARMS/update"}}},
		Groups: []iam.Group{
			{ID: "dev", Scope: accountA, Members: []iam.Ref{ann, bob}, Roles: []iam.RoleID{"own"}, Scopes: []iam.Ref{env1}},
			{ID: "teamB", Scope: accountB, Roles: []iam.RoleID{"full-access"}},
		},
	})
	farm, receipt, err := s.CreateResource(ctx, iam.Resource{Ref: iam.Ref{Type: "farm"}, Scope: env1, Name: "f", Owners: []iam.Ref{ann}})
	s.done(t, receipt, err)
	assert.NotEmpty(t, farm.Ref.ID)
	names, _, err := s.Permissions(ctx, ann, farm.Ref, adapter.Freshness{})
	require.NoError(t, err)
	assert.NotEmpty(t, names)
	farm, receipt, err = s.UpdateResource(ctx, farm.Ref, adapter.ResourceChange{Owners: to([]iam.Ref{bob}), Name: to("g"), Revision: 1})
	s.done(t, receipt, err)
	names, _, err = s.Permissions(ctx, ann, farm.Ref, adapter.Freshness{})
	require.NoError(t, err)
	assert.Empty(t, names)
	read, err := s.Resource(ctx, farm.Ref)
	require.NoError(t, err)
	assert.Equal(t, farm, read)
	s.refuse(t, resourceRefusals(farm.Ref))
	receipt, err = s.DeleteResource(ctx, farm.Ref, 0)
	s.done(t, receipt, err)
	receipt, err = s.DeleteUser(ctx, "bob", 0)
	s.done(t, receipt, err)
}

func resourceRefusals(farm iam.Ref) []refusal {
	ghost := ref("farm", "ghost")
	create := func(change func(*iam.Resource)) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			resource := iam.Resource{Ref: ref("farm", "new"), Scope: env1, Owners: []iam.Ref{ann}}
			change(&resource)
			_, _, err := s.CreateResource(ctx, resource)
			return err
		}
	}
	owners := func(refs ...iam.Ref) func(*iam.Resource) { return func(r *iam.Resource) { r.Owners = refs } }
	update := func(ref iam.Ref, change adapter.ResourceChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.UpdateResource(ctx, ref, change)
			return err
		}
	}
	return []refusal{
		invalid("unknown type", "TYPE_UNKNOWN", "id", create(func(r *iam.Resource) { r.Ref.Type = "barn" })),
		invalid("not a resource", "TYPE_NOT_ALLOWED", "id", create(func(r *iam.Resource) { r.Ref.Type = "user" })),
		invalid("malformed id", "ID_MALFORMED", "id", create(func(r *iam.Resource) { r.Ref.ID = "a b" })),
		invalid("name", "TEXT_MALFORMED", "name", create(func(r *iam.Resource) { r.Name = "\x01" })),
		invalid("in an account", "SCOPE_NOT_ALLOWED", "scope", create(func(r *iam.Resource) { r.Scope = accountA })),
		missing("no such scope", "scope", create(func(r *iam.Resource) { r.Scope = ghostScope })),
		invalid("two owners", "OWNER_COUNT", "owners", create(owners(ann, bob))),
		invalid("owned by a scope", "TYPE_NOT_ALLOWED", "owners[0]", create(owners(env1))),
		missing("no such owner", "owners[0]", create(owners(nobody))),
		invalid("owner of another tenant", "OTHER_TENANT", "owners[0]", create(owners(teamB))),
		taken("twice", "ALREADY_EXISTS", "id", create(func(r *iam.Resource) { r.Ref = farm })),
		missing("update of none", "id", update(ghost, adapter.ResourceChange{})),
		stale("stale update", update(farm, adapter.ResourceChange{Name: to("x"), Revision: 9})),
		missing("delete none", "id", func(ctx context.Context, s *system) error { _, err := s.DeleteResource(ctx, ghost, 0); return err }),
		stale("stale delete", func(ctx context.Context, s *system) error { _, err := s.DeleteResource(ctx, farm, 9); return err }),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.Resource(ctx, ghost); return err }),
		forbidden("delete an owner", "OWNER_IN_USE", "id", func(ctx context.Context, s *system) error { _, err := s.DeleteUser(ctx, "bob", 0); return err }),
	}
}
