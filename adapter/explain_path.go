package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/schema"
)

// paths adds to the paths of the index what only the store knows.
func (e *evidence) paths(ctx context.Context, found []index.Path) ([]AccessPath, error) {
	paths := make([]AccessPath, 0, len(found))
	for _, path := range found {
		told := AccessPath{
			Kind: string(path.Kind), Permission: path.Permission,
			Chain: path.Chain, Through: path.Through, Below: path.Below,
		}
		if path.Role != "" {
			grant, err := e.grantOf(ctx, path)
			if err != nil {
				return nil, err
			}
			told.Grant = &grant
		}
		for _, condition := range path.Conditions {
			kept, more := bounded(condition.Ways, maxWays)
			ways, err := e.paths(ctx, kept)
			if err != nil {
				return nil, err
			}
			told.Conditions = append(told.Conditions, AccessCondition{
				Permission: condition.Permission, Object: condition.Object, Paths: ways, More: more,
			})
		}
		paths = append(paths, told)
	}
	return paths, nil
}

// grantOf finds what made the binding of a path.
func (e *evidence) grantOf(ctx context.Context, path index.Path) (AccessGrant, error) {
	grant := AccessGrant{Subject: path.Subject(), Role: path.Role, Scope: path.Scope(), Local: path.Local}
	policies, err := e.rows.Policies().List(ctx, PolicyFilter{Subject: grant.Subject, Scope: grant.Scope, Role: grant.Role})
	if err != nil {
		return grant, err
	}
	for _, policy := range policies {
		grant.Policies = append(grant.Policies, policy.ID)
	}
	group, found, err := e.groupRow(ctx, grant.Subject)
	if err != nil {
		return grant, err
	}
	grant.Carried = found && slices.Contains(group.Roles, grant.Role) && slices.Contains(e.carriedScopes(group), grant.Scope)
	return grant, e.describe(ctx, &grant, path.Permission)
}

// describe names the role of a grant, and which of its patterns brings a
// permission.
func (e *evidence) describe(ctx context.Context, grant *AccessGrant, permission string) error {
	role, err := e.role(ctx, grant.Role)
	if err != nil {
		return err
	}
	if grant.RoleName = role.Name; permission == "" {
		return nil
	}
	if grant.Pattern = matching(e.patterns(role, grant.Scope.Type), permission); grant.Pattern != "" || role.Base == "" {
		return nil
	}
	base, err := e.role(ctx, role.Base)
	grant.Base, grant.Pattern = role.Base, matching(e.patterns(base, grant.Scope.Type), permission)
	return err
}

// role returns a role, system or custom; an empty one if it is gone.
func (e *evidence) role(ctx context.Context, id iam.RoleID) (iam.Role, error) {
	if system := e.model.Role(string(id)); system != nil {
		return e.systemView(system).Role, nil
	}
	if role, known := e.roles[id]; known {
		return role, nil
	}
	role, err := e.rows.Roles().Get(ctx, id)
	if _, err = absent(err); err == nil {
		e.roles[id] = role
	}
	return role, err
}

// patterns are what a role adds to its base at a type of scopes (rule 4).
func (e *evidence) patterns(role iam.Role, scopeType string) []string {
	if system := e.model.Role(string(role.ID)); system != nil && system.PermissionsAt != nil {
		return system.PermissionsAt[scopeType]
	}
	return role.Permissions
}

// roleAt is a role at a type of scopes.
type roleAt struct {
	role      iam.RoleID
	scopeType string
}

// roleContent is what a role gives, and what its patterns name, needs or not
// (rule 7).
type roleContent struct{ gives, names []string }

// content returns what a role gives and names at a type of scopes.
func (e *evidence) content(ctx context.Context, id iam.RoleID, scopeType string) (roleContent, error) {
	at := roleAt{id, scopeType}
	if known, ok := e.contents[at]; ok {
		return known, nil
	}
	role, err := e.role(ctx, id)
	if err != nil || role.ID == "" {
		return roleContent{}, err
	}
	e.contents[at] = e.expand(role, scopeType)
	return e.contents[at], nil
}

func (e *evidence) expand(role iam.Role, scopeType string) roleContent {
	names := e.patterns(role, scopeType)
	if e.model.Role(string(role.ID)) != nil {
		return roleContent{gives: e.model.Content(string(role.ID), scopeType), names: e.named(names, role.Except)}
	}
	if base := e.model.Role(string(role.Base)); base != nil {
		names = slices.Concat(e.named(base.Permissions, base.Except), names)
	}
	return roleContent{
		gives: e.model.ExpandCustom(string(role.Base), role.Permissions, role.Except), names: e.named(names, role.Except),
	}
}

// named returns the permissions that patterns match, and exceptions do not.
func (e *evidence) named(patterns, except []string) []string {
	var names []string
	for _, p := range e.model.Permissions {
		if !p.Derived() && matching(patterns, p.Name) != "" && matching(except, p.Name) == "" {
			names = append(names, p.Name)
		}
	}
	return names
}

func matching(patterns []string, permission string) string {
	for _, pattern := range patterns {
		if schema.Match(pattern, permission) {
			return pattern
		}
	}
	return ""
}
