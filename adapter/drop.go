package adapter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Delete removes several objects as one step: subjects, groups, scopes with all
// below them, resources, and "role:ID" and "policy:ID".
//
// Errors: those of the single deletes, but for ABORTED, with the place in the
// list as their field; INVALID_ARGUMENT, reason REQUIRED, for an empty list.
func (a *Adapter) Delete(ctx context.Context, refs []iam.Ref) (Receipt, error) {
	if len(refs) == 0 {
		return Receipt{}, iam.Invalid("REQUIRED", "delete", "", "name at least one object")
	}
	return a.write(ctx, func(c *change) error {
		for i, ref := range refs {
			field := fmt.Sprintf("delete[%d]", i)
			if err := itemAtFault(field, ref, c.drop(ctx, field, ref)); err != nil {
				return err
			}
		}
		return nil
	})
}

// itemAtFault lets an error about an id name the item of the list instead.
func itemAtFault(field string, ref iam.Ref, err error) error {
	e, ok := errors.AsType[*iam.Error](err)
	if !ok || e.Field != "id" {
		return err
	}
	named := *e
	named.Field, named.Value = field, ref.String()
	return &named
}

func (c *change) drop(ctx context.Context, field string, ref iam.Ref) error {
	switch ref.Type {
	case roleRef("").Type:
		role, err := c.lockedRole(ctx, iam.RoleID(ref.ID))
		if err != nil {
			return err
		}
		return c.dropRole(ctx, role)
	case policyRef("").Type:
		policy, err := c.lockedPolicy(ctx, iam.PolicyID(ref.ID))
		if err != nil {
			return err
		}
		return c.dropPolicy(ctx, policy)
	}
	all := []schema.Kind{schema.KindUser, schema.KindServiceAccount, schema.KindGroup, schema.KindScope, schema.KindResource}
	if err := c.wantKind(field, ref, all...); err != nil {
		return err
	}
	switch c.model.Type(ref.Type).Kind {
	case schema.KindUser:
		return c.dropUser(ctx, iam.UserID(ref.ID), 0)
	case schema.KindServiceAccount:
		return c.dropServiceAccount(ctx, iam.ServiceAccountID(ref.ID), 0)
	case schema.KindGroup:
		return c.dropGroup(ctx, iam.GroupID(ref.ID), 0)
	case schema.KindScope:
		return c.dropScopes(ctx, ref, 0)
	}
	resource, err := c.lockedResource(ctx, ref)
	if err != nil {
		return err
	}
	return c.dropResource(ctx, resource)
}

func (c *change) dropUser(ctx context.Context, id iam.UserID, revision int64) error {
	user, err := userNoun().locked(ctx, c.tx, "id", id)
	if err != nil {
		return err
	}
	if err := checkRevision(revision, user.Revision); err != nil {
		return err
	}
	ref := c.userRef(id)
	if err := c.forget(ctx, ref); err != nil {
		return err
	}
	if err := c.tx.Users().Delete(ctx, id); err != nil {
		return err
	}
	delete(c.active, ref)
	return c.note(ctx, "user.delete", iam.Ref{}, ref, nil)
}

func (c *change) dropServiceAccount(ctx context.Context, id iam.ServiceAccountID, revision int64) error {
	account, err := c.lockedServiceAccount(ctx, id)
	if err != nil {
		return err
	}
	if err := checkRevision(revision, account.Revision); err != nil {
		return err
	}
	ref := c.serviceAccountRef(id)
	if err := c.forget(ctx, ref); err != nil {
		return err
	}
	if err := c.touch(ctx, account.Tenant, fragment{kind: ownedFragment, ref: ref}); err != nil {
		return err
	}
	if err := c.tx.ServiceAccounts().Delete(ctx, id); err != nil {
		return err
	}
	delete(c.active, ref)
	return c.note(ctx, "service_account.delete", account.Tenant, ref, nil)
}

func (c *change) dropGroup(ctx context.Context, id iam.GroupID, revision int64) error {
	group, err := c.lockedGroup(ctx, id)
	if err != nil {
		return err
	}
	if err := checkRevision(revision, group.Revision); err != nil {
		return err
	}
	ref := c.groupRef(id)
	if err := c.forget(ctx, ref); err != nil {
		return err
	}
	if err := c.touchGroup(ctx, iam.Group{ID: id, Tenant: group.Tenant}); err != nil {
		return err
	}
	if err := c.tx.Groups().Delete(ctx, id); err != nil {
		return err
	}
	return c.note(ctx, "group.delete", group.Tenant, ref, nil)
}

// keepOwner refuses to delete a subject that owns an object of a type that keeps
// its owners (rule 15).
func (c *change) keepOwner(ctx context.Context, subject iam.Ref) error {
	for _, name := range c.model.TypeNames() {
		if !slices.Contains(c.model.Type(name).KeepsOwners, subject.Type) {
			continue
		}
		owned, err := c.ownedBy(ctx, name, subject)
		if err != nil {
			return err
		}
		if len(owned) > 0 {
			return iam.Forbidden("OWNER_IN_USE", "id", subject.String(), "owns "+owned[0].String()+"; give it to somebody else first")
		}
	}
	return nil
}

// ownedBy returns the objects of a type that a subject owns.
func (c *change) ownedBy(ctx context.Context, typeName string, owner iam.Ref) ([]iam.Ref, error) {
	var refs []iam.Ref
	if c.model.Type(typeName).Kind == schema.KindServiceAccount {
		accounts, err := c.tx.ServiceAccounts().List(ctx, ServiceAccountFilter{Owner: owner})
		for _, account := range accounts {
			refs = append(refs, c.serviceAccountRef(account.ID))
		}
		return refs, err
	}
	resources, err := c.tx.Resources().List(ctx, ResourceFilter{Type: typeName, Owner: owner})
	for _, resource := range resources {
		refs = append(refs, resource.Ref)
	}
	return refs, err
}

// forget removes a subject from all policies, groups and ownerships of all
// tenants, unless something keeps it.
func (c *change) forget(ctx context.Context, subject iam.Ref) error {
	if err := c.keepOwner(ctx, subject); err != nil {
		return err
	}
	tenants, err := c.tenantsOf(ctx, subject)
	if err != nil {
		return err
	}
	if err := c.tx.Lock(ctx, tenants...); err != nil {
		return err
	}
	if err := c.touchSubject(ctx, subject); err != nil {
		return err
	}
	policies, err := c.tx.Policies().List(ctx, PolicyFilter{Subject: subject})
	if err != nil {
		return err
	}
	for _, policy := range policies {
		if err := c.dropPolicy(ctx, policy); err != nil {
			return err
		}
	}
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Member: subject})
	if err != nil {
		return err
	}
	for _, group := range groups {
		group.Members = without(group.Members, subject)
		if _, err := c.tx.Groups().Put(ctx, group); err != nil {
			return err
		}
	}
	return c.disown(ctx, subject)
}

// disown removes a subject from what it owns.
func (c *change) disown(ctx context.Context, owner iam.Ref) error {
	accounts, err := c.tx.ServiceAccounts().List(ctx, ServiceAccountFilter{Owner: owner})
	if err != nil {
		return err
	}
	for _, account := range accounts {
		account.Owners = without(account.Owners, owner)
		if _, err := c.tx.ServiceAccounts().Put(ctx, account); err != nil {
			return err
		}
	}
	resources, err := c.tx.Resources().List(ctx, ResourceFilter{Owner: owner})
	if err != nil {
		return err
	}
	for _, resource := range resources {
		resource.Owners = without(resource.Owners, owner)
		if _, err := c.tx.Resources().Put(ctx, resource); err != nil {
			return err
		}
	}
	return nil
}

func without(refs []iam.Ref, gone iam.Ref) []iam.Ref {
	return slices.DeleteFunc(slices.Clone(refs), func(ref iam.Ref) bool { return ref == gone })
}

func (c *change) dropPolicy(ctx context.Context, policy iam.Policy) error {
	if err := c.touchPolicy(ctx, policy); err != nil {
		return err
	}
	if err := c.tx.Policies().Delete(ctx, policy.ID); err != nil {
		return err
	}
	return c.note(ctx, "policy.delete", policy.Tenant, policyRef(policy.ID), map[string]any{
		"subject": policy.Subject.String(), "scope": policy.Scope.String(), "roles": policy.Roles,
	})
}

// dropRole removes a custom role. What uses it goes with it, or keeps it, as
// the model says (rule 15).
func (c *change) dropRole(ctx context.Context, role iam.Role) error {
	policies, err := c.tx.Policies().List(ctx, PolicyFilter{Role: role.ID})
	if err != nil {
		return err
	}
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Role: role.ID})
	if err != nil {
		return err
	}
	if uses := len(policies) + len(groups); uses > 0 && c.model.CustomRoles.InUse != schema.InUseCascade {
		return iam.Forbidden("ROLE_IN_USE", "id", string(role.ID), fmt.Sprintf("is in use (policies and groups: %d); remove it from them first", uses))
	}
	for _, policy := range policies {
		if err := c.takeRole(ctx, policy, role.ID); err != nil {
			return err
		}
	}
	for _, group := range groups {
		group.Roles = slices.DeleteFunc(slices.Clone(group.Roles), func(id iam.RoleID) bool { return id == role.ID })
		if _, err := c.putGroup(ctx, group, "group.update"); err != nil {
			return err
		}
	}
	return c.removeRole(ctx, role)
}

func (c *change) removeRole(ctx context.Context, role iam.Role) error {
	if err := c.touch(ctx, role.Tenant, fragment{kind: roleFragment, role: role.ID}); err != nil {
		return err
	}
	if err := c.tx.Roles().Delete(ctx, role.ID); err != nil {
		return err
	}
	return c.note(ctx, "role.delete", role.Tenant, roleRef(role.ID), nil)
}

// takeRole removes one role from a policy, and the policy with its last one.
func (c *change) takeRole(ctx context.Context, policy iam.Policy, role iam.RoleID) error {
	if len(policy.Roles) == 1 {
		return c.dropPolicy(ctx, policy)
	}
	policy.Roles = slices.DeleteFunc(slices.Clone(policy.Roles), func(id iam.RoleID) bool { return id == role })
	_, err := c.putPolicy(ctx, policy, "policy.update")
	return err
}

func (c *change) dropResource(ctx context.Context, resource iam.Resource) error {
	if err := c.touch(ctx, resource.Tenant, fragment{kind: ownedFragment, ref: resource.Ref}); err != nil {
		return err
	}
	if err := c.tx.Resources().Delete(ctx, resource.Ref); err != nil {
		return err
	}
	return c.note(ctx, "resource.delete", resource.Tenant, resource.Ref, nil)
}
