package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

type userHandler struct {
	ambitv1.UnimplementedUserServiceServer
	core
}

// ListUsers returns a page of the users of all tenants, 100 by default. An
// email is compared as a whole and as it is written.
func (h userHandler) ListUsers(ctx context.Context, req *ambitv1.ListUsersRequest) (*ambitv1.ListUsersResponse, error) {
	var read reader
	filter := adapter.UserFilter{
		Email: req.GetEmail(),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.Users(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListUsersResponse{Users: each(found, userMessage), NextPageToken: next}, nil
}

// GetUser returns one user, or NOT_FOUND.
func (h userHandler) GetUser(ctx context.Context, req *ambitv1.GetUserRequest) (*ambitv1.User, error) {
	if err := iam.CheckID("id", req.GetId()); err != nil {
		return nil, err
	}
	found, err := h.adapter.User(ctx, iam.UserID(req.GetId()))
	if err != nil {
		return nil, err
	}
	return userMessage(found), nil
}

// CreateUser makes a user, active unless the request says otherwise, under a
// generated id if the caller gives none. An id that is taken is ALREADY_EXISTS;
// an email that is taken is not looked for.
func (h userHandler) CreateUser(ctx context.Context, req *ambitv1.CreateUserRequest) (*ambitv1.UserReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.UserReceipt, error) {
		var read reader
		in := req.GetUser()
		user := iam.User{
			ID:     iam.UserID(in.GetId()),
			Name:   in.GetName(),
			Email:  in.GetEmail(),
			Status: iam.Status(in.GetStatus()),
		}
		if read.err != nil {
			return nil, read.err
		}
		return userReceipt(h.adapter.CreateUser(ctx, user))
	})
}

// UpdateUser changes name, email or status. An inactive user is denied
// everything from then on and keeps what was given; a stale etag is ABORTED.
func (h userHandler) UpdateUser(ctx context.Context, req *ambitv1.UpdateUserRequest) (*ambitv1.UserReceipt, error) {
	in := req.GetUser()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.User, error) {
		return h.GetUser(ctx, &ambitv1.GetUserRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	id := iam.UserID(read.id("id", in.GetId()))
	changes := adapter.UserChange{
		Name:     pick(fields, "name", in.GetName()),
		Email:    pick(fields, "email", in.GetEmail()),
		Status:   pick(fields, "status", iam.Status(in.GetStatus())),
		Revision: read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return userReceipt(h.adapter.UpdateUser(ctx, id, changes))
}

// DeleteUser removes a user from all tenants. FAILED_PRECONDITION, reason
// OWNER_IN_USE, if the user owns what must keep its owners; ABORTED if the etag
// is stale.
func (h userHandler) DeleteUser(ctx context.Context, req *ambitv1.DeleteUserRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := iam.UserID(read.id("id", req.GetId())), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeleteUser(ctx, id, revision))
}

// InviteUser leaves a user who is there already as it is, inactive ones too.
// INVALID_ARGUMENT if the reference is no user's (USER_TYPE) or the scope is no
// tenant (TENANT_REQUIRED); ALREADY_EXISTS if a role is held there already.
func (h userHandler) InviteUser(ctx context.Context, req *ambitv1.InviteUserRequest) (*ambitv1.PolicyReceipt, error) {
	var read reader
	ref, scope := read.ref("user", req.GetUser()), read.ref("scope", req.GetScope())
	if read.err == nil && ref.Type != h.adapter.Model().TypeOf(schema.KindUser) {
		read.fail(iam.Invalid("USER_TYPE", "user", req.GetUser(), "only users can be invited"))
	}
	if read.err != nil {
		return nil, read.err
	}
	user := iam.User{ID: iam.UserID(ref.ID), Name: req.GetName(), Email: req.GetEmail()}
	return policyReceipt(h.adapter.Invite(ctx, user, scope, ids[iam.RoleID](req.GetRoles())))
}

func userReceipt(user iam.User, done adapter.Receipt, err error) (*ambitv1.UserReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.UserReceipt{User: userMessage(user), Token: string(done.Token), Applied: done.Applied}, nil
}

func userMessage(user iam.User) *ambitv1.User {
	return &ambitv1.User{
		Id:         string(user.ID),
		Name:       user.Name,
		Email:      user.Email,
		Status:     string(user.Status),
		Etag:       etagOf(user.Stamp),
		CreateTime: timestamp(user.Created),
		UpdateTime: timestamp(user.Updated),
	}
}
