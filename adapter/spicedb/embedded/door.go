package embedded

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"math"
	"net"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// door is the gRPC server for foreign SpiceDB clients. It knows no service:
// each call it lets through goes to the embedded server as it came, message by
// message, and the answer comes back the same way.
type door struct {
	listener net.Listener
	server   *grpc.Server
	backend  *grpc.ClientConn
	keyHash  [sha256.Size]byte
	closed   chan struct{}
}

func openDoor(listener net.Listener, key string, backend *grpc.ClientConn) *door {
	d := &door{
		listener: listener,
		backend:  backend,
		keyHash:  sha256.Sum256([]byte(key)),
		closed:   make(chan struct{}),
	}
	d.server = grpc.NewServer(grpc.UnknownServiceHandler(d.handle), grpc.ForceServerCodecV2(passThrough{}))
	go func() {
		defer close(d.closed)
		// It ends when close stops the server; nobody could act on the error
		// of a listener that broke before.
		_ = d.server.Serve(listener)
	}()
	return d
}

// close ends all calls at once. A nil door is closed.
func (d *door) close() {
	if d == nil {
		return
	}
	d.server.Stop()
	<-d.closed
}

func (d *door) handle(_ any, client grpc.ServerStream) error {
	ctx := client.Context()
	incoming, _ := metadata.FromIncomingContext(ctx)
	if !d.knows(incoming.Get("authorization")) {
		return status.Error(codes.Unauthenticated, "a bearer token with the pre-shared key is required")
	}
	method, _ := grpc.MethodFromServerStream(client)
	if !readOnly(method) {
		return status.Error(codes.PermissionDenied, "the store is the truth; change roles and policies through ambit")
	}
	// Cancelled when the call ends, whichever side ended it.
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(ctx, withoutKey(incoming)))
	defer cancel()
	both := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	server, err := d.backend.NewStream(ctx, both, method,
		grpc.ForceCodecV2(passThrough{}), grpc.MaxCallRecvMsgSize(math.MaxInt32))
	if err != nil {
		return err
	}
	go forwardRequests(client, server)
	return forwardResponses(client, server)
}

// knows tells whether one of the authorization headers is a bearer token with
// the key. It compares hashes, which takes equally long for every wrong key.
func (d *door) knows(headers []string) bool {
	for _, header := range headers {
		scheme, token, _ := strings.Cut(header, " ")
		hash := sha256.Sum256([]byte(token))
		if strings.EqualFold(scheme, "bearer") && subtle.ConstantTimeCompare(hash[:], d.keyHash[:]) == 1 {
			return true
		}
	}
	return false
}

func withoutKey(incoming metadata.MD) metadata.MD {
	outgoing := incoming.Copy()
	outgoing.Delete("authorization")
	return outgoing
}
