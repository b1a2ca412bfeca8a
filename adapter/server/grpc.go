package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/tap"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/auth"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// openMethod reports whether a gRPC method needs no token: health only.
func openMethod(method string) bool { return strings.HasPrefix(method, "/grpc.health.v1.Health/") }

// grpcServer assembles the gRPC side. The interceptors run in their order: what
// watches sees the final status, and nobody without a token gets further than
// auth.
func grpcServer(c Config, core *adapter.Adapter, tokens *auth.Tokens, watch *watcher) (*grpc.Server, *health.Server) {
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(
			watch.unary,
			api.UnaryErrors(c.Logger),
			recoverUnary,
			auth.Unary(tokens, openMethod),
			api.UnaryLimits(c.Limits),
			deadline(c),
		),
		grpc.ChainStreamInterceptor(
			api.StreamErrors(c.Logger),
			recoverStream,
			auth.Stream(tokens, openMethod),
		),
		grpc.InTapHandle(tapped(auth.Tap(tokens, openMethod), watch)),
		grpc.ForceServerCodecV2(api.Codec()),
		grpc.UnknownServiceHandler(unknownMethod),
		grpc.MaxRecvMsgSize(c.Limits.Largest()),
		grpc.MaxConcurrentStreams(1000),
		grpc.ConnectionTimeout(c.ReadTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: c.IdleTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	api.Register(server, core)
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

// deadline bounds a request. A shorter deadline of the caller holds.
func deadline(c Config) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		limit := c.RequestTimeout
		switch info.FullMethod {
		case ambitv1.WorldService_ApplyWorld_FullMethodName, ambitv1.WorldService_ExportWorld_FullMethodName:
			limit = c.WorldTimeout
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return next(ctx, req)
	}
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
