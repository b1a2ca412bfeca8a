package adapter_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// TestAudit: every use case leaves who did what to which object, in whose
// tenant, and nothing when it is refused (which refuse checks everywhere).
func TestAudit(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	ctx := adapter.WithActor(t.Context(), "user:admin")
	last := func() adapter.AuditEntry {
		entries, err := s.AuditEntries(ctx, adapter.AuditFilter{Limit: 1})
		require.NoError(t, err)
		require.Len(t, entries, 1)
		return entries[0]
	}
	check := func(action string, tenant, object iam.Ref, detail string, err error) {
		t.Helper()
		require.NoError(t, err)
		entry := last()
		assert.Equal(t, []any{"user:admin", action, tenant, object}, []any{entry.Actor, entry.Action, entry.Tenant, entry.Object})
		assert.Contains(t, entry.Detail, detail)
		assert.False(t, entry.Time.IsZero())
	}
	none := iam.Ref{}
	_, _, err := s.CreateScope(ctx, iam.Scope{Ref: ref("environment", "E9"), Parent: accountA})
	check("scope.create", accountA, ref("environment", "E9"), `"account:A"`, err)
	_, _, err = s.UpdateScope(ctx, ref("environment", "E9"), adapter.ScopeChange{Isolated: to(true)})
	check("scope.update", accountA, ref("environment", "E9"), `"isolated":true`, err)
	_, _, err = s.MoveScope(ctx, work1, env2)
	check("scope.move", accountA, work1, `"environment:E2"`, err)
	_, err = s.DeleteScope(ctx, ref("environment", "E9"), 0)
	check("scope.delete", accountA, ref("environment", "E9"), "", err)
	_, _, err = s.CreateUser(ctx, iam.User{ID: "eve"})
	check("user.create", none, ref("user", "eve"), `"active"`, err)
	_, _, err = s.UpdateUser(ctx, "eve", adapter.UserChange{Status: to(iam.Inactive)})
	check("user.update", none, ref("user", "eve"), `"inactive"`, err)
	_, err = s.DeleteUser(ctx, "eve", 0)
	check("user.delete", none, ref("user", "eve"), "", err)
	_, _, err = s.AddMembers(ctx, "ops", []iam.Ref{ann})
	check("group.add_members", accountA, ops, "members", err)
	_, _, err = s.RemoveMembers(ctx, "ops", []iam.Ref{ann})
	check("group.remove_members", accountA, ops, "members", err)
	_, _, err = s.UpdateGroup(ctx, "ops", adapter.GroupChange{Name: to("x")})
	check("group.update", accountA, ops, "members", err)
	_, err = s.DeleteGroup(ctx, "ops", 0)
	check("group.delete", accountA, ops, "", err)
	_, _, err = s.UpdateRole(ctx, "vars", adapter.RoleChange{Permissions: to([]string{"runs:apply"})})
	check("role.update", accountA, ref("role", "vars"), `"runs:apply"`, err)
	_, err = s.DeleteRole(ctx, "spare", 0)
	check("role.delete", accountA, ref("role", "spare"), "", err)
	policy, _, err := s.CreatePolicy(ctx, iam.Policy{Subject: ann, Scope: env2, Roles: []iam.RoleID{"user"}})
	check("policy.create", accountA, ref("policy", string(policy.ID)), `"user:ann"`, err)
	_, _, err = s.UpdatePolicy(ctx, policy.ID, adapter.PolicyChange{Roles: to([]iam.RoleID{"admin"})})
	check("policy.update", accountA, ref("policy", string(policy.ID)), `"admin"`, err)
	_, err = s.Revoke(ctx, ann, env2, []iam.RoleID{"admin"})
	check("policy.delete", accountA, ref("policy", string(policy.ID)), `"environment:E2"`, err)
	_, _, err = s.UpdateServiceAccount(ctx, "free", adapter.ServiceAccountChange{Owners: to([]iam.Ref{dev})})
	check("service_account.update", accountA, freeRobot, `"team:dev"`, err)
	_, err = s.DeleteServiceAccount(ctx, "free", 0)
	check("service_account.delete", accountA, freeRobot, "", err)
	_, _, err = s.Invite(ctx, iam.User{ID: "max"}, accountB, nil)
	check("user.invite", none, ref("user", "max"), "", err)
}

func TestAuditEntries(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	all, err := s.AuditEntries(ctx, adapter.AuditFilter{})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	assert.Equal(t, "unknown", all[0].Actor, "nobody said who acts")
	var paged []adapter.AuditEntry
	filter := adapter.AuditFilter{Limit: 4}
	for {
		entries, err := s.AuditEntries(ctx, filter)
		require.NoError(t, err)
		if len(entries) == 0 {
			break
		}
		paged = append(paged, entries...)
		filter.Before = entries[len(entries)-1].ID
	}
	assert.Equal(t, all, paged)
	ofB, err := s.AuditEntries(ctx, adapter.AuditFilter{Tenant: accountB})
	require.NoError(t, err)
	assert.Len(t, ofB, 6)
	ofAnn, err := s.AuditEntries(ctx, adapter.AuditFilter{Object: ann})
	require.NoError(t, err)
	assert.Len(t, ofAnn, 1)
	_, err = s.AuditEntries(ctx, adapter.AuditFilter{Limit: -1})
	assert.Equal(t, "PAGE_SIZE", iam.ReasonOf(err))
}
