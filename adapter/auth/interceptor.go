package auth

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/tap"

	"github.com/ambit-iam/ambit/adapter"
)

// Tap refuses calls without a known token when only their headers are there, so
// that a stranger's message is neither received nor decoded. Methods for which
// open returns true need none. Its errors are of the domain; gRPC wants a
// status instead.
func Tap(tokens *Tokens, open func(method string) bool) tap.ServerInHandle {
	return func(ctx context.Context, info *tap.Info) (context.Context, error) {
		if open(info.FullMethodName) {
			return ctx, nil
		}
		named, err := tokens.identify(ctx)
		if err != nil {
			return ctx, err // gRPC ends the call by it
		}
		return named, nil
	}
}

// Unary is the interceptor that refuses calls without a known token, and names
// the caller to the adapter. Methods for which open returns true need none. Its
// errors are of the domain: api.UnaryErrors must come before it.
func Unary(tokens *Tokens, open func(method string) bool) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if open(info.FullMethod) {
			return next(ctx, req)
		}
		ctx, err := tokens.identify(ctx)
		if err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

// Stream is Unary for streams.
func Stream(tokens *Tokens, open func(method string) bool) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if open(info.FullMethod) {
			return next(srv, stream)
		}
		ctx, err := tokens.identify(stream.Context())
		if err != nil {
			return err
		}
		return next(srv, identified{ServerStream: stream, ctx: ctx})
	}
}

// identified is a stream whose context names the caller.
type identified struct {
	grpc.ServerStream
	ctx context.Context
}

// Context is the stream's, with the caller in it.
func (s identified) Context() context.Context { return s.ctx }

// identify returns a context that names the caller. What Tap has found out is in the
// context already, under these very tokens, which nobody else can use as a key.
func (t *Tokens) identify(ctx context.Context) (context.Context, error) {
	if ctx.Value(t) != nil {
		return ctx, nil
	}
	header := ""
	if values := metadata.ValueFromIncomingContext(ctx, "authorization"); len(values) > 0 {
		header = values[0]
	}
	actor, err := t.Actor(header)
	if err != nil {
		return nil, err
	}
	return context.WithValue(adapter.WithActor(ctx, actor), t, true), nil
}
