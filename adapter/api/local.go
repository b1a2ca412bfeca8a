package api

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// maxLocal is how many calls a Local makes at once; others wait.
const maxLocal = 1000

// Local is a connection to services in this process for the gateway, without the
// transport of gRPC, which takes longer than a check. What a server does about a call
// happens all the same: interceptors run, and messages are read by Codec. Services
// come with RegisterService, so it can be given to Register.
type Local struct {
	streams   grpc.ClientConnInterface
	intercept grpc.UnaryServerInterceptor
	methods   map[string]localMethod
	slots     chan struct{}
}

type localMethod struct {
	handle  grpc.MethodHandler
	service any
}

// NewLocal returns a connection without services. intercept runs around every call;
// streams, which last long enough for a transport, go over another connection.
func NewLocal(streams grpc.ClientConnInterface, intercept grpc.UnaryServerInterceptor) *Local {
	return &Local{streams: streams, intercept: intercept, methods: map[string]localMethod{}, slots: make(chan struct{}, maxLocal)}
}

// RegisterService adds the methods of a service. It must not be called any more when
// calls are made.
func (l *Local) RegisterService(service *grpc.ServiceDesc, handler any) {
	for _, method := range service.Methods {
		l.methods["/"+service.ServiceName+"/"+method.MethodName] = localMethod{method.Handler, handler}
	}
}

// Invoke calls a method. The metadata that would be sent is what the service receives.
// Options, which are about the transport, mean nothing. Errors are statuses.
func (l *Local) Invoke(ctx context.Context, name string, request, reply any, _ ...grpc.CallOption) error {
	method, known := l.methods[name]
	if !known {
		return Status(&iam.Error{Code: "UNIMPLEMENTED", Reason: "METHOD_UNKNOWN", Value: name, Message: "the server has no such method"}).Err()
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
	answer, err := method.handle(method.service, incoming(ctx), func(into any) error { return pass(request, into) }, l.intercept)
	if err != nil {
		return status.Convert(err).Err()
	}
	from, isMessage := answer.(proto.Message)
	into, wantsMessage := reply.(proto.Message)
	if !isMessage || !wantsMessage {
		return status.Error(codes.Internal, "the answer is no message")
	}
	proto.Merge(into, from) // a copy: the service may keep its answer
	return nil
}

// NewStream begins a stream over the other connection.
func (l *Local) NewStream(ctx context.Context, description *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	return l.streams.NewStream(ctx, description, method, options...)
}

// incoming turns the context of who calls into that of who is called.
func incoming(ctx context.Context) context.Context {
	sent, _ := metadata.FromOutgoingContext(ctx)
	return metadata.NewIncomingContext(metadata.NewOutgoingContext(ctx, nil), sent)
}

// pass sends a request through Codec, so that it is refused for what would be refused
// if it came over a network.
func pass(request, into any) error {
	data, err := Codec().Marshal(request)
	if err != nil {
		return Status(malformedMessage()).Err()
	}
	defer data.Free()
	return Codec().Unmarshal(data, into)
}
