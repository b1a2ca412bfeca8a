package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type roleHandler struct {
	ambitv1.UnimplementedRoleServiceServer
	core
}

// ListRoles returns a page of roles, 100 by default: system roles in the
// model's order, then custom ones by id. A tenant, scope or base leaves the
// system roles out.
func (h roleHandler) ListRoles(ctx context.Context, req *ambitv1.ListRolesRequest) (*ambitv1.ListRolesResponse, error) {
	var read reader
	filter := adapter.RoleFilter{
		Tenant: read.optional("tenant", req.GetTenant()),
		Scope:  read.optional("scope", req.GetScope()),
		Base:   iam.RoleID(req.GetBase()),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.Roles(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListRolesResponse{Roles: each(found, roleMessage), NextPageToken: next}, nil
}

// GetRole returns one role, a system role also by an alias, or NOT_FOUND.
func (h roleHandler) GetRole(ctx context.Context, req *ambitv1.GetRoleRequest) (*ambitv1.Role, error) {
	if err := iam.CheckID("id", req.GetId()); err != nil {
		return nil, err
	}
	found, err := h.adapter.Role(ctx, iam.RoleID(req.GetId()))
	if err != nil {
		return nil, err
	}
	return roleMessage(found), nil
}

// CreateRole makes a custom role. INVALID_ARGUMENT if the model allows none, or
// for a pattern without a match; FAILED_PRECONDITION, reason SYSTEM_ROLE, if
// the id is one of the model's.
func (h roleHandler) CreateRole(ctx context.Context, req *ambitv1.CreateRoleRequest) (*ambitv1.RoleReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.RoleReceipt, error) {
		var read reader
		in := req.GetRole()
		role := iam.Role{
			ID:          iam.RoleID(in.GetId()),
			Scope:       read.optional("scope", in.GetScope()),
			Name:        in.GetName(),
			Description: in.GetDescription(),
			Base:        iam.RoleID(in.GetBase()),
			Permissions: in.GetPermissions(),
			Except:      in.GetExcept(),
		}
		if read.err != nil {
			return nil, read.err
		}
		return roleReceipt(h.adapter.CreateRole(ctx, role))
	})
}

// UpdateRole replaces what the request names of a custom role; who holds it
// stays. A system role is FAILED_PRECONDITION, reason SYSTEM_ROLE; a stale etag
// is ABORTED.
func (h roleHandler) UpdateRole(ctx context.Context, req *ambitv1.UpdateRoleRequest) (*ambitv1.RoleReceipt, error) {
	in := req.GetRole()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.Role, error) {
		return h.GetRole(ctx, &ambitv1.GetRoleRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	id := iam.RoleID(read.id("id", in.GetId()))
	changes := adapter.RoleChange{
		Name:        pick(fields, "name", in.GetName()),
		Description: pick(fields, "description", in.GetDescription()),
		Base:        pick(fields, "base", iam.RoleID(in.GetBase())),
		Permissions: pick(fields, "permissions", in.GetPermissions()),
		Except:      pick(fields, "except", in.GetExcept()),
		Revision:    read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return roleReceipt(h.adapter.UpdateRole(ctx, id, changes))
}

// DeleteRole removes a custom role. Where the model does not take it from
// whoever holds it, a role in use is FAILED_PRECONDITION, reason ROLE_IN_USE.
func (h roleHandler) DeleteRole(ctx context.Context, req *ambitv1.DeleteRoleRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := iam.RoleID(read.id("id", req.GetId())), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeleteRole(ctx, id, revision))
}

// MigrateRoles changes policies and groups of all tenants in one step, and
// returns how many; 0 if nothing was left to do. INVALID_ARGUMENT, reason
// ROLE_NOT_ASSIGNABLE, if a replacement cannot stand where the old role does.
func (h roleHandler) MigrateRoles(ctx context.Context, _ *ambitv1.MigrateRolesRequest) (*ambitv1.MigrateRolesResponse, error) {
	changed, done, err := h.adapter.MigrateRoles(ctx)
	if err != nil {
		return nil, err
	}
	return &ambitv1.MigrateRolesResponse{Policies: int32(changed), Token: string(done.Token), Applied: done.Applied}, nil
}

func roleReceipt(role adapter.RoleView, done adapter.Receipt, err error) (*ambitv1.RoleReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.RoleReceipt{Role: roleMessage(role), Token: string(done.Token), Applied: done.Applied}, nil
}

func roleMessage(role adapter.RoleView) *ambitv1.Role {
	return &ambitv1.Role{
		Id:          string(role.ID),
		Scope:       role.Scope.String(),
		Name:        role.Name,
		Description: role.Description,
		Permissions: role.Permissions,
		Base:        string(role.Base),
		Except:      role.Except,
		System:      role.System,
		Kind:        role.Kind,
		Aliases:     role.Aliases,
		Deprecated:  role.Deprecated,
		EndOfLife:   role.EndOfLife,
		ReplacedBy:  role.ReplacedBy,
		Assignable:  role.Assignable,
		Inherits:    role.Inherits,
		Effective:   role.Effective,
		Tenant:      role.Tenant.String(),
		Etag:        etagOf(role.Stamp),
		CreateTime:  timestamp(role.Created),
		UpdateTime:  timestamp(role.Updated),
	}
}
