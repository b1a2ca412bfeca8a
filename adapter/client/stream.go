package client

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
)

// streams does for streams what calls does for calls.
func streams(token string, shaken handshakes) grpc.StreamClientInterceptor {
	header := headerOf(token)
	return func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		opened, err := open(carrying(ctx, header), desc, conn, method, opts...)
		if err != nil {
			return nil, shaken.domainError(err)
		}
		return stream{ClientStream: opened, shaken: shaken}, nil
	}
}

// stream is a stream with errors of the domain.
type stream struct {
	grpc.ClientStream
	shaken handshakes
}

// RecvMsg reads the next message; io.EOF is the end, not an error.
func (s stream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return s.shaken.domainError(err)
}
