package adapter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Apply makes the world so, as one step: what is missing is created, what
// differs is changed, what is not mentioned stays. In an object that exists, a
// nil list stays as it is. Applying the same world twice changes nothing. Every
// reference must be to something in the world or in the store.
//
// Errors are those of the creates and updates, and name the object at fault, such
// as policies[3].roles[0]; besides INVALID_ARGUMENT, reason DUPLICATE, for what is
// listed twice, and FAILED_PRECONDITION, reason IMMUTABLE, for another scope or
// subject than an object has. An id that is there already is no error.
func (a *Adapter) Apply(ctx context.Context, world iam.World) (Receipt, error) {
	return a.write(ctx, func(c *change) error { return c.apply(ctx, world) })
}

func (c *change) apply(ctx context.Context, world iam.World) error {
	// Service accounts may be owned by groups that contain service accounts:
	// they come without owners first.
	steps := []func(context.Context, iam.World) error{
		c.applyScopes, c.applyUsers, c.applyServiceAccounts, c.applyRoles,
		c.applyGroups, c.applyOwners, c.applyResources, c.applyPolicies,
	}
	for _, step := range steps {
		if err := step(ctx, world); err != nil {
			return err
		}
	}
	return nil
}

// within adds "list[i]" to the field of an error.
func within(list string, i int, err error) error {
	if e, ok := errors.AsType[*iam.Error](err); ok {
		return e.At(fmt.Sprintf("%s[%d]", list, i))
	}
	return err
}

// each runs apply on every item, and says which one an error is about. Two items
// with one key are refused, since only one of them could be made so.
func each[Row any](list string, rows []Row, keyOf func(Row) string, apply func(Row) error) error {
	seen := make(map[string]bool, len(rows))
	for i, row := range rows {
		key := keyOf(row)
		if key != "" && seen[key] {
			return within(list, i, iam.Invalid("DUPLICATE", "id", key, "is listed twice"))
		}
		seen[key] = true
		if err := apply(row); err != nil {
			return within(list, i, err)
		}
	}
	return nil
}

// absent reports whether a row must be created; an error other than NOT_FOUND
// is passed on.
func absent(err error) (bool, error) {
	if iam.CodeOf(err) == iam.NotFound {
		return true, nil
	}
	return false, err
}

// applyScopes applies parents before children, in whatever order they are
// listed.
func (c *change) applyScopes(ctx context.Context, world iam.World) error {
	listed := map[iam.Ref]int{}
	for i, scope := range world.Scopes {
		if _, twice := listed[scope.Ref]; twice {
			return within("scopes", i, iam.Invalid("DUPLICATE", "id", scope.Ref.String(), "is listed twice"))
		}
		listed[scope.Ref] = i
	}
	done := map[iam.Ref]bool{}
	var visit func(i int) error
	visit = func(i int) error {
		scope := world.Scopes[i]
		if done[scope.Ref] {
			return nil
		}
		done[scope.Ref] = true
		if parent, ok := listed[scope.Parent]; ok {
			if err := visit(parent); err != nil {
				return err
			}
		}
		return within("scopes", i, c.applyScope(ctx, scope))
	}
	for i := range world.Scopes {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) applyScope(ctx context.Context, scope iam.Scope) error {
	old, err := c.tx.Scopes().Get(ctx, scope.Ref)
	create, err := absent(err)
	if err != nil {
		return err
	}
	scope.Parent = or(scope.Parent, old.Parent)
	if err := c.checkScope(scope); err != nil {
		return err
	}
	if create {
		_, err := c.createScope(ctx, scope)
		return err
	}
	if old.Parent != scope.Parent {
		if err := c.tx.Lock(ctx, old.Tenant); err != nil {
			return err
		}
		if old, err = c.moveScope(ctx, old, scope.Parent); err != nil {
			return err
		}
	}
	if scope.Name == "" {
		scope.Name = old.Name
	}
	if old.Name == scope.Name && old.Isolated == scope.Isolated {
		return nil
	}
	if old, err = c.lockedScope(ctx, "id", scope.Ref); err != nil {
		return err
	}
	old.Name, old.Isolated = scope.Name, scope.Isolated
	_, err = c.putScope(ctx, old, "scope.update")
	return err
}

func (c *change) applyUsers(ctx context.Context, world iam.World) error {
	return each("users", world.Users, userNoun().name, func(listed iam.User) error {
		if _, changed, err := c.mergedUser(ctx, listed); err != nil || !changed {
			return err
		}
		// The first look decided nothing.
		if err := c.tx.Lock(ctx, iam.Ref{}); err != nil {
			return err
		}
		user, changed, err := c.mergedUser(ctx, listed)
		if err != nil || !changed {
			return err
		}
		_, err = c.putUser(ctx, user, "user.apply")
		return err
	})
}

// mergedUser completes a listed user from the one that is there, and reports
// whether the two differ.
func (c *change) mergedUser(ctx context.Context, user iam.User) (iam.User, bool, error) {
	old, err := c.tx.Users().Get(ctx, user.ID)
	create, err := absent(err)
	user.Name, user.Email, user.Status = or(user.Name, old.Name), or(user.Email, old.Email), or(user.Status, or(old.Status, iam.Active))
	return user, create || user.Name != old.Name || user.Email != old.Email || user.Status != old.Status, err
}

// or returns value, or fallback if value says nothing.
func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func (c *change) applyServiceAccounts(ctx context.Context, world iam.World) error {
	return each("service_accounts", world.ServiceAccounts, serviceAccountNoun().name, func(account iam.ServiceAccount) error {
		old, err := c.tx.ServiceAccounts().Get(ctx, account.ID)
		create, err := absent(err)
		if err != nil {
			return err
		}
		account.Scope = or(account.Scope, old.Scope)
		account.Status = or(account.Status, or(old.Status, iam.Active))
		if _, err := c.checkServiceAccount(account); err != nil {
			return err
		}
		if !create && old.Scope != account.Scope {
			return fixed("scope", account.Scope)
		}
		account.Name = or(account.Name, old.Name)
		account.Owners = old.Owners
		if !create && account.Name == old.Name && account.Status == old.Status {
			return nil
		}
		_, err = c.putServiceAccount(ctx, account, "service_account.apply")
		return err
	})
}

// fixed is the answer to a change of what cannot change.
func fixed(field string, value iam.Ref) error {
	return iam.Forbidden("IMMUTABLE", field, value.String(), "is fixed at creation; delete the object and create it anew")
}

// applyOwners completes the service accounts, now that all groups exist.
func (c *change) applyOwners(ctx context.Context, world iam.World) error {
	return each("service_accounts", world.ServiceAccounts, serviceAccountNoun().name, func(account iam.ServiceAccount) error {
		old, err := c.tx.ServiceAccounts().Get(ctx, account.ID)
		if err != nil {
			return err
		}
		if account.Owners == nil || slices.Equal(old.Owners, sortedRefs(account.Owners)) {
			return nil
		}
		old.Owners = account.Owners
		_, err = c.putServiceAccount(ctx, old, "service_account.apply")
		return err
	})
}

func (c *change) applyRoles(ctx context.Context, world iam.World) error {
	return each("roles", world.Roles, roleNoun().name, func(role iam.Role) error {
		old, err := c.tx.Roles().Get(ctx, role.ID)
		create, err := absent(err)
		if err != nil {
			return err
		}
		role.Scope = or(role.Scope, old.Scope)
		if role.Permissions == nil {
			role.Permissions = old.Permissions
		}
		if role.Except == nil {
			role.Except = old.Except
		}
		if !create && old.Scope != role.Scope {
			return fixed("scope", role.Scope)
		}
		role.Name, role.Description = or(role.Name, old.Name), or(role.Description, old.Description)
		same := role.Name == old.Name && role.Description == old.Description && role.Base == old.Base &&
			slices.Equal(role.Permissions, old.Permissions) && slices.Equal(role.Except, old.Except)
		if !create && same {
			return nil
		}
		_, err = c.putRole(ctx, role, "role.apply")
		return err
	})
}

func (c *change) applyGroups(ctx context.Context, world iam.World) error {
	return each("groups", world.Groups, groupNoun().name, func(group iam.Group) error {
		old, err := c.tx.Groups().Get(ctx, group.ID)
		create, err := absent(err)
		if err != nil {
			return err
		}
		group.Scope = or(group.Scope, old.Scope)
		if !create && old.Scope != group.Scope {
			return fixed("scope", group.Scope)
		}
		group = completeGroup(group, old)
		checked, err := c.checkGroup(group)
		if err != nil {
			return err
		}
		same := checked.Name == old.Name && slices.Equal(checked.Members, old.Members) &&
			slices.Equal(checked.Roles, old.Roles) && slices.Equal(checked.Scopes, old.Scopes)
		if !create && same {
			return nil
		}
		_, err = c.putGroup(ctx, group, "group.apply")
		return err
	})
}

// completeGroup fills what a group in a world does not mention from the group
// that is there.
func completeGroup(group, old iam.Group) iam.Group {
	group.Name = or(group.Name, old.Name)
	if group.Members == nil {
		group.Members = old.Members
	}
	if group.Roles == nil {
		group.Roles = old.Roles
	}
	if group.Scopes == nil {
		group.Scopes = old.Scopes
	}
	return group
}

func (c *change) applyResources(ctx context.Context, world iam.World) error {
	return each("resources", world.Resources, resourceNoun().name, func(resource iam.Resource) error {
		old, err := c.tx.Resources().Get(ctx, resource.Ref)
		create, err := absent(err)
		if err != nil {
			return err
		}
		resource.Scope = or(resource.Scope, old.Scope)
		if err := c.checkResource(resource); err != nil {
			return err
		}
		if !create && old.Scope != resource.Scope {
			return fixed("scope", resource.Scope)
		}
		resource.Name = or(resource.Name, old.Name)
		if resource.Owners == nil {
			resource.Owners = old.Owners
		}
		if !create && resource.Name == old.Name && slices.Equal(sortedRefs(resource.Owners), old.Owners) {
			return nil
		}
		_, err = c.putResource(ctx, resource, "resource.apply")
		return err
	})
}

func (c *change) applyPolicies(ctx context.Context, world iam.World) error {
	policies := make([]iam.Policy, 0, len(world.Policies))
	err := each("policies", world.Policies, policyNoun().name, func(policy iam.Policy) error {
		policy, err := c.checkPolicy(policy)
		policies = append(policies, policy)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.readAhead(ctx, policies); err != nil {
		return err
	}
	return each("policies", policies, func(iam.Policy) string { return "" }, func(policy iam.Policy) error {
		return c.applyPolicy(ctx, policy)
	})
}

func (c *change) applyPolicy(ctx context.Context, policy iam.Policy) error {
	old, err := c.tx.Policies().Get(ctx, policy.ID)
	create, err := absent(err)
	switch {
	case err != nil:
		return err
	case create:
	case old.Subject != policy.Subject:
		return fixed("subject", policy.Subject)
	case old.Scope != policy.Scope:
		return fixed("scope", policy.Scope)
	case slices.Equal(old.Roles, policy.Roles):
		return nil
	}
	if err := c.checkPolicyRows(ctx, &policy); err != nil {
		return err
	}
	_, err = c.putPolicy(ctx, policy, "policy.apply")
	return err
}

// readAhead reads what many policies name with a few queries. The tenants are
// locked first, since what is read before a lock is read again.
func (c *change) readAhead(ctx context.Context, policies []iam.Policy) error {
	if len(policies) < few {
		return nil
	}
	for range 2 { // before the locks, to know the tenants; and under them
		tenants := map[iam.Ref]bool{}
		if err := c.readScopesAhead(ctx, policies, tenants); err != nil {
			return err
		}
		if err := c.tx.Lock(ctx, slices.Collect(maps.Keys(tenants))...); err != nil {
			return err
		}
	}
	ids, users, groups := map[iam.PolicyID]bool{}, map[iam.UserID]bool{}, map[iam.GroupID]bool{}
	for _, policy := range policies {
		ids[policy.ID] = true
		switch policy.Subject.Type {
		case c.userRef("").Type:
			users[iam.UserID(policy.Subject.ID)] = true
		case c.groupRef("").Type:
			groups[iam.GroupID(policy.Subject.ID)] = true
		}
	}
	if err := ahead(ctx, c.tx.users, users, func(ids []iam.UserID) UserFilter { return UserFilter{IDs: ids} }); err != nil {
		return err
	}
	if err := ahead(ctx, c.tx.groups.remembered, groups, func(ids []iam.GroupID) GroupFilter { return GroupFilter{IDs: ids} }); err != nil {
		return err
	}
	return ahead(ctx, c.tx.policies.remembered, ids, func(ids []iam.PolicyID) PolicyFilter { return PolicyFilter{IDs: ids} })
}

// readScopesAhead reads the scopes of policies, and collects their tenants.
func (c *change) readScopesAhead(ctx context.Context, policies []iam.Policy, tenants map[iam.Ref]bool) error {
	refs := map[iam.Ref]bool{}
	for _, policy := range policies {
		refs[policy.Scope] = true
	}
	if err := ahead(ctx, c.tx.scopes, refs, func(refs []iam.Ref) ScopeFilter { return ScopeFilter{Refs: refs} }); err != nil {
		return err
	}
	for _, policy := range policies {
		if seen, ok := c.tx.scopes.known[policy.Scope]; ok && seen.absent == nil {
			tenants[seen.row.Tenant] = true
		}
	}
	return nil
}
