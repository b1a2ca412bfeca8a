package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// usefulRole is a role that holds one of the permissions in question.
type usefulRole struct {
	id   iam.RoleID
	size int
}

// useful returns the roles that may be given at a scope and hold something that
// may be missing. Roles that are on their way out are not among them.
func (e *evidence) useful(ctx context.Context, scope iam.Ref) ([]usefulRole, error) {
	ids, err := e.offered(ctx, scope)
	var roles []usefulRole
	for _, id := range ids {
		held, fault := e.content(ctx, id, scope.Type)
		if fault != nil {
			return nil, fault
		}
		if slices.ContainsFunc(e.targets(), func(t target) bool {
			return t.permission.AnyRole || t.permission.FromBelow || slices.Contains(held.gives, t.permission.Name)
		}) {
			roles = append(roles, usefulRole{id, len(held.gives)})
		}
	}
	return roles, err
}

// offered returns the roles that may be given at a scope.
func (e *evidence) offered(ctx context.Context, scope iam.Ref) ([]iam.RoleID, error) {
	var ids []iam.RoleID
	for _, role := range e.model.Roles {
		if !role.Deprecated && e.notEnded("", role) == nil && slices.Contains(e.model.AssignableAt(role), scope.Type) {
			ids = append(ids, iam.RoleID(role.ID))
		}
	}
	line, err := e.lineOf(ctx, scope)
	if err != nil {
		return nil, err
	}
	custom, err := e.rows.Roles().List(ctx, RoleFilter{Tenant: e.tenant})
	for _, role := range custom {
		if slices.Contains(refsOfScopes(line), role.Scope) {
			ids = append(ids, role.ID)
		}
	}
	return ids, err
}

func touch(tuple rel.Tuple) rel.Update { return rel.Update{Op: rel.Touch, Tuple: tuple} }
