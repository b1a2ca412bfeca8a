package embedded

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
)

// frame is one message, still encoded.
type frame struct {
	bytes mem.BufferSlice
}

// passThrough is a codec that leaves messages encoded. It bears the name of the
// codec that made them, because the name becomes the content type.
type passThrough struct{}

// Name returns "proto".
func (passThrough) Name() string { return "proto" }

// Marshal gives up the buffers of a *frame; gRPC frees them once sent.
func (passThrough) Marshal(message any) (mem.BufferSlice, error) {
	passing, ok := message.(*frame)
	if !ok {
		return nil, fmt.Errorf("cannot pass a %T through", message)
	}
	return passing.bytes, nil
}

// Unmarshal keeps data in a *frame.
func (passThrough) Unmarshal(data mem.BufferSlice, message any) error {
	passing, ok := message.(*frame)
	if !ok {
		return fmt.Errorf("cannot pass a %T through", message)
	}
	// gRPC frees its own reference when Unmarshal returns.
	data.Ref()
	passing.bytes = data
	return nil
}

// forwardRequests ends with the call: whichever side fails, the reader of the
// responses sees it, returns from the handler, and that ends both streams.
func forwardRequests(client grpc.ServerStream, server grpc.ClientStream) {
	for {
		request := &frame{}
		err := client.RecvMsg(request)
		if errors.Is(err, io.EOF) {
			_ = server.CloseSend()
			return
		}
		if err != nil || server.SendMsg(request) != nil {
			return
		}
	}
}

func forwardResponses(client grpc.ServerStream, server grpc.ClientStream) error {
	header, err := server.Header()
	if err != nil {
		return err
	}
	// A refusal has trailers only; a header sent before them would be empty.
	if len(header) > 0 {
		if err := client.SendHeader(header); err != nil {
			return err
		}
	}
	for {
		response := &frame{}
		err := server.RecvMsg(response)
		if err != nil {
			client.SetTrailer(server.Trailer())
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := client.SendMsg(response); err != nil {
			return err
		}
	}
}
