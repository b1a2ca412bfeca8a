package adapter

import (
	"context"
	"fmt"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Filter says in few words on which objects of a type a subject has a
// permission, so that an application can put it into a query of its own.
type Filter struct {
	// Below are scopes below which the subject has the permission on every object
	// of the type. The scopes themselves are not meant: where the permission holds
	// on one that is of the type, it is among Objects. Sorted.
	Below []iam.Ref
	// Objects are those that lie below none of these scopes. Sorted.
	Objects []iam.Ref
	// Answered says at which state this is so, and who says it.
	Answered
}

// maxFilter is the largest number of scopes and objects in a Filter. A query
// with more of them is none that a database would like.
const maxFilter = 10_000

// ResourceFilter returns the same objects as Resources, in the form of a filter.
//
// Errors: those of Resources; RESOURCE_EXHAUSTED, reason FILTER_TOO_LARGE, if
// it had more than 10,000 scopes and objects: then list them in pages.
func (a *Adapter) ResourceFilter(ctx context.Context, request ResourcesRequest, at Freshness) (Filter, error) {
	if err := a.wantType("type", request.Type, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return Filter{}, err
	}
	question := CheckRequest{Subject: request.Subject, Permission: request.Permission, Object: iam.Ref{Type: request.Type, ID: "any"}}
	if _, err := a.checkRequest(question); err != nil {
		return Filter{}, err
	}
	view, answered, err := a.view(ctx, at)
	if err != nil {
		return Filter{}, err
	}
	found := view.Filter(request.Subject, request.Permission, request.Type)
	if err := boundFilter(len(found.Below) + len(found.Objects)); err != nil {
		return Filter{}, err
	}
	return Filter{Below: found.Below, Objects: found.Objects, Answered: answered}, nil
}

// boundFilter refuses a filter of too many scopes and objects.
func boundFilter(size int) error {
	if size <= maxFilter {
		return nil
	}
	return &iam.Error{
		Code: iam.ResourceExhausted, Reason: "FILTER_TOO_LARGE", Field: "filter",
		Message: fmt.Sprintf("would have %d scopes and objects, and has at most %d; list them in pages", size, maxFilter),
	}
}
