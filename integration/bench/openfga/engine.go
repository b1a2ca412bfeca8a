package main

import (
	"context"
	"fmt"
	"strconv"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// api is what library and client have in common.
type api interface {
	CreateStore(ctx context.Context, r *openfgav1.CreateStoreRequest) (*openfgav1.CreateStoreResponse, error)
	WriteAuthorizationModel(ctx context.Context, r *openfgav1.WriteAuthorizationModelRequest) (*openfgav1.WriteAuthorizationModelResponse, error)
	Write(ctx context.Context, r *openfgav1.WriteRequest) (*openfgav1.WriteResponse, error)
	Check(ctx context.Context, r *openfgav1.CheckRequest) (*openfgav1.CheckResponse, error)
	BatchCheck(ctx context.Context, r *openfgav1.BatchCheckRequest) (*openfgav1.BatchCheckResponse, error)
	ListObjects(ctx context.Context, r *openfgav1.ListObjectsRequest) (*openfgav1.ListObjectsResponse, error)
	ListUsers(ctx context.Context, r *openfgav1.ListUsersRequest) (*openfgav1.ListUsersResponse, error)
}

// engine asks without caches, as OpenFGA does by default: every answer has seen all
// writes.
type engine struct {
	api          api
	close        func() error
	store, model string
	permissions  []string
}

// Check is one Check of the relation that is named after the permission.
func (e *engine) Check(ctx context.Context, q world.Question) (bool, error) {
	response, err := e.api.Check(ctx, &openfgav1.CheckRequest{
		StoreId: e.store, AuthorizationModelId: e.model,
		TupleKey: &openfgav1.CheckRequestTupleKey{Object: q.Object, Relation: relation(q.Permission), User: q.User},
	})
	return response.GetAllowed(), err
}

// CheckMany is one BatchCheck. Answers come by correlation id, which is the place in
// the list.
func (e *engine) CheckMany(ctx context.Context, questions []world.Question) ([]bool, error) {
	request := &openfgav1.BatchCheckRequest{StoreId: e.store, AuthorizationModelId: e.model}
	for i, q := range questions {
		request.Checks = append(request.Checks, &openfgav1.BatchCheckItem{
			TupleKey:      &openfgav1.CheckRequestTupleKey{Object: q.Object, Relation: relation(q.Permission), User: q.User},
			CorrelationId: strconv.Itoa(i),
		})
	}
	response, err := e.api.BatchCheck(ctx, request)
	if err != nil {
		return nil, err
	}
	answers := make([]bool, len(questions))
	for i := range answers {
		result := response.GetResult()[strconv.Itoa(i)]
		if result.GetError() != nil {
			return nil, fmt.Errorf("check: %s", result.GetError().GetMessage())
		}
		answers[i] = result.GetAllowed()
	}
	return answers, nil
}

// Permissions asks about each permission: OpenFGA has no question for all of them.
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

// Workspaces is one ListObjects, which answers with all at once.
func (e *engine) Workspaces(ctx context.Context, user, permission string) ([]string, error) {
	response, err := e.api.ListObjects(ctx, &openfgav1.ListObjectsRequest{
		StoreId: e.store, AuthorizationModelId: e.model, Type: "workspace", Relation: relation(permission), User: user,
	})
	return response.GetObjects(), err
}

// WhoCan is one ListUsers for users alone, which answers with all at once.
func (e *engine) WhoCan(ctx context.Context, permission, object string) ([]string, error) {
	response, err := e.api.ListUsers(ctx, &openfgav1.ListUsersRequest{
		StoreId: e.store, AuthorizationModelId: e.model, Relation: relation(permission),
		Object:      &openfgav1.Object{Type: world.Type(object), Id: world.ID(object)},
		UserFilters: []*openfgav1.UserTypeFilter{{Type: "user"}},
	})
	if err != nil {
		return nil, err
	}
	var found []string
	for _, user := range response.GetUsers() {
		found = append(found, "user:"+user.GetObject().GetId())
	}
	return found, nil
}

// SetRole writes the new tuples of the role and deletes the old ones in one Write.
func (e *engine) SetRole(ctx context.Context, role world.Role, was []string) error {
	return e.write(ctx, contents(role.Name, role.Permissions), contents(role.Name, was))
}

// Grant adds a subject to a binding that others have already.
func (e *engine) Grant(ctx context.Context, p world.Policy) error {
	return e.write(ctx, []*openfgav1.TupleKey{subjectTuple(p)}, nil)
}

// Revoke deletes the tuple that Grant writes; the binding stays.
func (e *engine) Revoke(ctx context.Context, p world.Policy) error {
	return e.write(ctx, nil, []*openfgav1.TupleKey{subjectTuple(p)})
}

func subjectTuple(p world.Policy) *openfgav1.TupleKey {
	return tuple("binding:"+world.Binding{Role: p.Role, Scope: p.Scope}.ID(), "subject", subjectOf(p.Subject))
}

func (e *engine) write(ctx context.Context, writes, deletes []*openfgav1.TupleKey) error {
	request := &openfgav1.WriteRequest{StoreId: e.store, AuthorizationModelId: e.model}
	if len(writes) > 0 {
		request.Writes = &openfgav1.WriteRequestWrites{TupleKeys: writes}
	}
	if len(deletes) > 0 {
		request.Deletes = &openfgav1.WriteRequestDeletes{}
		for _, t := range deletes {
			request.Deletes.TupleKeys = append(request.Deletes.TupleKeys,
				&openfgav1.TupleKeyWithoutCondition{Object: t.GetObject(), Relation: t.GetRelation(), User: t.GetUser()})
		}
	}
	_, err := e.api.Write(ctx, request)
	return err
}

// Close ends the library, or the connection and the server.
func (e *engine) Close() error { return e.close() }
