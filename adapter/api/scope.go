package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type scopeHandler struct {
	ambitv1.UnimplementedScopeServiceServer
	core
}

// ListScopes returns a page of scopes, 100 by default, sorted by reference;
// with under, parents come before their children.
func (h scopeHandler) ListScopes(ctx context.Context, req *ambitv1.ListScopesRequest) (*ambitv1.ListScopesResponse, error) {
	var read reader
	filter := adapter.ScopeFilter{
		Tenant: read.optional("tenant", req.GetTenant()),
		Parent: read.optional("parent", req.GetParent()),
		Type:   req.GetType(),
		Under:  read.optional("under", req.GetUnder()),
	}
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	found, next, err := h.adapter.Scopes(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	return &ambitv1.ListScopesResponse{Scopes: each(found, scopeMessage), NextPageToken: next}, nil
}

// GetScope returns one scope by its reference, or NOT_FOUND.
func (h scopeHandler) GetScope(ctx context.Context, req *ambitv1.GetScopeRequest) (*ambitv1.Scope, error) {
	ref, err := iam.ParseRef("id", req.GetId())
	if err != nil {
		return nil, err
	}
	found, err := h.adapter.Scope(ctx, ref)
	if err != nil {
		return nil, err
	}
	return scopeMessage(found), nil
}

// CreateScope makes a scope, or a tenant where the type is one. Its id is a
// reference, which needs both parts: none is generated. INVALID_ARGUMENT for a
// parent of a wrong type, NOT_FOUND for one that is not there.
func (h scopeHandler) CreateScope(ctx context.Context, req *ambitv1.CreateScopeRequest) (*ambitv1.ScopeReceipt, error) {
	return once(ctx, h.replays, req, func() (*ambitv1.ScopeReceipt, error) {
		var read reader
		in := req.GetScope()
		scope := iam.Scope{
			Ref:      read.ref("id", in.GetId()),
			Parent:   read.optional("parent", in.GetParent()),
			Name:     in.GetName(),
			Isolated: in.GetIsolated(),
		}
		if read.err != nil {
			return nil, read.err
		}
		return scopeReceipt(h.adapter.CreateScope(ctx, scope))
	})
}

// UpdateScope changes name or isolation. For another parent, which is
// INVALID_ARGUMENT here (FIELD_IMMUTABLE), there is MoveScope; a stale etag is
// ABORTED.
func (h scopeHandler) UpdateScope(ctx context.Context, req *ambitv1.UpdateScopeRequest) (*ambitv1.ScopeReceipt, error) {
	in := req.GetScope()
	fields, err := change(in, req.GetUpdateMask(), func() (*ambitv1.Scope, error) {
		return h.GetScope(ctx, &ambitv1.GetScopeRequest{Id: in.GetId()})
	})
	if err != nil {
		return nil, err
	}
	var read reader
	ref := read.ref("id", in.GetId())
	changes := adapter.ScopeChange{
		Name:     pick(fields, "name", in.GetName()),
		Isolated: pick(fields, "isolated", in.GetIsolated()),
		Revision: read.revision(in.GetEtag()),
	}
	if read.err != nil {
		return nil, read.err
	}
	return scopeReceipt(h.adapter.UpdateScope(ctx, ref, changes))
}

// DeleteScope removes a scope with its whole subtree, without asking whether
// that is empty. ABORTED if the etag of the scope itself is stale.
func (h scopeHandler) DeleteScope(ctx context.Context, req *ambitv1.DeleteScopeRequest) (*ambitv1.Receipt, error) {
	var read reader
	id, revision := read.ref("id", req.GetId()), read.revision(req.GetEtag())
	if read.err != nil {
		return nil, read.err
	}
	return receipt(h.adapter.DeleteScope(ctx, id, revision))
}

// MoveScope changes what is inherited in a subtree in one step.
// FAILED_PRECONDITION if the new parent is in the subtree (MOVE_INTO_SUBTREE)
// or in another tenant (OTHER_TENANT), or if a policy would lose sight of its
// custom role (ROLE_OUT_OF_SCOPE).
func (h scopeHandler) MoveScope(ctx context.Context, req *ambitv1.MoveScopeRequest) (*ambitv1.ScopeReceipt, error) {
	var read reader
	ref, parent := read.ref("id", req.GetId()), read.ref("parent", req.GetParent())
	if read.err != nil {
		return nil, read.err
	}
	return scopeReceipt(h.adapter.MoveScope(ctx, ref, parent))
}

func scopeReceipt(scope iam.Scope, done adapter.Receipt, err error) (*ambitv1.ScopeReceipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.ScopeReceipt{Scope: scopeMessage(scope), Token: string(done.Token), Applied: done.Applied}, nil
}

func scopeMessage(scope iam.Scope) *ambitv1.Scope {
	return &ambitv1.Scope{
		Id:         scope.Ref.String(),
		Parent:     scope.Parent.String(),
		Name:       scope.Name,
		Isolated:   scope.Isolated,
		Tenant:     scope.Tenant.String(),
		Etag:       etagOf(scope.Stamp),
		CreateTime: timestamp(scope.Created),
		UpdateTime: timestamp(scope.Updated),
	}
}
