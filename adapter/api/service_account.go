package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type serviceAccountHandler struct {
	ambitv1.UnimplementedServiceAccountServiceServer
	core
}

// ListServiceAccounts returns a page of service accounts, 100 by default,
// inactive ones included.
func (h serviceAccountHandler) ListServiceAccounts(ctx context.Context, req *ambitv1.ListServiceAccountsRequest) (*ambitv1.ListServiceAccountsResponse, error) {
	var read reader
	filter := adapter.ServiceAccountFilter{
		Tenant: read.optional("tenant", req.GetTenant()),
		Scope:  read.optional("scope", req.GetScope()),
		Owner:  read.optional("owner", req.GetOwner()),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.ServiceAccounts(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListServiceAccountsResponse{ServiceAccounts: each(found, serviceAccountMessage), NextPageToken: next}, nil
}

// GetServiceAccount returns one service account, or NOT_FOUND.
func (h serviceAccountHandler) GetServiceAccount(ctx context.Context, req *ambitv1.GetServiceAccountRequest) (*ambitv1.ServiceAccount, error) {
	if err := iam.CheckID("id", req.GetId()); err != nil {
		return nil, err
	}
	found, err := h.adapter.ServiceAccount(ctx, iam.ServiceAccountID(req.GetId()))
	if err != nil {
		return nil, err
	}
	return serviceAccountMessage(found), nil
}

// CreateServiceAccount makes a service account, active unless the request says
// otherwise, under a generated id if the caller gives none. INVALID_ARGUMENT,
// reason KIND_NOT_SUPPORTED, if the model has no such subjects.
func (h serviceAccountHandler) CreateServiceAccount(ctx context.Context, req *ambitv1.CreateServiceAccountRequest) (*ambitv1.ServiceAccountReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.ServiceAccountReceipt, error) {
		var read reader
		in := req.GetServiceAccount()
		account := iam.ServiceAccount{
			ID:     iam.ServiceAccountID(in.GetId()),
			Scope:  read.optional("scope", in.GetScope()),
			Name:   in.GetName(),
			Owners: read.refs("owners", in.GetOwners()),
			Status: iam.Status(in.GetStatus()),
		}
		if read.err != nil {
			return nil, read.err
		}
		return serviceAccountReceipt(h.adapter.CreateServiceAccount(ctx, account))
	})
}

// UpdateServiceAccount changes name, owners or status; an inactive account
// keeps its roles and may do nothing. Another scope is INVALID_ARGUMENT, reason
// FIELD_IMMUTABLE; a stale etag is ABORTED.
func (h serviceAccountHandler) UpdateServiceAccount(ctx context.Context, req *ambitv1.UpdateServiceAccountRequest) (*ambitv1.ServiceAccountReceipt, error) {
	in := req.GetServiceAccount()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.ServiceAccount, error) {
		return h.GetServiceAccount(ctx, &ambitv1.GetServiceAccountRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	id := iam.ServiceAccountID(read.id("id", in.GetId()))
	changes := adapter.ServiceAccountChange{
		Name:     pick(fields, "name", in.GetName()),
		Owners:   pick(fields, "owners", read.refs("owners", in.GetOwners())),
		Status:   pick(fields, "status", iam.Status(in.GetStatus())),
		Revision: read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return serviceAccountReceipt(h.adapter.UpdateServiceAccount(ctx, id, changes))
}

// DeleteServiceAccount removes an account with its policies and memberships.
// FAILED_PRECONDITION, reason OWNER_IN_USE, if it owns what must keep its
// owners; ABORTED if the etag is stale.
func (h serviceAccountHandler) DeleteServiceAccount(ctx context.Context, req *ambitv1.DeleteServiceAccountRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := iam.ServiceAccountID(read.id("id", req.GetId())), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeleteServiceAccount(ctx, id, revision))
}

func serviceAccountReceipt(account iam.ServiceAccount, done adapter.Receipt, err error) (*ambitv1.ServiceAccountReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.ServiceAccountReceipt{ServiceAccount: serviceAccountMessage(account), Token: string(done.Token), Applied: done.Applied}, nil
}

func serviceAccountMessage(account iam.ServiceAccount) *ambitv1.ServiceAccount {
	return &ambitv1.ServiceAccount{
		Id:         string(account.ID),
		Scope:      account.Scope.String(),
		Name:       account.Name,
		Owners:     texts(account.Owners),
		Status:     string(account.Status),
		Tenant:     account.Tenant.String(),
		Etag:       etagOf(account.Stamp),
		CreateTime: timestamp(account.Created),
		UpdateTime: timestamp(account.Updated),
	}
}
