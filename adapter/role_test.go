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

func TestRoleContent(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	for _, test := range []struct {
		name string
		role iam.Role
		want []string
	}{
		{"empty", iam.Role{}, []string{}},
		{"exact", iam.Role{Permissions: []string{"modules:read"}}, []string{"modules:read"}},
		{"pattern", iam.Role{Permissions: []string{"modules:*"}, Except: []string{"*:delete"}}, []string{"modules:create", "modules:read", "modules:update"}},
		{"base", iam.Role{Base: "environment-min-access", Permissions: []string{"variables:read"}}, []string{"environments:read", "variables:read"}},
		{"base less", iam.Role{Base: "account-min-access", Except: []string{"accounts:*", "roles:*", "software-versions:read"}}, []string{"teams:read", "users:read"}},
	} {
		test.role.Scope = accountA
		view, receipt, err := s.CreateRole(ctx, test.role)
		s.done(t, receipt, err)
		assert.ElementsMatch(t, test.want, view.Effective, test.name)
		assert.False(t, view.System)
		read, err := s.Role(ctx, view.ID)
		require.NoError(t, err)
		assert.Equal(t, view.Effective, read.Effective)
		assert.Equal(t, view.Revision, read.Revision)
		receipt, err = s.DeleteRole(ctx, view.ID, view.Revision)
		s.done(t, receipt, err)
	}
}

func TestSystemRole(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	view, err := s.Role(t.Context(), "environment-min-access")
	require.NoError(t, err)
	assert.True(t, view.System)
	assert.Equal(t, []string{"environments:read"}, view.Effective)
	assert.Equal(t, []string{"account", "environment", "workspace"}, view.Assignable)

	stackit := newSystem(t, builtin(t, "stackit"))
	byAlias, err := stackit.Role(t.Context(), "viewer")
	require.NoError(t, err)
	assert.NotEqual(t, iam.RoleID("viewer"), byAlias.ID)
	assert.Contains(t, byAlias.Aliases, "viewer")
}

func TestRoleUpdate(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	require.True(t, s.can(t, ann, "variables:delete", work2))
	view, receipt, err := s.UpdateRole(ctx, "vars", adapter.RoleChange{
		Name: to("Variables"), Description: to("reads"), Permissions: to([]string{"variables:read", "runs:apply"}), Revision: 1,
	})
	s.done(t, receipt, err)
	assert.EqualValues(t, 2, view.Revision)
	assert.Equal(t, accountA, view.Scope)
	assert.False(t, s.can(t, ann, "variables:delete", work2))
	assert.True(t, s.can(t, ann, "variables:read", work2))
	assert.True(t, s.can(t, ann, "runs:apply", work2))

	_, receipt, err = s.UpdateRole(ctx, "vars", adapter.RoleChange{Base: to(iam.RoleID("environment-min-access")), Except: to([]string{"runs:*"})})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "runs:apply", work2))
}

func TestDeleteRoleInUse(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	receipt, err := s.Revoke(t.Context(), ann, work2, []iam.RoleID{"vars"})
	s.done(t, receipt, err)
	receipt, err = s.DeleteRole(t.Context(), "vars", 0)
	s.done(t, receipt, err)

	stackit := newSystem(t, builtin(t, "stackit"))
	organization := ref("organization", "o")
	stackit.apply(t, iam.World{
		Scopes:   []iam.Scope{{Ref: organization}},
		Users:    []iam.User{{ID: "ann"}},
		Roles:    []iam.Role{{ID: "custom", Scope: organization, Permissions: []string{"iam.role.get"}}},
		Policies: []iam.Policy{{ID: "p", Subject: ann, Scope: organization, Roles: []iam.RoleID{"custom"}}},
	})
	require.True(t, stackit.can(t, ann, "iam.role.get", organization))
	receipt, err = stackit.DeleteRole(t.Context(), "custom", 0)
	stackit.done(t, receipt, err)
	assert.False(t, stackit.can(t, ann, "iam.role.get", organization))
	_, err = stackit.Policy(t.Context(), "p")
	assert.Equal(t, iam.NotFound, iam.CodeOf(err), "where the model says so, policies go with their role")
}

func TestRoleRefusals(t *testing.T) {
	t.Parallel()
	create := func(change func(*iam.Role)) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			role := iam.Role{ID: "new", Scope: accountA, Permissions: []string{"modules:read"}}
			change(&role)
			_, _, err := s.CreateRole(ctx, role)
			return err
		}
	}
	update := func(id iam.RoleID, change adapter.RoleChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.UpdateRole(ctx, id, change); return err }
	}
	remove := func(id iam.RoleID, revision int64) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, err := s.DeleteRole(ctx, id, revision); return err }
	}
	newAcme(t).refuse(t, []refusal{
		forbidden("shadow of a system role", "SYSTEM_ROLE", "id", create(func(r *iam.Role) { r.ID = "admin" })),
		invalid("malformed id", "ID_MALFORMED", "id", create(func(r *iam.Role) { r.ID = "a/b" })),
		taken("twice", "ALREADY_EXISTS", "id", create(func(r *iam.Role) { r.ID = "vars" })),
		invalid("long name", "TEXT_TOO_LONG", "name", create(func(r *iam.Role) { r.Name = strings.Repeat("x", 257) })),
		invalid("long description", "TEXT_TOO_LONG", "description", create(func(r *iam.Role) { r.Description = strings.Repeat("x", 4097) })),
		invalid("no scope", "REQUIRED", "scope", create(func(r *iam.Role) { r.Scope = iam.Ref{} })),
		invalid("scope of a wrong type", "SCOPE_NOT_ALLOWED", "scope", create(func(r *iam.Role) { r.Scope = env1 })),
		invalid("scope that is none", "TYPE_NOT_ALLOWED", "scope", create(func(r *iam.Role) { r.Scope = ann })),
		missing("no such scope", "scope", create(func(r *iam.Role) { r.Scope = ref("account", "ghost") })),
		missing("no such base", "base", create(func(r *iam.Role) { r.Base = "ghost" })),
		invalid("unknown permission", "PERMISSION_UNKNOWN", "permissions[1]", create(func(r *iam.Role) { r.Permissions = []string{"modules:read", "something:create"} })),
		invalid("pattern for nothing", "PATTERN_MATCHES_NOTHING", "permissions[0]", create(func(r *iam.Role) { r.Permissions = []string{"something:*"} })),
		invalid("except nothing", "PATTERN_MATCHES_NOTHING", "except[0]", create(func(r *iam.Role) { r.Except = []string{"x*"} })),
		invalid("except unknown", "PERMISSION_UNKNOWN", "except[0]", create(func(r *iam.Role) { r.Except = []string{""} })),
		invalid("derived permission", "PERMISSION_DERIVED", "permissions[0]", create(func(r *iam.Role) { r.Permissions = []string{"login"} })),
		missing("update of none", "id", update("ghost", adapter.RoleChange{Name: to("x")})),
		forbidden("update of a system role", "SYSTEM_ROLE", "id", update("admin", adapter.RoleChange{Name: to("x")})),
		stale("stale update", update("vars", adapter.RoleChange{Name: to("x"), Revision: 9})),
		invalid("update with nonsense", "PERMISSION_UNKNOWN", "permissions[0]", update("vars", adapter.RoleChange{Permissions: to([]string{"x"})})),
		invalid("a custom role as base", "BASE_NOT_ALLOWED", "base", update("vars", adapter.RoleChange{Base: to(iam.RoleID("spare"))})),
		missing("delete none", "id", remove("ghost", 0)),
		forbidden("delete a system role", "SYSTEM_ROLE", "id", remove("admin", 0)),
		forbidden("delete a role in use", "ROLE_IN_USE", "id", remove("vars", 0)),
		stale("stale delete", remove("spare", 9)),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.Role(ctx, "ghost"); return err }),
	})
}

// TestRoleRefusalsOfModels: what only other models forbid.
func TestRoleRefusalsOfModels(t *testing.T) {
	t.Parallel()
	create := func(role iam.Role) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.CreateRole(ctx, role); return err }
	}
	snapcd := newSystem(t, builtin(t, "snapcd"))
	snapcd.apply(t, iam.World{Scopes: []iam.Scope{{Ref: ref("organization", "o")}}})
	snapcd.refuse(t, []refusal{
		invalid("no custom roles", "CUSTOM_ROLES_NOT_SUPPORTED", "id", create(iam.Role{ID: "r", Scope: ref("organization", "o")})),
	})

	strict := newSystem(t, testModel(t, `
model: strict
version: 1
types:
  user: {kind: user}
  root: {kind: scope}
  leaf: {kind: scope, in: [root]}
policies: {subjects: [user], max_roles: 2}
custom_roles: {in: [root], pattern: "[a-z]+"}
permissions:
- {name: "leaf:read", at: [leaf], description: See it}
roles:
- {id: varied, description: Differs, permissions_at: {root: ["*"], leaf: ["leaf:read"]}}
`))
	strict.apply(t, iam.World{Scopes: []iam.Scope{{Ref: ref("root", "r")}}})
	strict.refuse(t, []refusal{
		invalid("nothing in it", "ROLE_EMPTY", "permissions", create(iam.Role{ID: "r", Scope: ref("root", "r")})),
		invalid("a name against the pattern", "ID_PATTERN", "id", create(iam.Role{ID: "R1", Scope: ref("root", "r"), Permissions: []string{"*"}})),
		invalid("base of many contents", "BASE_NOT_ALLOWED", "base", create(iam.Role{ID: "r", Scope: ref("root", "r"), Base: "varied"})),
	})
}
