package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type resourceHandler struct {
	ambitv1.UnimplementedResourceServiceServer
	core
}

// ListResources returns a page of what is stored, 100 by default, whoever may
// use it; accessHandler.Resources says what somebody may.
func (h resourceHandler) ListResources(ctx context.Context, req *ambitv1.ListResourcesRequest) (*ambitv1.ListResourcesResponse, error) {
	var read reader
	filter := adapter.ResourceFilter{
		Tenant: read.optional("tenant", req.GetTenant()),
		Scope:  read.optional("scope", req.GetScope()),
		Type:   req.GetType(),
		Owner:  read.optional("owner", req.GetOwner()),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.ListResources(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListResourcesResponse{Resources: each(found, resourceMessage), NextPageToken: next}, nil
}

// GetResource returns one resource by its reference, or NOT_FOUND.
func (h resourceHandler) GetResource(ctx context.Context, req *ambitv1.GetResourceRequest) (*ambitv1.Resource, error) {
	ref, err := iam.ParseRef("id", req.GetId())
	if err != nil {
		return nil, err
	}
	found, err := h.adapter.Resource(ctx, ref)
	if err != nil {
		return nil, err
	}
	return resourceMessage(found), nil
}

// CreateResource makes a resource. Its id is a reference, which needs both
// parts: none is generated. INVALID_ARGUMENT for owners that the model does not
// allow, NOT_FOUND for those that do not exist.
func (h resourceHandler) CreateResource(ctx context.Context, req *ambitv1.CreateResourceRequest) (*ambitv1.ResourceReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.ResourceReceipt, error) {
		var read reader
		in := req.GetResource()
		resource := iam.Resource{
			Ref:    read.ref("id", in.GetId()),
			Scope:  read.optional("scope", in.GetScope()),
			Name:   in.GetName(),
			Owners: read.refs("owners", in.GetOwners()),
		}
		if read.err != nil {
			return nil, read.err
		}
		return resourceReceipt(h.adapter.CreateResource(ctx, resource))
	})
}

// UpdateResource replaces name or owners; an empty list leaves it to nobody.
// Another scope is INVALID_ARGUMENT, reason FIELD_IMMUTABLE; a stale etag is
// ABORTED.
func (h resourceHandler) UpdateResource(ctx context.Context, req *ambitv1.UpdateResourceRequest) (*ambitv1.ResourceReceipt, error) {
	in := req.GetResource()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.Resource, error) {
		return h.GetResource(ctx, &ambitv1.GetResourceRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	ref := read.ref("id", in.GetId())
	changes := adapter.ResourceChange{
		Name:     pick(fields, "name", in.GetName()),
		Owners:   pick(fields, "owners", read.refs("owners", in.GetOwners())),
		Revision: read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return resourceReceipt(h.adapter.UpdateResource(ctx, ref, changes))
}

// DeleteResource removes one resource. NOT_FOUND if there is none; ABORTED if
// the etag is stale.
func (h resourceHandler) DeleteResource(ctx context.Context, req *ambitv1.DeleteResourceRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := read.ref("id", req.GetId()), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeleteResource(ctx, id, revision))
}

func resourceReceipt(resource iam.Resource, done adapter.Receipt, err error) (*ambitv1.ResourceReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.ResourceReceipt{Resource: resourceMessage(resource), Token: string(done.Token), Applied: done.Applied}, nil
}

func resourceMessage(resource iam.Resource) *ambitv1.Resource {
	return &ambitv1.Resource{
		Id:         resource.Ref.String(),
		Scope:      resource.Scope.String(),
		Name:       resource.Name,
		Owners:     texts(resource.Owners),
		Tenant:     resource.Tenant.String(),
		Etag:       etagOf(resource.Stamp),
		CreateTime: timestamp(resource.Created),
		UpdateTime: timestamp(resource.Updated),
	}
}
