package api

import (
	"cmp"
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// Limits bound the size of requests. The zero value means the defaults.
type Limits struct {
	// Request is the largest request in bytes. Default: 4 MiB.
	Request int
	// World is the largest world to apply, in bytes. Default: 64 MiB.
	World int
}

// Largest returns the largest request that any method takes, for the limit
// that gRPC itself keeps.
func (l Limits) Largest() int {
	return max(l.of(""), l.of(ambitv1.WorldService_ApplyWorld_FullMethodName))
}

// of returns the limit of a gRPC method.
func (l Limits) of(method string) int {
	if method == ambitv1.WorldService_ApplyWorld_FullMethodName {
		return cmp.Or(l.World, 64<<20)
	}
	return cmp.Or(l.Request, 4<<20)
}

func tooLarge(limit int) error {
	return &iam.Error{Code: iam.ResourceExhausted, Reason: reasonTooLarge, Message: fmt.Sprintf("the request is larger than %d bytes", limit)}
}

// UnaryLimits is the interceptor that refuses requests over their limit.
func UnaryLimits(limits Limits) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		limit := limits.of(info.FullMethod)
		if message, ok := req.(proto.Message); ok && proto.Size(message) > limit {
			return nil, tooLarge(limit)
		}
		return next(ctx, req)
	}
}
