package main

import (
	"context"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
)

// remote is a client as an api: without options for calls.
type remote struct {
	client openfgav1.OpenFGAServiceClient
}

func (c remote) CreateStore(ctx context.Context, r *openfgav1.CreateStoreRequest) (*openfgav1.CreateStoreResponse, error) {
	return c.client.CreateStore(ctx, r)
}

func (c remote) WriteAuthorizationModel(ctx context.Context, r *openfgav1.WriteAuthorizationModelRequest) (*openfgav1.WriteAuthorizationModelResponse, error) {
	return c.client.WriteAuthorizationModel(ctx, r)
}

func (c remote) Write(ctx context.Context, r *openfgav1.WriteRequest) (*openfgav1.WriteResponse, error) {
	return c.client.Write(ctx, r)
}

func (c remote) Check(ctx context.Context, r *openfgav1.CheckRequest) (*openfgav1.CheckResponse, error) {
	return c.client.Check(ctx, r)
}

func (c remote) BatchCheck(ctx context.Context, r *openfgav1.BatchCheckRequest) (*openfgav1.BatchCheckResponse, error) {
	return c.client.BatchCheck(ctx, r)
}

func (c remote) ListObjects(ctx context.Context, r *openfgav1.ListObjectsRequest) (*openfgav1.ListObjectsResponse, error) {
	return c.client.ListObjects(ctx, r)
}

func (c remote) ListUsers(ctx context.Context, r *openfgav1.ListUsersRequest) (*openfgav1.ListUsersResponse, error) {
	return c.client.ListUsers(ctx, r)
}
