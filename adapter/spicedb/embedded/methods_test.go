package embedded_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/authzed/grpcutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// TestDoorMethods decides about every method of the SpiceDB API. A method that
// a new version brings is refused, and fails this test until it is listed.
func TestDoorMethods(t *testing.T) {
	t.Parallel()
	server, _ := open(t, key)
	conn := dial(t, server, key)
	changing := []string{
		v1.PermissionsService_WriteRelationships_FullMethodName,
		v1.PermissionsService_DeleteRelationships_FullMethodName,
		v1.PermissionsService_ImportBulkRelationships_FullMethodName,
		v1.SchemaService_WriteSchema_FullMethodName,
		v1.ExperimentalService_BulkImportRelationships_FullMethodName,
		v1.ExperimentalService_ExperimentalRegisterRelationshipCounter_FullMethodName,
		v1.ExperimentalService_ExperimentalUnregisterRelationshipCounter_FullMethodName,
	}
	for _, service := range []grpc.ServiceDesc{
		v1.PermissionsService_ServiceDesc, v1.SchemaService_ServiceDesc,
		v1.WatchService_ServiceDesc, v1.ExperimentalService_ServiceDesc,
		grpc_health_v1.Health_ServiceDesc,
		reflectionv1.ServerReflection_ServiceDesc, reflectionv1alpha.ServerReflection_ServiceDesc,
	} {
		for _, method := range methodNames(service) {
			refused := call(t, conn, method)
			if want := slices.Contains(changing, method); refused != want {
				t.Errorf("%s: refused is %v, want %v", method, refused, want)
			}
		}
	}
	if !call(t, conn, "/somebody.else/Writes") {
		t.Error("an unknown method passes")
	}
}

func methodNames(service grpc.ServiceDesc) []string {
	var names []string
	for _, method := range service.Methods {
		names = append(names, "/"+service.ServiceName+"/"+method.MethodName)
	}
	for _, stream := range service.Streams {
		names = append(names, "/"+service.ServiceName+"/"+stream.StreamName)
	}
	return names
}

// call sends an empty message and tells whether the door refused it. Whatever
// else SpiceDB thinks of the message, it has then seen it.
func call(t *testing.T, conn *grpc.ClientConn, method string) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	both := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := conn.NewStream(ctx, both, method)
	if err != nil {
		t.Fatal(err)
	}
	// The door may have ended the call already; RecvMsg then says why.
	_ = stream.SendMsg(&v1.ReadSchemaRequest{})
	_ = stream.CloseSend()
	if method == v1.WatchService_Watch_FullMethodName {
		// Silent until something is written; TestDoorWatch reads it.
		return false
	}
	err = stream.RecvMsg(&v1.ReadSchemaResponse{})
	return status.Code(err) == codes.PermissionDenied && strings.Contains(status.Convert(err).Message(), "the store is the truth")
}

func TestDoorHealthAndReflection(t *testing.T) {
	t.Parallel()
	server, _ := open(t, key)
	conn := dial(t, server, key)
	health, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil || health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("health: got %v, %v", health, err)
	}
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := &reflectionv1.ServerReflectionRequest_ListServices{}
	if err := stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: list}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatalf("reflection: %v", err)
	}
	for _, service := range answer.GetListServicesResponse().GetService() {
		if service.GetName() == v1.PermissionsService_ServiceDesc.ServiceName {
			return
		}
	}
	t.Errorf("reflection does not name the permissions service: %v", answer)
}

func dial(t *testing.T, server *embedded.Server, token string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(server.Addr().String(),
		grpcutil.WithInsecureBearerToken(token),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
