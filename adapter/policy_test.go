package adapter_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestPolicyLife(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	policy, receipt, err := s.CreatePolicy(ctx, iam.Policy{Subject: ops, Scope: env2, Roles: []iam.RoleID{"spare", "environment-min-access"}})
	s.done(t, receipt, err)
	assert.Equal(t, iam.DerivedPolicyID(ops, env2, []iam.RoleID{"environment-min-access", "spare"}), policy.ID)
	assert.Equal(t, []iam.RoleID{"environment-min-access", "spare"}, policy.Roles, "sorted")
	assert.Equal(t, accountA, policy.Tenant)
	assert.True(t, s.can(t, bob, "environments:read", env2))
	assert.False(t, s.can(t, off, "environments:read", env2), "an inactive member")

	changed, receipt, err := s.UpdatePolicy(ctx, policy.ID, adapter.PolicyChange{Roles: to([]iam.RoleID{"user", "spare"}), Revision: 1})
	s.done(t, receipt, err)
	assert.Equal(t, policy.Subject, changed.Subject)
	assert.EqualValues(t, 2, changed.Revision)
	assert.True(t, s.can(t, bob, "variables:update", work2))

	again, receipt, err := s.CreatePolicy(ctx, iam.Policy{Subject: ops, Scope: env2, Roles: []iam.RoleID{"environment-min-access"}})
	s.done(t, receipt, err)
	assert.NotEqual(t, policy.ID, again.ID, "other roles at the same scope")
	_, receipt, err = s.UpdatePolicy(ctx, policy.ID, adapter.PolicyChange{Roles: to([]iam.RoleID{"spare"})})
	s.done(t, receipt, err)
	fresh, receipt, err := s.CreatePolicy(ctx, iam.Policy{Subject: ops, Scope: env2, Roles: []iam.RoleID{"admin"}})
	s.done(t, receipt, err)

	read, err := s.Policy(ctx, fresh.ID)
	require.NoError(t, err)
	assert.Equal(t, fresh, read)
	receipt, err = s.DeletePolicy(ctx, fresh.ID, fresh.Revision)
	s.done(t, receipt, err)
	assert.False(t, s.can(t, bob, "variables:update", work2))
	assert.True(t, s.can(t, bob, "environments:read", env2), "what another policy gives stays")
}

// TestDerivedIDIsTaken: the id that follows from a policy may belong to one
// whose roles were edited since.
func TestDerivedIDIsTaken(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	grant := iam.Policy{Subject: ops, Scope: env1, Roles: []iam.RoleID{"spare"}}
	first, receipt, err := s.CreatePolicy(ctx, grant)
	s.done(t, receipt, err)
	_, receipt, err = s.UpdatePolicy(ctx, first.ID, adapter.PolicyChange{Roles: to([]iam.RoleID{"user"})})
	s.done(t, receipt, err)
	second, receipt, err := s.CreatePolicy(ctx, grant)
	s.done(t, receipt, err)
	assert.NotEqual(t, first.ID, second.ID)
}

// TestRoleCount: Scalr allows 128 roles in a policy.
func TestRoleCount(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	var w iam.World
	roles := make([]iam.RoleID, 129)
	for i := range roles {
		roles[i] = iam.RoleID(fmt.Sprintf("r%03d", i))
		w.Roles = append(w.Roles, iam.Role{ID: roles[i], Scope: accountA, Permissions: []string{"modules:read"}})
	}
	s.apply(t, w)
	s.refuse(t, []refusal{invalid("129 roles", "ROLE_COUNT", "roles", func(ctx context.Context, s *system) error {
		_, _, err := s.CreatePolicy(ctx, iam.Policy{Subject: ops, Scope: env1, Roles: roles})
		return err
	})})
	policy, receipt, err := s.CreatePolicy(ctx, iam.Policy{Subject: ops, Scope: env1, Roles: roles[:128]})
	s.done(t, receipt, err)
	assert.Len(t, policy.Roles, 128)
	s.refuse(t, []refusal{invalid("129 by update", "ROLE_COUNT", "roles", func(ctx context.Context, s *system) error {
		_, _, err := s.UpdatePolicy(ctx, policy.ID, adapter.PolicyChange{Roles: &roles})
		return err
	})})
	receipt, err = s.Revoke(ctx, ops, env1, roles[:127])
	s.done(t, receipt, err)
	left, err := s.Policy(ctx, policy.ID)
	require.NoError(t, err)
	assert.Equal(t, roles[127:128], left.Roles)
}

func TestPolicyRefusals(t *testing.T) {
	t.Parallel()
	create := func(change func(*iam.Policy)) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			policy := iam.Policy{Subject: ops, Scope: env1, Roles: []iam.RoleID{"user"}}
			change(&policy)
			_, _, err := s.CreatePolicy(ctx, policy)
			return err
		}
	}
	update := func(id iam.PolicyID, change adapter.PolicyChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.UpdatePolicy(ctx, id, change); return err }
	}
	roles := func(ids ...iam.RoleID) func(*iam.Policy) { return func(p *iam.Policy) { p.Roles = ids } }
	newAcme(t).refuse(t, []refusal{
		invalid("no subject", "REQUIRED", "subject", create(func(p *iam.Policy) { p.Subject = iam.Ref{} })),
		invalid("scope as subject", "TYPE_NOT_ALLOWED", "subject", create(func(p *iam.Policy) { p.Subject = env1 })),
		invalid("unknown type", "TYPE_UNKNOWN", "subject", create(func(p *iam.Policy) { p.Subject = ref("robot", "x") })),
		missing("no such user", "subject", create(func(p *iam.Policy) { p.Subject = nobody })),
		missing("no such team", "subject", create(func(p *iam.Policy) { p.Subject = ref("team", "ghost") })),
		missing("no such service account", "subject", create(func(p *iam.Policy) { p.Subject = ref("service_account", "ghost") })),
		invalid("team of another tenant", "OTHER_TENANT", "subject", create(func(p *iam.Policy) { p.Subject = teamB })),
		invalid("robot of another tenant", "OTHER_TENANT", "subject", create(func(p *iam.Policy) { p.Subject = robotB })),
		invalid("no scope", "REQUIRED", "scope", create(func(p *iam.Policy) { p.Scope = iam.Ref{} })),
		invalid("user as scope", "TYPE_NOT_ALLOWED", "scope", create(func(p *iam.Policy) { p.Scope = ann })),
		missing("no such scope", "scope", create(func(p *iam.Policy) { p.Scope = ghostScope })),
		invalid("no role", "ROLE_COUNT", "roles", create(roles())),
		invalid("a role twice", "ROLE_DUPLICATE", "roles[1]", create(roles("user", "user"))),
		invalid("malformed role", "ID_MALFORMED", "roles[0]", create(roles("a b"))),
		missing("no such role", "roles[0]", create(roles("ghost"))),
		invalid("role of another tenant", "ROLE_OUT_OF_SCOPE", "roles[0]", create(roles("roleB"))),
		invalid("malformed id", "ID_MALFORMED", "id", create(func(p *iam.Policy) { p.ID = "a b" })),
		taken("id taken", "ALREADY_EXISTS", "id", create(func(p *iam.Policy) { p.ID = "p-ann" })),
		taken("role held already", "ROLE_ALREADY_HELD", "roles[0]", create(func(p *iam.Policy) { *p = iam.Policy{Subject: dev, Scope: env1, Roles: []iam.RoleID{"admin", "user"}} })),
		missing("update of none", "id", update("ghost", adapter.PolicyChange{})),
		stale("stale update", update("p-ann", adapter.PolicyChange{Roles: to([]iam.RoleID{"user"}), Revision: 9})),
		invalid("update to no role", "ROLE_COUNT", "roles", update("p-ann", adapter.PolicyChange{Roles: to([]iam.RoleID{})})),
		missing("update to no such role", "roles[0]", update("p-ann", adapter.PolicyChange{Roles: to([]iam.RoleID{"ghost"})})),
		missing("delete none", "id", func(ctx context.Context, s *system) error { _, err := s.DeletePolicy(ctx, "ghost", 0); return err }),
		stale("stale delete", func(ctx context.Context, s *system) error { _, err := s.DeletePolicy(ctx, "p-ann", 9); return err }),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.Policy(ctx, "ghost"); return err }),
	})
}

// TestPolicyRefusalsOfModels: what only other models forbid.
func TestPolicyRefusalsOfModels(t *testing.T) {
	t.Parallel()
	create := func(subject, scope iam.Ref, roles ...iam.RoleID) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.CreatePolicy(ctx, iam.Policy{Subject: subject, Scope: scope, Roles: roles})
			return err
		}
	}
	stackit := newSystem(t, builtin(t, "stackit"))
	stackit.apply(t, iam.World{Scopes: []iam.Scope{{Ref: ref("organization", "o")}}, Users: []iam.User{{ID: "ann"}}})
	stackit.refuse(t, []refusal{
		invalid("two roles", "ROLE_COUNT", "roles", create(ann, ref("organization", "o"), "owner", "reader")),
		invalid("role for another type", "ROLE_NOT_ASSIGNABLE", "roles[0]", create(ann, ref("organization", "o"), "project.owner")),
	})
	classic := newSystem(t, builtin(t, "scalr-classic"))
	classic.apply(t, iam.World{Scopes: []iam.Scope{{Ref: accountA}}, Users: []iam.User{{ID: "ann"}}})
	classic.refuse(t, []refusal{invalid("no policies at all", "TYPE_NOT_ALLOWED", "subject", create(ann, accountA, "full-access"))})

	old := newSystem(t, testModel(t, `
model: old
version: 1
types:
  user: {kind: user}
  root: {kind: scope}
  leaf: {kind: scope, in: [root]}
policies: {subjects: [user], at: [root], max_roles: 2}
permissions:
- {name: "root:read", at: [root], description: See it}
roles:
- {id: new, description: New, permissions: ["*"]}
- {id: gone, description: Gone, permissions: ["*"], deprecated: true, end_of_life: "2020-01-01", replaced_by: new}
`))
	old.apply(t, iam.World{Scopes: []iam.Scope{{Ref: ref("root", "r")}, {Ref: ref("leaf", "l"), Parent: ref("root", "r")}}, Users: []iam.User{{ID: "ann"}}})
	old.refuse(t, []refusal{
		forbidden("role past its end", "ROLE_ENDED", "roles[0]", create(ann, ref("root", "r"), "gone")),
		invalid("scope without policies", "SCOPE_NOT_ALLOWED", "scope", create(ann, ref("leaf", "l"), "new")),
	})
}
