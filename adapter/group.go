package adapter

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// GroupChange says what to change of a group. Nil fields stay.
type GroupChange struct {
	Name    *string
	Members *[]iam.Ref
	Roles   *[]iam.RoleID
	Scopes  *[]iam.Ref
	// Revision, if not 0, must be the group's present one, else ABORTED.
	Revision int64
}

func (a *Adapter) groupRef(id iam.GroupID) iam.Ref {
	return iam.Ref{Type: a.model.TypeOf(schema.KindGroup), ID: string(id)}
}

// CreateGroup adds a group. An empty id is generated.
//
// Errors: INVALID_ARGUMENT for a member, role or scope that the model does not
// allow; NOT_FOUND for one that does not exist; ALREADY_EXISTS;
// FAILED_PRECONDITION, reason GROUP_CYCLE or NESTED_TOO_DEEP, for members that are
// groups, and reason ROLE_ENDED for a role past its end of life.
func (a *Adapter) CreateGroup(ctx context.Context, group iam.Group) (iam.Group, Receipt, error) {
	group.ID = iam.GroupID(a.newID(string(group.ID)))
	var saved iam.Group
	receipt, err := a.write(ctx, func(c *change) error {
		_, err := c.tx.Groups().Get(ctx, group.ID)
		if err := unused("id", string(group.ID), err); err != nil {
			return err
		}
		saved, err = c.putGroup(ctx, group, "group.create")
		return err
	})
	return saved, receipt, err
}

func (a *Adapter) checkGroup(group iam.Group) (iam.Group, error) {
	kind, err := a.kindOf(schema.KindGroup)
	if err != nil {
		return group, err
	}
	if err := a.checkNewID("id", a.groupRef(group.ID)); err != nil {
		return group, err
	}
	if err := checkText("name", group.Name, maxName); err != nil {
		return group, err
	}
	if err := a.wantIn("scope", kind, group.Scope); err != nil {
		return group, err
	}
	if err := a.checkMembers(kind, group.Members); err != nil {
		return group, err
	}
	group.Members = sortedRefs(group.Members)
	group.Scopes = sortedRefs(group.Scopes)
	return a.checkCarried(kind, group)
}

func (a *Adapter) checkMembers(kind string, members []iam.Ref) error {
	allowed := slices.Clone(a.model.Type(kind).Members)
	if a.model.Type(kind).NestedGroups > 0 {
		allowed = append(allowed, kind)
	}
	return a.checkSubjects("members", members, allowed, "members of a "+kind+" are of type "+strings.Join(allowed, " or "))
}

// checkCarried checks the roles and scopes of a group by the model (rule 14).
func (a *Adapter) checkCarried(kind string, group iam.Group) (iam.Group, error) {
	carries := a.model.Type(kind).Carries
	if carries == nil {
		if len(group.Roles) > 0 || len(group.Scopes) > 0 {
			return group, iam.Invalid("GROUP_CARRIES_NOTHING", "roles", string(group.ID), "a "+kind+" has no roles and scopes of its own in this model; use policies")
		}
		return group, nil
	}
	if carries.RolesRequired && len(group.Roles) == 0 {
		return group, iam.Invalid("ROLES_REQUIRED", "roles", string(group.ID), "a "+kind+" has at least one role in this model")
	}
	for i, scope := range group.Scopes {
		field := fmt.Sprintf("scopes[%d]", i)
		if err := a.wantKind(field, scope, schema.KindScope); err != nil {
			return group, err
		}
		if !slices.Contains(carries.Scopes, scope.Type) {
			return group, iam.Invalid("SCOPE_NOT_ALLOWED", field, scope.String(), "a "+kind+" is linked to "+strings.Join(carries.Scopes, " or "))
		}
	}
	var err error
	group.Roles, err = a.resolveRoles("roles", group.Roles)
	return group, err
}

// putGroup writes a group after checking that all it names exists, in the order
// given: checkGroup sorts, and an error names a place in what the caller sent.
func (c *change) putGroup(ctx context.Context, given iam.Group, action string) (iam.Group, error) {
	group, err := c.checkGroup(given)
	if err != nil {
		return group, err
	}
	scope, err := c.lockedScope(ctx, "scope", group.Scope)
	if err != nil {
		return group, err
	}
	group.Tenant = scope.Tenant
	if err := c.subjectsExist(ctx, "members", given.Members, group.Tenant); err != nil {
		return group, err
	}
	if err := c.checkNesting(ctx, group); err != nil {
		return group, err
	}
	if err := c.checkCarriedRows(ctx, group, given.Scopes); err != nil {
		return group, err
	}
	old, err := c.tx.Groups().Get(ctx, group.ID)
	if same(old, err, group) {
		return old, nil
	}
	if err := c.touchGroup(ctx, group); err != nil {
		return group, err
	}
	saved, err := c.tx.Groups().Put(ctx, group)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, group.Tenant, c.groupRef(group.ID), map[string]any{
		"members": len(group.Members), "roles": group.Roles, "scopes": refTexts(group.Scopes),
	})
}

// checkCarriedRows checks that carried roles and scopes exist and fit; scopes are
// those of the group in the order given.
func (c *change) checkCarriedRows(ctx context.Context, group iam.Group, scopes []iam.Ref) error {
	for i, ref := range scopes {
		field := fmt.Sprintf("scopes[%d]", i)
		scope, err := c.tx.Scopes().Get(ctx, ref)
		if scope, err = existing(field, ref.String(), scope, err); err != nil {
			return err
		}
		if scope.Tenant != group.Tenant {
			return iam.Invalid("OTHER_TENANT", field, ref.String(), "belongs to another tenant")
		}
	}
	for _, scope := range c.carriedScopes(group) {
		if err := c.rolesFit(ctx, group.Roles, scope); err != nil {
			return err
		}
	}
	return nil
}

// touchGroup touches what follows from a group as it is and as it will be.
func (c *change) touchGroup(ctx context.Context, group iam.Group) error {
	ref := c.groupRef(group.ID)
	old, err := c.tx.Groups().Get(ctx, group.ID)
	if err != nil && iam.CodeOf(err) != iam.NotFound {
		return err
	}
	if err := c.touch(ctx, group.Tenant, fragment{kind: groupFragment, ref: ref}); err != nil {
		return err
	}
	for _, state := range []iam.Group{old, group} {
		if err := c.touchCarried(ctx, group.Tenant, state); err != nil {
			return err
		}
	}
	if slices.Equal(old.Scopes, group.Scopes) {
		return nil
	}
	return c.touchOwnedBy(ctx, ref)
}

// touchCarried touches the bindings that a group carries (rule 14).
func (c *change) touchCarried(ctx context.Context, tenant iam.Ref, group iam.Group) error {
	for _, scope := range c.carriedScopes(group) {
		policy := iam.Policy{Tenant: tenant, Scope: scope, Roles: group.Roles}
		if err := c.touchPolicy(ctx, policy); err != nil {
			return err
		}
	}
	return nil
}

// checkNesting refuses groups that contain each other, or nest deeper than the
// model allows.
func (c *change) checkNesting(ctx context.Context, group iam.Group) error {
	kind := c.model.TypeOf(schema.KindGroup)
	if c.model.Type(kind).NestedGroups == 0 {
		return nil
	}
	below, err := c.depth(ctx, group.Members, kind, map[iam.Ref]bool{c.groupRef(group.ID): true})
	if err != nil {
		return err
	}
	above, err := c.heightAbove(ctx, c.groupRef(group.ID))
	if err != nil {
		return err
	}
	if depth := below + above; depth > c.model.Type(kind).NestedGroups {
		return iam.Forbidden("NESTED_TOO_DEEP", "members", string(group.ID),
			fmt.Sprintf("groups would nest %d deep; the model allows %d", depth, c.model.Type(kind).NestedGroups))
	}
	return nil
}

// depth returns how many levels of groups are among members.
func (c *change) depth(ctx context.Context, members []iam.Ref, kind string, path map[iam.Ref]bool) (int, error) {
	deepest := 0
	for _, member := range members {
		if member.Type != kind {
			continue
		}
		if path[member] {
			return 0, iam.Forbidden("GROUP_CYCLE", "members", member.String(), "a group cannot contain itself")
		}
		group, err := c.tx.Groups().Get(ctx, iam.GroupID(member.ID))
		if err != nil {
			return 0, err
		}
		path[member] = true
		below, err := c.depth(ctx, group.Members, kind, path)
		delete(path, member)
		if err != nil {
			return 0, err
		}
		deepest = max(deepest, below+1)
	}
	return deepest, nil
}

// heightAbove returns how many levels of groups contain the group. Cycles are
// refused before they are stored, so the way up ends.
func (c *change) heightAbove(ctx context.Context, group iam.Ref) (int, error) {
	parents, err := c.tx.Groups().List(ctx, GroupFilter{Member: group})
	highest := 0
	for _, parent := range parents {
		above, err := c.heightAbove(ctx, c.groupRef(parent.ID))
		if err != nil {
			return 0, err
		}
		highest = max(highest, above+1)
	}
	return highest, err
}
