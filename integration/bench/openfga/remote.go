package main

import (
	"context"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
)

// remote is a client as an api: without options for calls.
type remote struct {
	client openfgav1.OpenFGAServiceClient
}

// CreateStore makes an empty store; openServer also asks it whether the server is
// ready.
func (c remote) CreateStore(ctx context.Context, r *openfgav1.CreateStoreRequest) (*openfgav1.CreateStoreResponse, error) {
	return c.client.CreateStore(ctx, r)
}

// WriteAuthorizationModel adds a version of the model to a store.
func (c remote) WriteAuthorizationModel(ctx context.Context, r *openfgav1.WriteAuthorizationModelRequest) (*openfgav1.WriteAuthorizationModelResponse, error) {
	return c.client.WriteAuthorizationModel(ctx, r)
}

// Write writes and deletes tuples in one step.
func (c remote) Write(ctx context.Context, r *openfgav1.WriteRequest) (*openfgav1.WriteResponse, error) {
	return c.client.Write(ctx, r)
}

// Check asks one question.
func (c remote) Check(ctx context.Context, r *openfgav1.CheckRequest) (*openfgav1.CheckResponse, error) {
	return c.client.Check(ctx, r)
}

// BatchCheck asks many at once.
func (c remote) BatchCheck(ctx context.Context, r *openfgav1.BatchCheckRequest) (*openfgav1.BatchCheckResponse, error) {
	return c.client.BatchCheck(ctx, r)
}

// ListObjects returns one list, whole and not as a stream.
func (c remote) ListObjects(ctx context.Context, r *openfgav1.ListObjectsRequest) (*openfgav1.ListObjectsResponse, error) {
	return c.client.ListObjects(ctx, r)
}

// ListUsers returns one list.
func (c remote) ListUsers(ctx context.Context, r *openfgav1.ListUsersRequest) (*openfgav1.ListUsersResponse, error) {
	return c.client.ListUsers(ctx, r)
}
