package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// Resources returns the objects of a type on which a subject has a permission,
// in pages that together hold each of them once. All pages of a listing show
// the state of the first; one that is taken up again after more than a minute may
// show the present state, and still what is there throughout once.
//
// Errors: those of Check; INVALID_ARGUMENT, reason PAGE_SIZE, for a size below
// 0, and reason PAGE_TOKEN for a token that belongs to another request, or
// whose state SpiceDB no longer has.
func (a *Adapter) Resources(ctx context.Context, request ResourcesRequest, page Page, at Freshness) ([]iam.Ref, Answered, error) {
	if err := a.wantType("type", request.Type, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, Answered{}, err
	}
	permission, err := a.checkRequest(CheckRequest{
		Subject: request.Subject, Permission: request.Permission,
		Object: iam.Ref{Type: request.Type, ID: "any"},
	})
	if err != nil {
		return nil, Answered{}, err
	}
	l, err := a.listing(ctx, page, request, at)
	switch {
	case err != nil || !permission.AppliesAt(request.Type):
		return nil, l.answered(), err
	case l.view != nil:
		found, more := l.view.Resources(request.Subject, permission.Name, request.Type, l.page())
		return found, l.shown(found, more), nil
	}
	return a.askResources(ctx, l, request)
}

// askResources lists what SpiceDB knows. What the index began it can go on with:
// it skips what comes before.
func (a *Adapter) askResources(ctx context.Context, l listing, request ResourcesRequest) ([]iam.Ref, Answered, error) {
	consistency, err := a.consistencyOf(ctx, l)
	if err != nil {
		return nil, l.answered(), err
	}
	query := rel.ResourceQuery{
		Type: request.Type, Permission: schema.Identifier(request.Permission),
		Subject: translate.Object(request.Subject), Limit: l.size, Cursor: l.content.After,
	}
	if l.content.Index {
		query.Limit, query.Cursor = 0, ""
	}
	found, err := a.engine.Resources(ctx, consistency, query)
	if err != nil {
		return nil, l.answered(), l.request.failed(err)
	}
	refs, err := refsOf(request.Type, found.IDs)
	l.revision = found.Token
	if err == nil && l.content.Index {
		refs, more := l.cut(refs)
		return refs, l.shown(refs, more), nil
	}
	answered := l.answered()
	if err == nil && found.Cursor != "" {
		l.content.After, l.content.Revision = found.Cursor, found.Token
		answered.Next = seal(l.content)
	}
	return refs, answered, err
}

// Subjects returns who has a permission on an object: users and service
// accounts, groups expanded, sorted, in pages like those of Resources.
//
// Errors: those of Resources.
func (a *Adapter) Subjects(ctx context.Context, request SubjectsRequest, page Page, at Freshness) ([]iam.Ref, Answered, error) {
	permission, err := a.permission(request.Permission)
	if err != nil {
		return nil, Answered{}, err
	}
	if err := a.wantKind("object", request.Object, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, Answered{}, err
	}
	if request.Type != "" {
		if err := a.wantType("type", request.Type, schema.KindUser, schema.KindServiceAccount); err != nil {
			return nil, Answered{}, err
		}
	}
	l, err := a.listing(ctx, page, request, at, request.Object)
	switch {
	case err != nil || !permission.AppliesAt(request.Object.Type):
		return nil, l.answered(), err
	case l.view != nil:
		found, more := l.view.Subjects(permission.Name, request.Object, request.Type, l.page())
		return found, l.shown(found, more), nil
	}
	return a.askSubjects(ctx, l, request)
}

func (a *Adapter) askSubjects(ctx context.Context, l listing, request SubjectsRequest) ([]iam.Ref, Answered, error) {
	consistency, err := a.consistencyOf(ctx, l)
	if err != nil {
		return nil, l.answered(), err
	}
	types := a.model.SubjectTypes()
	if request.Type != "" {
		types = []string{request.Type}
	}
	found, revision, err := a.subjectsOf(ctx, consistency, request, types)
	if err != nil {
		return nil, l.answered(), l.request.failed(err)
	}
	l.revision = revision
	found, more := l.cut(found)
	return found, l.shown(found, more), nil
}
