package api

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec that Codec wraps
	"google.golang.org/grpc/mem"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Codec reads and writes protobuf; the server that is given to Register must
// have it (grpc.ForceServerCodecV2). A message of Ambit that cannot be read is
// refused by the service, because gRPC would send the text of its library.
func Codec() encoding.CodecV2 { return codec{CodecV2: encoding.GetCodecV2("proto")} }

type codec struct{ encoding.CodecV2 }

// Unmarshal reads a message.
func (c codec) Unmarshal(data mem.BufferSlice, into any) error {
	if read, ok := into.(*received); ok {
		read.err = c.CodecV2.Unmarshal(data, read.message)
		return nil
	}
	return c.CodecV2.Unmarshal(data, into)
}

// received is a message and why it could not be read.
type received struct {
	message any
	err     error
}

// decoding registers services that refuse what Codec could not read.
// Interceptors come too late for that: a message is decoded before the first.
type decoding struct{ grpc.ServiceRegistrar }

// RegisterService registers a service.
func (d decoding) RegisterService(service *grpc.ServiceDesc, handler any) {
	wrapped := *service
	wrapped.Methods = each(service.Methods, func(method grpc.MethodDesc) grpc.MethodDesc {
		next := method.Handler
		method.Handler = func(srv any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			return next(srv, ctx, func(message any) error { return receive(message, decode) }, interceptor)
		}
		return method
	})
	wrapped.Streams = each(service.Streams, func(stream grpc.StreamDesc) grpc.StreamDesc {
		next := stream.Handler
		stream.Handler = func(srv any, incoming grpc.ServerStream) error {
			return next(srv, decodingStream{ServerStream: incoming})
		}
		return stream
	})
	d.ServiceRegistrar.RegisterService(&wrapped, handler)
}

// decodingStream does the same for the messages of a stream.
type decodingStream struct{ grpc.ServerStream }

// RecvMsg reads the next message.
func (s decodingStream) RecvMsg(message any) error { return receive(message, s.ServerStream.RecvMsg) }

func receive(message any, decode func(any) error) error {
	read := &received{message: message}
	if err := decode(read); err != nil {
		return err
	}
	if read.err != nil {
		return Status(malformedMessage()).Err()
	}
	return nil
}

func malformedMessage() error {
	return iam.Invalid("MESSAGE_MALFORMED", "", "", "the message cannot be read; texts must be UTF-8, and nesting has its bounds")
}
