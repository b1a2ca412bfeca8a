package spicedb

import (
	"context"
	"slices"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// Resources lists the objects on which the subject has the permission, sorted.
// All pages of one listing show the revision of the first; at counts for that
// one only. A cursor that was not returned by Resources, or whose
// revision SpiceDB has collected, is INVALID_ARGUMENT. When nothing matches,
// SpiceDB names no revision and the token is the one of at.
//
// Each page costs SpiceDB the whole listing. Its own cursors would not, but
// their pages repeat an object for each way that leads to it, and they are
// refused once the limit or the consistency of the request changes.
func (e *Engine) Resources(ctx context.Context, at rel.Consistency, query rel.ResourceQuery) (rel.Page, error) {
	from, err := parseCursor(query.Cursor)
	if err != nil {
		return rel.Page{}, err
	}
	if from.token != "" {
		at = rel.Consistency{AtLeast: from.token, Exact: true}
	}
	page, err := e.allResources(ctx, at, query)
	if err != nil && query.Cursor != "" && staleRevision(err) {
		return rel.Page{}, expired(query.Cursor, err)
	}
	if err != nil {
		return rel.Page{}, err
	}
	return cut(page, from.after, query.Limit), nil
}

// cut sorts page and keeps up to limit identifiers that follow after.
func cut(page rel.Page, after string, limit int) rel.Page {
	slices.Sort(page.IDs)
	start, found := slices.BinarySearch(page.IDs, after)
	if found {
		start++
	}
	page.IDs = page.IDs[start:]
	if limit > 0 && len(page.IDs) > limit {
		page.IDs = page.IDs[:limit]
		page.Cursor = cursor{token: page.Token, after: page.IDs[limit-1]}.String()
	}
	return page
}

func (e *Engine) allResources(ctx context.Context, at rel.Consistency, query rel.ResourceQuery) (rel.Page, error) {
	consistency, err := e.consistency(ctx, at)
	if err != nil {
		return rel.Page{}, err
	}
	stream, err := e.permissions.LookupResources(ctx, &v1.LookupResourcesRequest{
		Consistency:        consistency,
		ResourceObjectType: query.Type,
		Permission:         query.Permission,
		Subject:            toSubject(query.Subject, ""),
	})
	if err != nil {
		return rel.Page{}, failure(ctx, err)
	}
	page := rel.Page{Token: at.AtLeast}
	err = each(stream, func(found *v1.LookupResourcesResponse) bool {
		page.Token = fromToken(found.GetLookedUpAt())
		if certain(found.GetPermissionship()) {
			page.IDs = append(page.IDs, found.GetResourceObjectId())
		}
		return true
	})
	if err != nil {
		return rel.Page{}, failure(ctx, err)
	}
	return page, nil
}

// Subjects lists the subjects that have the permission on the resource, with
// "*" for a wildcard. When nobody has it, the token is the one of at.
func (e *Engine) Subjects(ctx context.Context, at rel.Consistency, query rel.SubjectQuery) (rel.Page, error) {
	consistency, err := e.consistency(ctx, at)
	if err != nil {
		return rel.Page{}, err
	}
	stream, err := e.permissions.LookupSubjects(ctx, &v1.LookupSubjectsRequest{
		Consistency:       consistency,
		Resource:          toObject(query.Resource),
		Permission:        query.Permission,
		SubjectObjectType: query.Type,
	})
	if err != nil {
		return rel.Page{}, failure(ctx, err)
	}
	page := rel.Page{Token: at.AtLeast}
	err = each(stream, func(found *v1.LookupSubjectsResponse) bool {
		page.Token = fromToken(found.GetLookedUpAt())
		if certain(found.GetSubject().GetPermissionship()) {
			page.IDs = append(page.IDs, found.GetSubject().GetSubjectObjectId())
		}
		return true
	})
	if err != nil {
		return rel.Page{}, failure(ctx, err)
	}
	return page, nil
}

func certain(permissionship v1.LookupPermissionship) bool {
	return permissionship == v1.LookupPermissionship_LOOKUP_PERMISSIONSHIP_HAS_PERMISSION
}
