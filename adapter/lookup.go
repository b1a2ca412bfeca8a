package adapter

import (
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// Resources returns the objects of a type on which a subject has a permission,
// in pages that together hold each of them once. All pages of a listing show
// the state of the first.
func (a *Adapter) Resources(ctx context.Context, request ResourcesRequest, page Page, at Freshness) ([]iam.Ref, string, error) {
	if err := a.wantType("type", request.Type, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, "", err
	}
	permission, err := a.checkRequest(CheckRequest{
		Subject: request.Subject, Permission: request.Permission,
		Object: iam.Ref{Type: request.Type, ID: "any"},
	})
	if err != nil {
		return nil, "", err
	}
	size, content, err := page.open(request)
	if err != nil || !permission.AppliesAt(request.Type) {
		return nil, "", err
	}
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return nil, "", err
	}
	if content.Revision != "" {
		consistency = rel.Consistency{AtLeast: content.Revision, Exact: true}
	}
	found, err := a.engine.Resources(ctx, consistency, rel.ResourceQuery{
		Type: request.Type, Permission: schema.Identifier(permission.Name),
		Subject: translate.Object(request.Subject), Limit: size, Cursor: content.After,
	})
	if err != nil {
		return nil, "", page.failed(err)
	}
	refs, err := refsOf(request.Type, found.IDs)
	if err != nil || found.Cursor == "" {
		return refs, "", err
	}
	content.After, content.Revision = found.Cursor, found.Token
	return refs, seal(content), nil
}

func refsOf(typeName string, ids []string) ([]iam.Ref, error) {
	refs := make([]iam.Ref, len(ids))
	for i, id := range ids {
		ref, err := translate.Ref(rel.Object{Type: typeName, ID: id})
		if err != nil {
			return nil, iam.Failed("reading an answer of SpiceDB", err)
		}
		refs[i] = ref
	}
	slices.SortFunc(refs, compareRefs)
	return refs, nil
}

// Subjects returns who has a permission on an object: users and service
// accounts, groups expanded, sorted, in pages.
func (a *Adapter) Subjects(ctx context.Context, request SubjectsRequest, page Page, at Freshness) ([]iam.Ref, string, error) {
	permission, err := a.permission(request.Permission)
	if err != nil {
		return nil, "", err
	}
	if err := a.wantKind("object", request.Object, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, "", err
	}
	types := a.model.SubjectTypes()
	if request.Type != "" {
		if err := a.wantType("type", request.Type, schema.KindUser, schema.KindServiceAccount); err != nil {
			return nil, "", err
		}
		types = []string{request.Type}
	}
	size, content, err := page.open(request)
	if err != nil || !permission.AppliesAt(request.Object.Type) {
		return nil, "", err
	}
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return nil, "", err
	}
	if content.Revision != "" {
		consistency = rel.Consistency{AtLeast: content.Revision, Exact: true}
	}
	found, revision, err := a.subjectsOf(ctx, consistency, request, types)
	if err != nil {
		return nil, "", page.failed(err)
	}
	found = following(found, content.After)
	if len(found) <= size {
		return found, "", nil
	}
	content.After, content.Revision = found[size-1].String(), revision
	return found[:size], seal(content), nil
}

// following returns the references that come after one of the page before.
func following(sorted []iam.Ref, after string) []iam.Ref {
	kind, id, _ := strings.Cut(after, ":")
	start, met := slices.BinarySearchFunc(sorted, iam.Ref{Type: kind, ID: id}, compareRefs)
	if met {
		start++
	}
	return sorted[start:]
}

// subjectsOf lists the subjects of several types, all at the revision of the
// first answer that names one, sorted.
func (a *Adapter) subjectsOf(ctx context.Context, at rel.Consistency, request SubjectsRequest, types []string) ([]iam.Ref, rel.ZedToken, error) {
	var all []iam.Ref
	for _, typeName := range types {
		found, err := a.engine.Subjects(ctx, at, rel.SubjectQuery{
			Resource: translate.Object(request.Object), Permission: schema.Identifier(request.Permission), Type: typeName,
		})
		if err != nil {
			return nil, "", err
		}
		if found.Token != "" { // of a type without anybody there may be none
			at = rel.Consistency{AtLeast: found.Token, Exact: true}
		}
		refs, err := refsOf(typeName, found.IDs)
		if err != nil {
			return nil, "", err
		}
		all = append(all, refs...)
	}
	slices.SortFunc(all, compareRefs)
	return all, at.AtLeast, nil
}
