package embedded_test

import (
	"context"
	"slices"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// meddled is a connection on which something happens after each bulk check.
type meddled struct {
	grpc.ClientConnInterface
	meddle func()
}

func (m meddled) Invoke(ctx context.Context, method string, request, response any, options ...grpc.CallOption) error {
	err := m.ClientConnInterface.Invoke(ctx, method, request, response, options...)
	if method == v1.PermissionsService_CheckBulkPermissions_FullMethodName {
		m.meddle()
	}
	return err
}

// TestCheckManyBetweenCalls writes between two calls of one CheckMany. The
// answers of the second must not know it, whichever revision was asked for.
func TestCheckManyBetweenCalls(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Config{})
	writeSchema(t, server)
	written := grant(t, server, 1, "ann")
	engine := spicedb.New(meddled{server.Conn(), func() { grant(t, server, 2, "eve") }}, spicedb.HeadReads(), spicedb.HeadFrom(server.Head))
	question := func(user string) rel.Question {
		return rel.Question{Resource: member(user).Resource, Permission: "member", Subject: member(user).Subject}
	}
	// Eve is asked for in the second call only, so that no cache knows her.
	questions := append(slices.Repeat([]rel.Question{question("ann")}, 1000), question("eve"))
	for _, at := range []rel.Consistency{{}, {AtLeast: written}, {AtLeast: written, Exact: true}} {
		answers, _, err := engine.CheckMany(t.Context(), at, questions)
		if err != nil {
			t.Fatalf("CheckMany: %v", err)
		}
		if !answers[0] || answers[1000] {
			t.Errorf("asked at %+v: got %v and %v, want true and false", at, answers[0], answers[1000])
		}
		remove := rel.Write{Updates: []rel.Update{{Op: rel.Delete, Tuple: member("eve")}}}
		if _, err := server.Engine().Write(t.Context(), remove); err != nil {
			t.Fatalf("Write: %v", err)
		}
	}
}
