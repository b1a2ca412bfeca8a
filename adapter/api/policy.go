package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type policyHandler struct {
	ambitv1.UnimplementedPolicyServiceServer
	core
}

// ListPolicies returns a page of policies, 100 by default. A system role may be
// named by an alias.
func (h policyHandler) ListPolicies(ctx context.Context, req *ambitv1.ListPoliciesRequest) (*ambitv1.ListPoliciesResponse, error) {
	var read reader
	filter := adapter.PolicyFilter{
		Tenant:  read.optional("tenant", req.GetTenant()),
		Subject: read.optional("subject", req.GetSubject()),
		Scope:   read.optional("scope", req.GetScope()),
		Role:    iam.RoleID(req.GetRole()),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.Policies(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListPoliciesResponse{Policies: each(found, policyMessage), NextPageToken: next}, nil
}

// GetPolicy returns one policy, or NOT_FOUND.
func (h policyHandler) GetPolicy(ctx context.Context, req *ambitv1.GetPolicyRequest) (*ambitv1.Policy, error) {
	if err := iam.CheckID("id", req.GetId()); err != nil {
		return nil, err
	}
	found, err := h.adapter.Policy(ctx, iam.PolicyID(req.GetId()))
	if err != nil {
		return nil, err
	}
	return policyMessage(found), nil
}

// CreatePolicy grants roles. ALREADY_EXISTS, reason ROLE_ALREADY_HELD, if
// another policy gives one of them to the same subject at the same scope;
// FAILED_PRECONDITION, reason ROLE_ENDED, for a role past its end of life.
func (h policyHandler) CreatePolicy(ctx context.Context, req *ambitv1.CreatePolicyRequest) (*ambitv1.PolicyReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.PolicyReceipt, error) {
		var read reader
		in := req.GetPolicy()
		policy := iam.Policy{
			ID:      iam.PolicyID(in.GetId()),
			Subject: read.optional("subject", in.GetSubject()),
			Roles:   ids[iam.RoleID](in.GetRoles()),
			Scope:   read.optional("scope", in.GetScope()),
		}
		if read.err != nil {
			return nil, read.err
		}
		return policyReceipt(h.adapter.CreatePolicy(ctx, policy))
	})
}

// UpdatePolicy replaces the roles. Another subject or scope is
// INVALID_ARGUMENT, reason FIELD_IMMUTABLE; a stale etag is ABORTED.
func (h policyHandler) UpdatePolicy(ctx context.Context, req *ambitv1.UpdatePolicyRequest) (*ambitv1.PolicyReceipt, error) {
	in := req.GetPolicy()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.Policy, error) {
		return h.GetPolicy(ctx, &ambitv1.GetPolicyRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	id := iam.PolicyID(read.id("id", in.GetId()))
	changes := adapter.PolicyChange{
		Roles:    pick(fields, "roles", ids[iam.RoleID](in.GetRoles())),
		Revision: read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return policyReceipt(h.adapter.UpdatePolicy(ctx, id, changes))
}

// DeletePolicy takes back what one policy gives. NOT_FOUND if there is none;
// ABORTED if the etag is stale.
func (h policyHandler) DeletePolicy(ctx context.Context, req *ambitv1.DeletePolicyRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := iam.PolicyID(read.id("id", req.GetId())), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeletePolicy(ctx, id, revision))
}

// RevokePolicies is for a caller who knows the grant and not the policy's id.
// It takes all of the roles or none: NOT_FOUND, reason ROLE_NOT_HELD, if one is
// missing. A policy whose last role goes, goes too.
func (h policyHandler) RevokePolicies(ctx context.Context, req *ambitv1.RevokePoliciesRequest) (*ambitv1.Receipt, error) {
	var read reader
	subject, scope := read.ref("subject", req.GetSubject()), read.ref("scope", req.GetScope())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.Revoke(ctx, subject, scope, ids[iam.RoleID](req.GetRoles())))
}

func policyReceipt(policy iam.Policy, done adapter.Receipt, err error) (*ambitv1.PolicyReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.PolicyReceipt{Policy: policyMessage(policy), Token: string(done.Token), Applied: done.Applied}, nil
}

func policyMessage(policy iam.Policy) *ambitv1.Policy {
	return &ambitv1.Policy{
		Id:         string(policy.ID),
		Subject:    policy.Subject.String(),
		Roles:      ids[string](policy.Roles),
		Scope:      policy.Scope.String(),
		Tenant:     policy.Tenant.String(),
		Etag:       etagOf(policy.Stamp),
		CreateTime: timestamp(policy.Created),
		UpdateTime: timestamp(policy.Updated),
	}
}
