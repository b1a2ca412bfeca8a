package remote_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// key is the pre-shared key of all servers here.
const key = "the-key-of-the-tests"

// fake answers what the API promises, after each call went past meet.
type fake struct {
	v1.UnimplementedPermissionsServiceServer
	v1.UnimplementedSchemaServiceServer
	v1.UnimplementedWatchServiceServer

	// meet sees each call before it is answered; an error is the answer.
	meet func(ctx context.Context, method string) error
	// schema is what ReadSchema returns.
	schema string

	mu    sync.Mutex
	calls map[string]int
}

// begin counts a call and returns how many there were of its method.
func (f *fake) begin(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[method]++
	return f.calls[method]
}

// count returns how many calls there were of the method.
func (f *fake) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

// admit is where all calls come in: it checks the key as SpiceDB does.
func (f *fake) admit(ctx context.Context, full string) error {
	method := full[strings.LastIndexByte(full, '/')+1:]
	f.begin(method)
	incoming, _ := metadata.FromIncomingContext(ctx)
	if given := incoming.Get("authorization"); len(given) != 1 || given[0] != "Bearer "+key {
		return status.Error(codes.PermissionDenied, "invalid preshared key: "+strings.Join(given, ""))
	}
	if f.meet == nil {
		return nil
	}
	return f.meet(ctx, method)
}

// serve starts the fake on a free port of this machine and returns its address.
func (f *fake) serve(t *testing.T, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(append(options,
		grpc.UnaryInterceptor(func(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := f.admit(ctx, info.FullMethod); err != nil {
				return nil, err
			}
			return next(ctx, request)
		}),
		grpc.StreamInterceptor(func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if err := f.admit(stream.Context(), info.FullMethod); err != nil {
				return err
			}
			return next(service, stream)
		}))...)
	v1.RegisterPermissionsServiceServer(server, f)
	v1.RegisterSchemaServiceServer(server, f)
	v1.RegisterWatchServiceServer(server, f)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})
	return listener.Addr().String()
}

func (f *fake) ReadSchema(context.Context, *v1.ReadSchemaRequest) (*v1.ReadSchemaResponse, error) {
	return &v1.ReadSchemaResponse{SchemaText: f.schema}, nil
}

func (f *fake) WriteSchema(context.Context, *v1.WriteSchemaRequest) (*v1.WriteSchemaResponse, error) {
	return &v1.WriteSchemaResponse{}, nil
}

func (f *fake) CheckPermission(context.Context, *v1.CheckPermissionRequest) (*v1.CheckPermissionResponse, error) {
	return &v1.CheckPermissionResponse{}, nil
}

func (f *fake) WriteRelationships(context.Context, *v1.WriteRelationshipsRequest) (*v1.WriteRelationshipsResponse, error) {
	return &v1.WriteRelationshipsResponse{WrittenAt: &v1.ZedToken{Token: "t"}}, nil
}

func (f *fake) LookupResources(*v1.LookupResourcesRequest, grpc.ServerStreamingServer[v1.LookupResourcesResponse]) error {
	return nil
}

func (f *fake) ReadRelationships(*v1.ReadRelationshipsRequest, grpc.ServerStreamingServer[v1.ReadRelationshipsResponse]) error {
	return nil
}

func (f *fake) ExportBulkRelationships(*v1.ExportBulkRelationshipsRequest, grpc.ServerStreamingServer[v1.ExportBulkRelationshipsResponse]) error {
	return nil
}

func (f *fake) ImportBulkRelationships(stream grpc.ClientStreamingServer[v1.ImportBulkRelationshipsRequest, v1.ImportBulkRelationshipsResponse]) error {
	for {
		if _, err := stream.Recv(); err != nil {
			break
		}
	}
	return stream.SendAndClose(&v1.ImportBulkRelationshipsResponse{})
}

// plaintext returns the configuration for a server without TLS.
func plaintext(endpoint string) remote.Config {
	return remote.Config{Endpoint: endpoint, PresharedKey: key, Insecure: true}
}

// dial connects, and closes at the end of the test.
func dial(t *testing.T, config remote.Config) *remote.Conn {
	t.Helper()
	conn, err := remote.Dial(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}
