package adapter

import (
	"context"
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Revoke takes roles that a subject holds at a scope away, whichever policies
// give them, all or none. A policy goes with its last role.
//
// Errors: NOT_FOUND for the scope, and with reason ROLE_NOT_HELD for a role that is
// not held there; INVALID_ARGUMENT for no role, or one named twice.
func (a *Adapter) Revoke(ctx context.Context, subject, scope iam.Ref, roles []iam.RoleID) (Receipt, error) {
	if len(roles) == 0 {
		return Receipt{}, iam.Invalid("REQUIRED", "roles", "", "name at least one role")
	}
	roles, err := a.resolveRoles("roles", roles)
	if err != nil {
		return Receipt{}, err
	}
	return a.write(ctx, func(c *change) error {
		if err := c.wantKind("subject", subject, schema.KindUser, schema.KindServiceAccount, schema.KindGroup); err != nil {
			return err
		}
		if err := c.wantKind("scope", scope, schema.KindScope); err != nil {
			return err
		}
		if _, err := c.lockedScope(ctx, "scope", scope); err != nil {
			return err
		}
		for i, role := range roles {
			if err := c.revoke(ctx, fmt.Sprintf("roles[%d]", i), PolicyFilter{Subject: subject, Scope: scope, Role: role}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *change) revoke(ctx context.Context, field string, held PolicyFilter) error {
	policies, err := c.tx.Policies().List(ctx, held)
	if err != nil {
		return err
	}
	if len(policies) == 0 {
		return &iam.Error{Code: iam.NotFound, Reason: "ROLE_NOT_HELD", Field: field, Value: string(held.Role),
			Message: held.Subject.String() + " does not hold it at " + held.Scope.String()}
	}
	for _, policy := range policies {
		if err := c.takeRole(ctx, policy, held.Role); err != nil {
			return err
		}
	}
	return nil
}

// Invite makes a user, unless there is one, and gives it roles at a tenant. An
// invitation without roles makes the user only.
//
// The user's id is required, and an empty status is active. A user who is there
// stays as it is. Errors: INVALID_ARGUMENT, reason TENANT_REQUIRED, for a scope
// that is none; NOT_FOUND for the tenant; those of CreateUser and CreatePolicy.
func (a *Adapter) Invite(ctx context.Context, user iam.User, tenant iam.Ref, roles []iam.RoleID) (iam.Policy, Receipt, error) {
	if err := a.wantKind("scope", tenant, schema.KindScope); err != nil {
		return iam.Policy{}, Receipt{}, err
	}
	if !a.model.IsTenant(tenant.Type) {
		return iam.Policy{}, Receipt{}, iam.Invalid("TENANT_REQUIRED", "scope", tenant.String(), "users are invited into a tenant")
	}
	var policy iam.Policy
	receipt, err := a.write(ctx, func(c *change) error {
		if _, err := c.lockedScope(ctx, "scope", tenant); err != nil {
			return err
		}
		if err := c.ensureUser(ctx, user); err != nil || len(roles) == 0 {
			return err
		}
		var err error
		policy, err = c.grant(ctx, iam.Policy{Subject: c.userRef(user.ID), Scope: tenant, Roles: roles})
		return err
	})
	return policy, receipt, err
}

func (c *change) ensureUser(ctx context.Context, user iam.User) error {
	_, err := c.tx.Users().Get(ctx, user.ID)
	if iam.CodeOf(err) == iam.NotFound {
		user.Status = or(user.Status, iam.Active)
		_, err = c.putUser(ctx, user, "user.invite")
	}
	return err
}

// MigrateRoles puts the replacement of every replaced role into the policies
// and groups that name the old one (rule 6), as one step, and returns how many
// it changed.
//
// Errors: INVALID_ARGUMENT, reason ROLE_NOT_ASSIGNABLE, if a replacement is not
// offered where the old role is held; then nothing has changed.
func (a *Adapter) MigrateRoles(ctx context.Context) (int, Receipt, error) {
	changed := 0
	receipt, err := a.write(ctx, func(c *change) error {
		changed = 0
		for _, role := range c.model.Roles {
			if role.ReplacedBy == "" {
				continue
			}
			n, err := c.migrate(ctx, iam.RoleID(role.ID), iam.RoleID(c.lastReplacement(role).ID))
			if err != nil {
				return err
			}
			changed += n
		}
		return nil
	})
	return changed, receipt, err
}

// lastReplacement follows the replacements of a role to their end.
func (a *Adapter) lastReplacement(role *schema.Role) *schema.Role {
	for role.ReplacedBy != "" {
		role = a.model.Role(role.ReplacedBy)
	}
	return role
}

func (c *change) migrate(ctx context.Context, old, replacement iam.RoleID) (int, error) {
	policies, err := c.tx.Policies().List(ctx, PolicyFilter{Role: old})
	if err != nil {
		return 0, err
	}
	for _, policy := range policies {
		if err := c.tx.Lock(ctx, policy.Tenant); err != nil {
			return 0, err
		}
		policy.Roles = replaceRole(policy.Roles, old, replacement)
		if err := c.rolesAssignable(policy.Roles, policy.Scope); err != nil {
			return 0, err
		}
		if _, err := c.putPolicy(ctx, policy, "policy.migrate"); err != nil {
			return 0, err
		}
	}
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Role: old})
	if err != nil {
		return 0, err
	}
	for _, group := range groups {
		group.Roles = replaceRole(group.Roles, old, replacement)
		if _, err := c.putGroup(ctx, group, "group.migrate"); err != nil {
			return 0, err
		}
	}
	return len(policies) + len(groups), nil
}

func replaceRole(roles []iam.RoleID, old, replacement iam.RoleID) []iam.RoleID {
	out := slices.DeleteFunc(slices.Clone(roles), func(id iam.RoleID) bool { return id == old })
	out = append(out, replacement)
	slices.Sort(out)
	return slices.Compact(out)
}
