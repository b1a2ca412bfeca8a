package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/index"
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
