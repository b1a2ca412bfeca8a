package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type groupHandler struct {
	ambitv1.UnimplementedGroupServiceServer
	core
}

// ListGroups returns a page of groups, 100 by default. A reference whose type
// cannot stand in its filter is INVALID_ARGUMENT rather than an empty page.
func (h groupHandler) ListGroups(ctx context.Context, req *ambitv1.ListGroupsRequest) (*ambitv1.ListGroupsResponse, error) {
	var read reader
	filter := adapter.GroupFilter{
		Tenant:  read.optional("tenant", req.GetTenant()),
		Scope:   read.optional("scope", req.GetScope()),
		Member:  read.optional("member", req.GetMember()),
		Role:    iam.RoleID(req.GetRole()),
		Carries: read.optional("carries", req.GetCarries()),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.Groups(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListGroupsResponse{Groups: each(found, groupMessage), NextPageToken: next}, nil
}

// GetGroup returns one group, or NOT_FOUND.
func (h groupHandler) GetGroup(ctx context.Context, req *ambitv1.GetGroupRequest) (*ambitv1.Group, error) {
	if err := iam.CheckID("id", req.GetId()); err != nil {
		return nil, err
	}
	found, err := h.adapter.Group(ctx, iam.GroupID(req.GetId()))
	if err != nil {
		return nil, err
	}
	return groupMessage(found), nil
}

// CreateGroup makes a group in a scope, under a generated id if the caller
// gives none. An id that is taken is ALREADY_EXISTS, a member or carried scope
// that is not there NOT_FOUND.
func (h groupHandler) CreateGroup(ctx context.Context, req *ambitv1.CreateGroupRequest) (*ambitv1.GroupReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.GroupReceipt, error) {
		var read reader
		in := req.GetGroup()
		group := iam.Group{
			ID:      iam.GroupID(in.GetId()),
			Scope:   read.optional("scope", in.GetScope()),
			Name:    in.GetName(),
			Members: read.refs("members", in.GetMembers()),
			Roles:   ids[iam.RoleID](in.GetRoles()),
			Scopes:  read.refs("scopes", in.GetScopes()),
		}
		if read.err != nil {
			return nil, read.err
		}
		return groupReceipt(h.adapter.CreateGroup(ctx, group))
	})
}

// UpdateGroup replaces name, members, carried roles or carried scopes, each
// list as a whole. FAILED_PRECONDITION if groups would contain each other
// (GROUP_CYCLE) or nest too deep (NESTED_TOO_DEEP); ABORTED if the etag is
// stale.
func (h groupHandler) UpdateGroup(ctx context.Context, req *ambitv1.UpdateGroupRequest) (*ambitv1.GroupReceipt, error) {
	in := req.GetGroup()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.Group, error) {
		return h.GetGroup(ctx, &ambitv1.GetGroupRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	id := iam.GroupID(read.id("id", in.GetId()))
	changes := adapter.GroupChange{
		Name:     pick(fields, "name", in.GetName()),
		Members:  pick(fields, "members", read.refs("members", in.GetMembers())),
		Roles:    pick(fields, "roles", ids[iam.RoleID](in.GetRoles())),
		Scopes:   pick(fields, "scopes", read.refs("scopes", in.GetScopes())),
		Revision: read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return groupReceipt(h.adapter.UpdateGroup(ctx, id, changes))
}

// DeleteGroup removes a group with the policies that name it.
// FAILED_PRECONDITION, reason OWNER_IN_USE, if it owns what must keep its
// owners; ABORTED if the etag is stale.
func (h groupHandler) DeleteGroup(ctx context.Context, req *ambitv1.DeleteGroupRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := iam.GroupID(read.id("id", req.GetId())), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeleteGroup(ctx, id, revision))
}

// AddMembers needs no etag: callers who add different members do not get in
// each other's way. INVALID_ARGUMENT for none, or for one of another tenant;
// NOT_FOUND for one that does not exist.
func (h groupHandler) AddMembers(ctx context.Context, req *ambitv1.MembersRequest) (*ambitv1.GroupReceipt, error) {
	var read reader
	id, members := iam.GroupID(read.id("id", req.GetId())), read.refs("members", req.GetMembers())
	if read.err != nil {
		return nil, read.err
	}
	return groupReceipt(h.adapter.AddMembers(ctx, id, members))
}

// RemoveMembers removes all that are named, or none: NOT_FOUND, reason
// NOT_A_MEMBER, if one is not in the group.
func (h groupHandler) RemoveMembers(ctx context.Context, req *ambitv1.MembersRequest) (*ambitv1.GroupReceipt, error) {
	var read reader
	id, members := iam.GroupID(read.id("id", req.GetId())), read.refs("members", req.GetMembers())
	if read.err != nil {
		return nil, read.err
	}
	return groupReceipt(h.adapter.RemoveMembers(ctx, id, members))
}

func groupReceipt(group iam.Group, done adapter.Receipt, err error) (*ambitv1.GroupReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.GroupReceipt{Group: groupMessage(group), Token: string(done.Token), Applied: done.Applied}, nil
}

func groupMessage(group iam.Group) *ambitv1.Group {
	return &ambitv1.Group{
		Id:         string(group.ID),
		Scope:      group.Scope.String(),
		Name:       group.Name,
		Members:    texts(group.Members),
		Roles:      ids[string](group.Roles),
		Scopes:     texts(group.Scopes),
		Tenant:     group.Tenant.String(),
		Etag:       etagOf(group.Stamp),
		CreateTime: timestamp(group.Created),
		UpdateTime: timestamp(group.Updated),
	}
}
