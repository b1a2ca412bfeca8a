package spicedb

import (
	"context"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Schema returns the schema text, empty if none was ever written. The
// definitions that the engine adds are not in it.
func (e *Engine) Schema(ctx context.Context) (string, error) {
	response, err := e.schema.ReadSchema(ctx, &v1.ReadSchemaRequest{})
	if status.Code(err) == codes.NotFound {
		return "", nil
	}
	if err != nil {
		return "", failure(ctx, err)
	}
	return withoutOwn(response.GetSchemaText()), nil
}

// WriteSchema replaces the schema. A schema that does not compile, or that drops
// a relation which still holds tuples, is INTERNAL with ReasonRefused.
func (e *Engine) WriteSchema(ctx context.Context, text string) error {
	_, err := e.schema.WriteSchema(ctx, &v1.WriteSchemaRequest{Schema: e.withOwn(text)})
	return refused(ctx, err)
}
