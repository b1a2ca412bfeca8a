package server

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/tap"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/auth"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// workersPerCore is how many goroutines wait for calls, for each core. They have grown
// their stacks already, which costs new ones as much as a check; more calls at once than
// that get a new one each.
const workersPerCore = 4

// openMethod reports whether a gRPC method needs no token: health only.
func openMethod(method string) bool { return strings.HasPrefix(method, "/grpc.health.v1.Health/") }

// interceptors are what happens to every call, over gRPC and from the gateway. They run
// in their order: what watches sees the final status, and nobody without a token gets
// further than auth.
func interceptors(c Config, tokens *auth.Tokens, watch *watcher) []grpc.UnaryServerInterceptor {
	return []grpc.UnaryServerInterceptor{
		watch.unary,
		api.UnaryErrors(c.Logger),
		recoverUnary,
		auth.Unary(tokens, openMethod),
		api.UnaryLimits(c.Limits),
		deadline(c),
	}
}

// grpcServer assembles the gRPC side.
func grpcServer(c Config, tokens *auth.Tokens, watch *watcher) (*grpc.Server, *health.Server) {
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(interceptors(c, tokens, watch)...),
		grpc.ChainStreamInterceptor(
			watch.stream,
			api.StreamErrors(c.Logger),
			recoverStream,
			auth.Stream(tokens, openMethod),
			api.StreamLimits(c.Limits),
			streamDeadline(c),
		),
		grpc.InTapHandle(tapped(auth.Tap(tokens, openMethod), watch)),
		grpc.ForceServerCodecV2(api.Codec()),
		grpc.UnknownServiceHandler(unknownMethod),
		grpc.MaxRecvMsgSize(c.Limits.Largest()),
		grpc.MaxConcurrentStreams(1000),
		grpc.NumStreamWorkers(workersPerCore*uint32(runtime.GOMAXPROCS(0))),
		grpc.ConnectionTimeout(c.ReadTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: c.IdleTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	state := health.NewServer()
	grpc_health_v1.RegisterHealthServer(server, state)
	reflection.Register(server)
	return server, state
}

// tapped counts what a tap refuses, which no interceptor sees, and turns its
// errors into statuses.
func tapped(handle tap.ServerInHandle, watch *watcher) tap.ServerInHandle {
	return func(ctx context.Context, info *tap.Info) (context.Context, error) {
		ctx, err := handle(ctx, info)
		if err == nil {
			return ctx, nil
		}
		answer := api.Status(err)
		watch.refused(ctx, answer.Code())
		return ctx, answer.Err()
	}
}

func unknownMethod(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	return &iam.Error{Code: "UNIMPLEMENTED", Reason: "METHOD_UNKNOWN", Value: method, Message: "the server has no such method"}
}

// streamDeadline bounds the streams of Ambit. Those of gRPC, which watch health
// or reflect, last as long as their callers want.
func streamDeadline(c Config) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if !strings.HasPrefix(info.FullMethod, "/ambit.") {
			return next(srv, stream)
		}
		ctx, cancel := context.WithTimeout(stream.Context(), c.timeoutOf(info.FullMethod))
		defer cancel()
		return next(srv, bounded{ServerStream: stream, ctx: ctx})
	}
}

// timeoutOf returns how long a method of Ambit may take.
func (c Config) timeoutOf(method string) time.Duration {
	switch method {
	case ambitv1.WorldService_ApplyWorld_FullMethodName,
		ambitv1.WorldService_PlanWorld_FullMethodName,
		ambitv1.WorldService_ExportWorld_FullMethodName,
		ambitv1.WorldService_ReconcileWorld_FullMethodName:
		return c.WorldTimeout
	}
	return c.RequestTimeout
}

// bounded is a stream whose context has a deadline.
type bounded struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context with the deadline.
func (b bounded) Context() context.Context { return b.ctx }

// stream counts and logs streams as if they were one request, but for those
// that watch health: they end when their callers do.
func (w *watcher) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if openMethod(info.FullMethod) {
		return next(srv, stream)
	}
	_, err := w.unary(stream.Context(), nil, &grpc.UnaryServerInfo{FullMethod: info.FullMethod},
		func(context.Context, any) (any, error) { return nil, next(srv, stream) })
	return err
}

// recoverUnary turns a panic into an INTERNAL error, which the log gets whole:
// one broken request must not end all others.
func recoverUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (answer any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = panicked(fault)
		}
	}()
	return next(ctx, req)
}

func recoverStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = panicked(fault)
		}
	}()
	return next(srv, stream)
}

func panicked(fault any) error {
	return iam.Failed("the request", fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
}
