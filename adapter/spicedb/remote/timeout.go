package remote

import (
	"context"
	"strings"
	"time"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"
)

// schemaTimeout is what a call about the schema gets at least.
const schemaTimeout = time.Minute

// timeout bounds calls. The earlier end of the caller's context stays.
type timeout time.Duration

func (t timeout) of(method string) time.Duration {
	if strings.HasPrefix(method, "/"+v1.SchemaService_ServiceDesc.ServiceName+"/") {
		return max(time.Duration(t), schemaTimeout)
	}
	return time.Duration(t)
}

// unary bounds a call with one answer.
func (t timeout) unary( //nolint:revive // the arguments of a grpc.UnaryClientInterceptor
	ctx context.Context, method string, request, response any, conn *grpc.ClientConn, next grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	ctx, cancel := context.WithTimeout(ctx, t.of(method))
	defer cancel()
	return next(ctx, method, request, response, conn, options...)
}

// stream bounds the lookups, which are questions with long answers. The other
// streams last as long as there are tuples.
func (t timeout) stream(
	ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string, next grpc.Streamer, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	switch method {
	case v1.PermissionsService_LookupResources_FullMethodName, v1.PermissionsService_LookupSubjects_FullMethodName:
	default:
		return next(ctx, description, conn, method, options...)
	}
	ctx, cancel := context.WithTimeout(ctx, t.of(method))
	stream, err := next(ctx, description, conn, method, options...)
	if err != nil {
		cancel()
		return nil, err
	}
	return &bounded{ClientStream: stream, cancel: cancel}, nil
}

// bounded is a stream that ends with its timeout, and lets go of it at its end.
type bounded struct {
	grpc.ClientStream
	cancel context.CancelFunc
}

// RecvMsg reads the next message.
func (b *bounded) RecvMsg(message any) error {
	err := b.ClientStream.RecvMsg(message)
	if err != nil {
		b.cancel()
	}
	return err
}
