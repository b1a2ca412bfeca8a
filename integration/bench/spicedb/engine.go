package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

type engine struct {
	conn        *grpc.ClientConn
	permission  v1.PermissionsServiceClient
	consistency *v1.Consistency
	close       func() error
	permissions []string
}

// newEngine returns an engine that asks for answers that have seen all writes, as
// Ambit's do; or, stale, for those that SpiceDB gives by default.
func newEngine(conn *grpc.ClientConn, stale bool, closing func() error) *engine {
	e := &engine{conn: conn, permission: v1.NewPermissionsServiceClient(conn), close: closing}
	e.consistency = &v1.Consistency{Requirement: &v1.Consistency_FullyConsistent{FullyConsistent: true}}
	if stale {
		e.consistency = &v1.Consistency{Requirement: &v1.Consistency_MinimizeLatency{MinimizeLatency: true}}
	}
	return e
}

func (e *engine) load(ctx context.Context, w *world.World) error {
	e.permissions = w.Permissions
	_, err := v1.NewSchemaServiceClient(e.conn).WriteSchema(ctx, &v1.WriteSchemaRequest{Schema: schemaOf(w.Permissions)})
	if err != nil {
		return err
	}
	stream, err := e.permission.ImportBulkRelationships(ctx)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(tuplesOf(w), 1000) {
		// EOF: the reason comes with the answer.
		if err := stream.Send(&v1.ImportBulkRelationshipsRequest{Relationships: batch}); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	_, err = stream.CloseAndRecv()
	return err
}

const yes = v1.CheckPermissionResponse_PERMISSIONSHIP_HAS_PERMISSION

// Check is one CheckPermission. A caveat's "it depends" would count as no; the schema
// has none.
func (e *engine) Check(ctx context.Context, q world.Question) (bool, error) {
	response, err := e.permission.CheckPermission(ctx, &v1.CheckPermissionRequest{
		Consistency: e.consistency, Resource: object(q.Object), Permission: relation(q.Permission), Subject: plain(q.User),
	})
	return response.GetPermissionship() == yes, err
}

// CheckMany is one CheckBulkPermissions. Answers come in the order of the questions.
func (e *engine) CheckMany(ctx context.Context, questions []world.Question) ([]bool, error) {
	request := &v1.CheckBulkPermissionsRequest{Consistency: e.consistency}
	for _, q := range questions {
		request.Items = append(request.Items, &v1.CheckBulkPermissionsRequestItem{
			Resource: object(q.Object), Permission: relation(q.Permission), Subject: plain(q.User),
		})
	}
	response, err := e.permission.CheckBulkPermissions(ctx, request)
	if err != nil {
		return nil, err
	}
	var answers []bool
	for _, pair := range response.GetPairs() {
		if pair.GetError() != nil {
			return nil, fmt.Errorf("check: %s", pair.GetError().GetMessage())
		}
		answers = append(answers, pair.GetItem().GetPermissionship() == yes)
	}
	return answers, nil
}

// Permissions asks about each permission: SpiceDB has no question for all of them.
func (e *engine) Permissions(ctx context.Context, user, object string) ([]string, error) {
	questions := make([]world.Question, len(e.permissions))
	for i, permission := range e.permissions {
		questions[i] = world.Question{User: user, Permission: permission, Object: object}
	}
	answers, err := e.CheckMany(ctx, questions)
	if err != nil {
		return nil, err
	}
	var found []string
	for i, allowed := range answers {
		if allowed {
			found = append(found, e.permissions[i])
		}
	}
	return found, nil
}

// Workspaces is one LookupResources without a limit, read to the end of its stream.
func (e *engine) Workspaces(ctx context.Context, user, permission string) ([]string, error) {
	stream, err := e.permission.LookupResources(ctx, &v1.LookupResourcesRequest{
		Consistency: e.consistency, ResourceObjectType: "workspace", Permission: relation(permission), Subject: plain(user),
	})
	if err != nil {
		return nil, err
	}
	return collect(stream.Recv, func(r *v1.LookupResourcesResponse) string { return "workspace:" + r.GetResourceObjectId() })
}

// WhoCan is one LookupSubjects for users, read to the end of its stream.
func (e *engine) WhoCan(ctx context.Context, permission, scope string) ([]string, error) {
	stream, err := e.permission.LookupSubjects(ctx, &v1.LookupSubjectsRequest{
		Consistency: e.consistency, Resource: object(scope), Permission: relation(permission), SubjectObjectType: "user",
	})
	if err != nil {
		return nil, err
	}
	return collect(stream.Recv, func(r *v1.LookupSubjectsResponse) string { return "user:" + r.GetSubject().GetSubjectObjectId() })
}

// collect reads a stream to its end.
func collect[Item any](next func() (Item, error), text func(Item) string) ([]string, error) {
	var found []string
	for {
		item, err := next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, text(item))
	}
}

// SetRole touches the new tuples of the role and deletes the old ones in one
// WriteRelationships.
func (e *engine) SetRole(ctx context.Context, role world.Role, was []string) error {
	return e.write(ctx, contents(role.Name, role.Permissions), contents(role.Name, was))
}

// Grant adds a subject to a binding that others have already.
func (e *engine) Grant(ctx context.Context, p world.Policy) error {
	return e.write(ctx, []*v1.Relationship{subjectTuple(p)}, nil)
}

// Revoke deletes the relationship that Grant writes; the binding stays.
func (e *engine) Revoke(ctx context.Context, p world.Policy) error {
	return e.write(ctx, nil, []*v1.Relationship{subjectTuple(p)})
}

func subjectTuple(p world.Policy) *v1.Relationship {
	return tuple("binding:"+world.Binding{Role: p.Role, Scope: p.Scope}.ID(), "subject", subject(p.Subject))
}

func (e *engine) write(ctx context.Context, touched, deleted []*v1.Relationship) error {
	request := &v1.WriteRelationshipsRequest{}
	for _, t := range touched {
		request.Updates = append(request.Updates, &v1.RelationshipUpdate{Operation: v1.RelationshipUpdate_OPERATION_TOUCH, Relationship: t})
	}
	for _, t := range deleted {
		request.Updates = append(request.Updates, &v1.RelationshipUpdate{Operation: v1.RelationshipUpdate_OPERATION_DELETE, Relationship: t})
	}
	_, err := e.permission.WriteRelationships(ctx, request)
	return err
}

// Close ends the connection and what is behind it.
func (e *engine) Close() error { return e.close() }
