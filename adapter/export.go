package adapter

import (
	"context"
	"fmt"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Export returns all that the store holds, or, if tenant is not zero, all of
// one tenant with the users that it names. Applying it again changes nothing.
//
// Errors: INVALID_ARGUMENT, reason TENANT_REQUIRED, for a scope that is no
// tenant; NOT_FOUND.
func (a *Adapter) Export(ctx context.Context, tenant iam.Ref) (world iam.World, err error) {
	err = a.store.Read(ctx, func(rows Rows) error {
		if !tenant.IsZero() {
			if !a.model.IsTenant(tenant.Type) {
				return iam.Invalid("TENANT_REQUIRED", "tenant", tenant.String(), "is no tenant; export one, or everything")
			}
			scope, err := rows.Scopes().Get(ctx, tenant)
			if _, err = existing("tenant", tenant.String(), scope, err); err != nil {
				return err
			}
		}
		world, err = exportRows(ctx, rows, tenant)
		return err
	})
	if err == nil && !tenant.IsZero() {
		world.Users = usersNamed(world)
	}
	return world, err
}

func exportRows(ctx context.Context, rows Rows, tenant iam.Ref) (world iam.World, err error) {
	users, err := rows.Users().List(ctx, UserFilter{})
	if err != nil {
		return world, err
	}
	return exportTenant(ctx, rows, tenant, users)
}

// exportTenant reads what lies in a tenant (zero: in any), beside the users.
func exportTenant(ctx context.Context, rows Rows, tenant iam.Ref, users []iam.User) (world iam.World, err error) {
	world.Users = users
	if world.Scopes, err = rows.Scopes().List(ctx, ScopeFilter{Tenant: tenant}); err != nil {
		return world, err
	}
	if world.ServiceAccounts, err = rows.ServiceAccounts().List(ctx, ServiceAccountFilter{Tenant: tenant}); err != nil {
		return world, err
	}
	if world.Groups, err = rows.Groups().List(ctx, GroupFilter{Tenant: tenant}); err != nil {
		return world, err
	}
	if world.Roles, err = rows.Roles().List(ctx, RoleFilter{Tenant: tenant}); err != nil {
		return world, err
	}
	if world.Policies, err = rows.Policies().List(ctx, PolicyFilter{Tenant: tenant}); err != nil {
		return world, err
	}
	world.Resources, err = rows.Resources().List(ctx, ResourceFilter{Tenant: tenant})
	return world, err
}

// usersNamed returns the users that something else in the world names.
func usersNamed(world iam.World) []iam.User {
	named := map[string]bool{}
	note := func(refs ...iam.Ref) {
		for _, ref := range refs {
			named[ref.ID] = true
		}
	}
	for _, policy := range world.Policies {
		note(policy.Subject)
	}
	for _, group := range world.Groups {
		note(group.Members...)
	}
	for _, account := range world.ServiceAccounts {
		note(account.Owners...)
	}
	for _, resource := range world.Resources {
		note(resource.Owners...)
	}
	var users []iam.User
	for _, user := range world.Users {
		if named[string(user.ID)] {
			users = append(users, user)
		}
	}
	return users
}

// AuditEntries lists who changed what, newest first. Without a limit it returns
// 100 entries, and never more than 1001: a largest page, and one more that tells
// whether another page follows.
//
// Errors: INVALID_ARGUMENT, reason PAGE_SIZE, for a limit below 0.
func (a *Adapter) AuditEntries(ctx context.Context, filter AuditFilter) (entries []AuditEntry, err error) {
	if filter.Limit < 0 {
		return nil, iam.Invalid("PAGE_SIZE", "limit", fmt.Sprint(filter.Limit), "the limit is 0 or more")
	}
	filter.Limit = min(or(filter.Limit, defaultPageSize), maxPageSize+1)
	err = a.store.Read(ctx, func(rows Rows) error {
		entries, err = rows.Audit().List(ctx, filter)
		return err
	})
	return entries, err
}
