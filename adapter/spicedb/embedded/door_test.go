package embedded_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/authzed/authzed-go/pkg/requestmeta"
	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/authzed/authzed-go/v1"
	"github.com/authzed/grpcutil"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// open returns a server with a door, and the client of somebody who knows the
// given key.
func open(t *testing.T, token string) (*embedded.Server, *authzed.ClientWithExperimental) {
	t.Helper()
	server := start(t, embedded.Config{Listen: "127.0.0.1:0", PresharedKey: key})
	writeSchema(t, server)
	grant(t, server, 1, "ann")
	client, err := authzed.NewClientWithExperimentalAPIs(server.Addr().String(),
		grpcutil.WithInsecureBearerToken(token),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return server, client
}

func atHead() *v1.Consistency {
	return &v1.Consistency{Requirement: &v1.Consistency_FullyConsistent{FullyConsistent: true}}
}

// collect reads a stream to its end.
func collect[T any](t *testing.T, stream grpc.ServerStreamingClient[T], err error) []*T {
	t.Helper()
	var all []*T
	for err == nil {
		var message *T
		if message, err = stream.Recv(); err == nil {
			all = append(all, message)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatalf("read stream: %v", err)
	}
	return all
}

func TestDoorReads(t *testing.T) {
	t.Parallel()
	_, client := open(t, key)
	ctx := t.Context()
	schema, err := client.ReadSchema(ctx, &v1.ReadSchemaRequest{})
	if err != nil || !strings.Contains(schema.GetSchemaText(), "definition team") {
		t.Errorf("ReadSchema: got %v, %v", schema, err)
	}
	team := &v1.ObjectReference{ObjectType: "team", ObjectId: "dev"}
	ann := &v1.SubjectReference{Object: &v1.ObjectReference{ObjectType: "user", ObjectId: "ann"}}
	// Without a consistency, as zed asks by default: still the last write.
	check, err := client.CheckPermission(ctx, &v1.CheckPermissionRequest{Resource: team, Permission: "member", Subject: ann})
	if err != nil || check.GetPermissionship() != v1.CheckPermissionResponse_PERMISSIONSHIP_HAS_PERMISSION {
		t.Errorf("CheckPermission: got %v, %v", check, err)
	}
	read, err := client.ReadRelationships(ctx, &v1.ReadRelationshipsRequest{
		Consistency:        atHead(),
		RelationshipFilter: &v1.RelationshipFilter{ResourceType: "team"},
	})
	if found := collect(t, read, err); len(found) != 1 {
		t.Errorf("ReadRelationships: got %v", found)
	}
	export, err := client.ExportBulkRelationships(ctx, &v1.ExportBulkRelationshipsRequest{Consistency: atHead()})
	if found := collect(t, export, err); len(found) != 1 {
		t.Errorf("ExportBulkRelationships: got %v", found)
	}
	reflected, err := client.ReflectSchema(ctx, &v1.ReflectSchemaRequest{Consistency: atHead()})
	if err != nil || len(reflected.GetDefinitions()) != 2+2 { // two are the engine's own
		t.Errorf("ReflectSchema: got %v, %v", reflected, err)
	}
	if _, err := client.ExperimentalCountRelationships(ctx, &v1.ExperimentalCountRelationshipsRequest{Name: "none"}); status.Code(err) == codes.PermissionDenied {
		t.Errorf("ExperimentalCountRelationships: %v", err)
	}
}

func TestDoorKeepsStrangersOut(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{"wrong key": "guess", "no key": "", "longer key": key + "x"} {
		_, client := open(t, token)
		if _, err := client.ReadSchema(t.Context(), &v1.ReadSchemaRequest{}); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: got %v, want UNAUTHENTICATED", name, err)
		}
	}
}

func TestDoorRefusesWrites(t *testing.T) {
	t.Parallel()
	server, client := open(t, key)
	update := &v1.RelationshipUpdate{
		Operation: v1.RelationshipUpdate_OPERATION_TOUCH,
		Relationship: &v1.Relationship{
			Resource: &v1.ObjectReference{ObjectType: "team", ObjectId: "dev"},
			Relation: "member",
			Subject:  &v1.SubjectReference{Object: &v1.ObjectReference{ObjectType: "user", ObjectId: "eve"}},
		},
	}
	_, err := client.WriteRelationships(t.Context(), &v1.WriteRelationshipsRequest{Updates: []*v1.RelationshipUpdate{update}})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("WriteRelationships: got %v, want PERMISSION_DENIED", err)
	}
	stream, err := client.ImportBulkRelationships(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Send(&v1.ImportBulkRelationshipsRequest{Relationships: []*v1.Relationship{update.GetRelationship()}})
	if _, err = stream.CloseAndRecv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("ImportBulkRelationships: got %v, want PERMISSION_DENIED", err)
	}
	for tuple, err := range server.Engine().Read(t.Context(), rel.Filter{}) {
		if err != nil || tuple != member("ann") {
			t.Errorf("after refused writes the engine holds %v, %v", tuple, err)
		}
	}
}

func TestDoorWatch(t *testing.T) {
	t.Parallel()
	server, client := open(t, key)
	after := grant(t, server, 2, "bob")
	stream, err := client.Watch(t.Context(), &v1.WatchRequest{
		OptionalStartCursor: &v1.ZedToken{Token: string(after)},
	})
	if err != nil {
		t.Fatal(err)
	}
	written := grant(t, server, 3, "eve")
	change, err := stream.Recv()
	if err != nil {
		t.Fatalf("Watch: %v", err)
	}
	if len(change.GetUpdates()) != 1 || change.GetChangesThrough().GetToken() == "" || written == "" {
		t.Errorf("Watch: got %v", change)
	}
	fields := change.GetOptionalTransactionMetadata().AsMap()
	if fields[spicedb.MetadataTenant] != "acme" || fields[spicedb.MetadataSeq] != 3.0 || len(fields) != 2 {
		t.Errorf("metadata: got %v", fields)
	}
}

// TestDoorPassesMetadata: a call through the door ends with the same metadata
// as one without it: zed reads the version of the server there.
func TestDoorPassesMetadata(t *testing.T) {
	t.Parallel()
	server, client := open(t, key)
	ctx := requestmeta.AddRequestHeaders(t.Context(), requestmeta.RequestServerVersion)
	ctx = metadata.AppendToOutgoingContext(ctx, string(requestmeta.RequestIDKey), "r1")
	trailer := func(schema v1.SchemaServiceClient) metadata.MD {
		var trailer metadata.MD
		if _, err := schema.ReadSchema(ctx, &v1.ReadSchemaRequest{}, grpc.Trailer(&trailer)); err != nil {
			t.Fatal(err)
		}
		return trailer
	}
	want := trailer(v1.NewSchemaServiceClient(server.Conn()))
	if got := want.Get(string(requestmeta.RequestIDKey)); len(got) != 1 {
		t.Fatalf("SpiceDB does not answer with the request id: %v", want)
	}
	if diff := cmp.Diff(want, trailer(client)); diff != "" {
		t.Error(diff)
	}
}
