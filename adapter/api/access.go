package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type accessHandler struct {
	ambitv1.UnimplementedAccessServiceServer
	core
}

// Check answers yes or no. A no is an answer with a reason. Errors are
// INVALID_ARGUMENT for a question that makes no sense, and UNAVAILABLE, after
// which the caller has to deny.
func (h accessHandler) Check(ctx context.Context, req *ambitv1.CheckRequest) (*ambitv1.CheckResponse, error) {
	var read reader
	question := read.question(req)
	if read.err != nil {
		return nil, read.err
	}
	decision, err := h.adapter.Check(ctx, question, freshness(req))
	if err != nil {
		return nil, err
	}
	return checkResponse(decision), nil
}

// CheckMany answers a list of questions, all from one state. One bad question
// fails the list, with its place in the field (items[3].subject); more than
// 10,000 are RESOURCE_EXHAUSTED, reason BATCH_TOO_LARGE.
func (h accessHandler) CheckMany(ctx context.Context, req *ambitv1.CheckManyRequest) (*ambitv1.CheckManyResponse, error) {
	questions := make([]adapter.CheckRequest, len(req.GetItems()))
	for i, item := range req.GetItems() {
		var read reader
		questions[i] = read.question(item)
		if domain, ok := errors.AsType[*iam.Error](read.err); ok {
			return nil, domain.At(fmt.Sprintf("items[%d]", i))
		}
	}
	decisions, err := h.adapter.CheckMany(ctx, questions, freshness(req))
	if err != nil {
		return nil, err
	}
	answers := make([]ambitv1.CheckResponse, len(decisions)) // together, as there are many
	results := make([]*ambitv1.CheckResponse, len(decisions))
	for i, decision := range decisions {
		results[i] = &answers[i]
		answer(results[i], decision)
	}
	return &ambitv1.CheckManyResponse{Results: results}, nil
}

// Permissions returns the sorted names of what a subject may do on an object.
// Nobody may do anything on an object that does not exist: the answer is an
// empty list, not NOT_FOUND.
func (h accessHandler) Permissions(ctx context.Context, req *ambitv1.PermissionsRequest) (*ambitv1.PermissionsResponse, error) {
	var read reader
	subject, object := read.ref("subject", req.GetSubject()), read.ref("object", req.GetObject())
	if read.err != nil {
		return nil, read.err
	}
	permissions, answered, err := h.adapter.Permissions(ctx, subject, object, freshness(req))
	if err != nil {
		return nil, err
	}
	return &ambitv1.PermissionsResponse{Permissions: permissions, Token: string(answered.Token), Source: string(answered.Source)}, nil
}

// Resources returns a page of the objects on which a subject has a permission,
// 100 by default. With filter it returns the scopes and objects for a query
// instead, and refuses a page token or size (INVALID_ARGUMENT, reason
// PAGE_OF_FILTER).
func (h accessHandler) Resources(ctx context.Context, req *ambitv1.ResourcesRequest) (*ambitv1.ResourcesResponse, error) {
	var read reader
	query := adapter.ResourcesRequest{Subject: read.ref("subject", req.GetSubject()), Permission: req.GetPermission(), Type: req.GetType()}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	if req.GetFilter() {
		return h.filter(ctx, query, req)
	}
	found, answered, err := h.adapter.Resources(ctx, query, page, freshness(req))
	if err != nil {
		return nil, err
	}
	return &ambitv1.ResourcesResponse{Resources: texts(found), NextPageToken: answered.Next, Source: string(answered.Source), Token: string(answered.Token)}, nil
}

// Subjects returns a page of those who have a permission on an object, 100 by
// default: users and service accounts, of one type if the request names one.
// With groups or via it is answered by holders, and groups together with a type
// is INVALID_ARGUMENT, reason TYPE_WITH_GROUPS.
func (h accessHandler) Subjects(ctx context.Context, req *ambitv1.SubjectsRequest) (*ambitv1.SubjectsResponse, error) {
	var read reader
	query := adapter.SubjectsRequest{Permission: req.GetPermission(), Object: read.ref("object", req.GetObject()), Type: req.GetType()}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	if req.GetGroups() || req.GetVia() {
		return h.holders(ctx, adapter.HoldersRequest{SubjectsRequest: query, Groups: req.GetGroups(), Via: req.GetVia()}, page, freshness(req))
	}
	found, answered, err := h.adapter.Subjects(ctx, query, page, freshness(req))
	if err != nil {
		return nil, err
	}
	return &ambitv1.SubjectsResponse{Subjects: texts(found), NextPageToken: answered.Next, Source: string(answered.Source), Token: string(answered.Token)}, nil
}

func checkResponse(decision adapter.Decision) *ambitv1.CheckResponse {
	response := &ambitv1.CheckResponse{}
	answer(response, decision)
	return response
}

func answer(response *ambitv1.CheckResponse, decision adapter.Decision) {
	response.Allowed, response.Reason = decision.Allowed, string(decision.Reason)
	response.Token, response.Source = string(decision.Token), string(decision.Source)
}
