package embedded_test

import (
	"slices"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// marks returns what is noted of beats.
func marks(t *testing.T, server *embedded.Server) []string {
	t.Helper()
	stream, err := v1.NewPermissionsServiceClient(server.Conn()).ReadRelationships(t.Context(), &v1.ReadRelationshipsRequest{
		Consistency:        &v1.Consistency{Requirement: &v1.Consistency_FullyConsistent{FullyConsistent: true}},
		RelationshipFilter: &v1.RelationshipFilter{ResourceType: "ambit/heartbeat"},
	})
	if err != nil {
		t.Fatalf("ReadRelationships: %v", err)
	}
	var found []string
	for {
		message, err := stream.Recv()
		if err != nil {
			return found
		}
		found = append(found, message.GetRelationship().GetSubject().GetObject().GetObjectId())
	}
}

// TestBeatSweeps: a process takes its own mark back with the next one, and at its
// start those of processes that are long gone, but not those of the living.
func TestBeatSweeps(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Config{})
	writeSchema(t, server)
	const old, living, mine, next = "01aaaaaaaa0000000000000001", "7zzzzzzzzz0000000000000001", "7zzzzzzzzz0000000000000002", "7zzzzzzzzz0000000000000003"
	for _, step := range []struct {
		mark, before string
		want         []string
	}{
		{old, living, []string{old}},
		{living, next, []string{old, living}},
		{mine, "", []string{living, mine}},
		{next, mine, []string{living, next}},
	} {
		if _, err := server.Engine().Beat(t.Context(), step.mark, step.before); err != nil {
			t.Fatalf("Beat: %v", err)
		}
		if found := marks(t, server); !slices.Equal(slices.Sorted(slices.Values(found)), step.want) {
			t.Errorf("after %s: got %v, want %v", step.mark, found, step.want)
		}
	}
}
