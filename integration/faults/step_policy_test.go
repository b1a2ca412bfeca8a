package faults

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func (w *writer) createRole() (step, bool) {
	role := iam.Role{ID: iam.RoleID(w.id("r")), Scope: w.account(), Permissions: some(w, permissions, 3)}
	return creating(role, roleRef(role.ID), "role.create", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Roles.CreateRole(ctx, &ambitv1.CreateRoleRequest{
			Role: &ambitv1.Role{Id: string(role.ID), Scope: role.Scope.String(), Permissions: role.Permissions},
		})
	}), len(w.roles()) < 6
}

// editRole gives a role other permissions.
func (w *writer) editRole() (step, bool) {
	role, ok := pick(w, w.roles())
	old := role.Permissions
	for ok && slices.Equal(role.Permissions, old) {
		role.Permissions = some(w, permissions, 3)
	}
	return creating(role, roleRef(role.ID), "role.update", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Roles.UpdateRole(ctx, &ambitv1.UpdateRoleRequest{
			Role: &ambitv1.Role{Id: string(role.ID), Permissions: role.Permissions}, UpdateMask: mask("permissions"),
		})
	}), ok
}

// deleteRole must be refused while a policy uses the role.
func (w *writer) deleteRole() (step, bool) {
	role, ok := pick(w, w.roles())
	s := step{
		name: "role.delete " + string(role.ID),
		call: func(ctx context.Context, c *client.Client) (receipt, error) {
			return c.Roles.DeleteRole(ctx, &ambitv1.DeleteRoleRequest{Id: string(role.ID)})
		},
		change: func(h holdings) []note {
			delete(h, roleRef(role.ID))
			return []note{{"role.delete", roleRef(role.ID)}}
		},
	}
	if slices.ContainsFunc(w.policies(), func(p iam.Policy) bool { return slices.Contains(p.Roles, role.ID) }) {
		s.refusal, s.change = iam.FailedPrecondition, func(holdings) []note { return nil }
	}
	return s, ok && len(w.roles()) > 3
}

// createPolicy gives a user or a team of this writer a role at an account, or at
// a scope of its own.
func (w *writer) createPolicy() (step, bool) {
	role, ok := pick(w, w.roles())
	scopes := []iam.Ref{role.Scope}
	for _, scope := range w.scopes() {
		if scope.Tenant == role.Scope {
			scopes = append(scopes, scope.Ref)
		}
	}
	var subjects []iam.Ref
	for _, user := range w.users() {
		subjects = append(subjects, userRef(user.ID))
	}
	for _, team := range w.teams() {
		if team.Scope == role.Scope {
			subjects = append(subjects, teamRef(team.ID))
		}
	}
	subject, hasSubject := pick(w, subjects)
	scope, _ := pick(w, scopes)
	policy := iam.Policy{ID: iam.PolicyID(w.id("p")), Subject: subject, Roles: []iam.RoleID{role.ID}, Scope: scope}
	s := creating(policy, policyRef(policy.ID), "policy.create", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Policies.CreatePolicy(ctx, &ambitv1.CreatePolicyRequest{Policy: &ambitv1.Policy{
			Id: string(policy.ID), Subject: subject.String(), Scope: scope.String(), Roles: []string{string(role.ID)},
		}})
	})
	if w.holds(subject, scope, role.ID) {
		s.refusal, s.change = iam.AlreadyExists, func(holdings) []note { return nil }
	}
	return s, ok && hasSubject && len(w.policies()) < 12
}

// holds reports whether a policy gives a subject a role at a scope.
func (w *writer) holds(subject, scope iam.Ref, role iam.RoleID) bool {
	return slices.ContainsFunc(w.policies(), func(p iam.Policy) bool {
		return p.Subject == subject && p.Scope == scope && slices.Contains(p.Roles, role)
	})
}

// editPolicy puts another role in the place of those of a policy.
func (w *writer) editPolicy() (step, bool) {
	policy, ok := pick(w, w.policies())
	role, hasRole := pick(w, w.rolesIn(w.held.tenantOf(policy)))
	possible := ok && hasRole && !w.holds(policy.Subject, policy.Scope, role.ID)
	policy.Roles = []iam.RoleID{role.ID}
	return creating(policy, policyRef(policy.ID), "policy.update", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Policies.UpdatePolicy(ctx, &ambitv1.UpdatePolicyRequest{
			Policy: &ambitv1.Policy{Id: string(policy.ID), Roles: []string{string(role.ID)}}, UpdateMask: mask("roles"),
		})
	}), possible
}

func (w *writer) deletePolicy() (step, bool) {
	policy, ok := pick(w, w.policies())
	return w.dropping(policy, func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Policies.DeletePolicy(ctx, &ambitv1.DeletePolicyRequest{Id: string(policy.ID)})
	}), ok
}

// revoke takes away what a policy gives, without naming it.
func (w *writer) revoke() (step, bool) {
	policy, ok := pick(w, w.policies())
	return w.dropping(policy, func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Policies.RevokePolicies(ctx, &ambitv1.RevokePoliciesRequest{
			Subject: policy.Subject.String(), Scope: policy.Scope.String(),
			Roles: each(policy.Roles, func(id iam.RoleID) string { return string(id) }),
		})
	}), ok
}

func (w *writer) dropping(policy iam.Policy, call func(context.Context, *client.Client) (receipt, error)) step {
	ref := policyRef(policy.ID)
	return step{
		name: "policy.delete " + string(policy.ID), call: call,
		change: func(h holdings) []note { delete(h, ref); return []note{{"policy.delete", ref}} },
	}
}
