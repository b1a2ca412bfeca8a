package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// dropScopes removes a scope and all below it, children before parents. Each
// step removes one noun everywhere below, in an order in which nothing is left
// that names what goes.
func (c *change) dropScopes(ctx context.Context, ref iam.Ref, revision int64) error {
	scope, err := c.lockedScope(ctx, "id", ref)
	if err != nil {
		return err
	}
	if err := checkRevision(revision, scope.Revision); err != nil {
		return err
	}
	subtree, err := c.tx.Scopes().List(ctx, ScopeFilter{Under: scope.Ref})
	if err != nil {
		return err
	}
	slices.Reverse(subtree)
	steps := []func(context.Context, iam.Ref) error{
		c.dropPoliciesAt, c.dropResourcesIn, c.dropServiceAccountsIn, c.unlinkGroups, c.dropGroupsIn, c.dropRolesIn, // owners last
	}
	for _, step := range steps {
		for _, below := range subtree {
			if err := step(ctx, below.Ref); err != nil {
				return err
			}
		}
	}
	for _, below := range subtree {
		if err := c.dropScope(ctx, below); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) dropScope(ctx context.Context, scope iam.Scope) error {
	if err := c.touch(ctx, scope.Tenant, fragment{kind: scopeFragment, ref: scope.Ref}); err != nil {
		return err
	}
	if err := c.tx.Scopes().Delete(ctx, scope.Ref); err != nil {
		return err
	}
	return c.note(ctx, "scope.delete", scope.Tenant, scope.Ref, nil)
}

func (c *change) dropPoliciesAt(ctx context.Context, scope iam.Ref) error {
	policies, err := c.tx.Policies().List(ctx, PolicyFilter{Scope: scope})
	if err != nil {
		return err
	}
	for _, policy := range policies {
		if err := c.dropPolicy(ctx, policy); err != nil {
			return err
		}
	}
	return nil
}

// unlinkGroups takes a scope from the groups that carry it.
func (c *change) unlinkGroups(ctx context.Context, scope iam.Ref) error {
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Carries: scope})
	if err != nil {
		return err
	}
	for _, group := range groups {
		group.Scopes = without(group.Scopes, scope)
		if _, err := c.putGroup(ctx, group, "group.update"); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) dropGroupsIn(ctx context.Context, scope iam.Ref) error {
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Scope: scope})
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := c.dropGroup(ctx, group.ID, 0); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) dropServiceAccountsIn(ctx context.Context, scope iam.Ref) error {
	accounts, err := c.tx.ServiceAccounts().List(ctx, ServiceAccountFilter{Scope: scope})
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if err := c.dropServiceAccount(ctx, account.ID, 0); err != nil {
			return err
		}
	}
	return nil
}

// dropRolesIn removes custom roles of a scope that goes. Policies that use them
// sit at the scope or below and are gone already.
func (c *change) dropRolesIn(ctx context.Context, scope iam.Ref) error {
	roles, err := c.tx.Roles().List(ctx, RoleFilter{Scope: scope})
	if err != nil {
		return err
	}
	for _, role := range roles {
		if err := c.removeRole(ctx, role); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) dropResourcesIn(ctx context.Context, scope iam.Ref) error {
	resources, err := c.tx.Resources().List(ctx, ResourceFilter{Scope: scope})
	if err != nil {
		return err
	}
	for _, resource := range resources {
		if err := c.dropResource(ctx, resource); err != nil {
			return err
		}
	}
	return nil
}
