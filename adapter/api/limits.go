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
	// World is the largest world to apply or to plan, in bytes. Default: 64 MiB.
	World int
}

// Largest returns the largest request that any method takes, for the limit
// that gRPC itself keeps.
func (l Limits) Largest() int {
	return max(l.of(""), l.of(ambitv1.WorldService_ApplyWorld_FullMethodName))
}

// of returns the limit of a gRPC method.
func (l Limits) of(method string) int {
	if method == ambitv1.WorldService_ApplyWorld_FullMethodName || method == ambitv1.WorldService_PlanWorld_FullMethodName {
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
		if err := limits.check(info.FullMethod, req); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

// StreamLimits is UnaryLimits for each message of a stream.
func StreamLimits(limits Limits) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		return next(srv, limitedStream{ServerStream: stream, limits: limits, method: info.FullMethod})
	}
}

type limitedStream struct {
	grpc.ServerStream
	limits Limits
	method string
}

// RecvMsg reads the next message.
func (s limitedStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	if read, ok := message.(*received); ok {
		message = read.message
	}
	return s.limits.check(s.method, message)
}

func (l Limits) check(method string, req any) error {
	limit := l.of(method)
	if message, ok := req.(proto.Message); ok && proto.Size(message) > limit {
		return tooLarge(limit)
	}
	return nil
}
