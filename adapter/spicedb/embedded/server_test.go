package embedded_test

import (
	"context"
	"sync"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

const teams = "definition user {}\n\ndefinition team {\n\trelation member: user\n}"

func member(user string) rel.Tuple {
	return rel.Tuple{
		Resource: rel.Object{Type: "team", ID: "dev"},
		Relation: "member",
		Subject:  rel.Object{Type: "user", ID: user},
	}
}

func grant(t testing.TB, server *embedded.Server, seq uint64, user string) rel.ZedToken {
	t.Helper()
	token, err := server.Engine().Write(t.Context(), rel.Write{
		Updates: []rel.Update{{Op: rel.Touch, Tuple: member(user)}},
		Tenant:  "acme",
		Seq:     seq,
	})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return token
}

func writeSchema(t testing.TB, server *embedded.Server) {
	t.Helper()
	if err := server.Engine().WriteSchema(t.Context(), teams); err != nil {
		t.Fatalf("WriteSchema: %v", err)
	}
}

func TestServersShareNothing(t *testing.T) {
	t.Parallel()
	servers := make([]*embedded.Server, 12)
	var starting sync.WaitGroup
	for i := range servers {
		starting.Go(func() { servers[i] = start(t, embedded.Config{Listen: "127.0.0.1:0", PresharedKey: key}) })
	}
	starting.Wait()
	writeSchema(t, servers[0])
	grant(t, servers[0], 1, "ann")
	for i, server := range servers[1:] {
		if text, err := server.Engine().Schema(t.Context()); text != "" || err != nil {
			t.Errorf("server %d has the schema of server 0: %q, %v", i+1, text, err)
		}
	}
}

// TestServerOutlivesStartContext: the context of Start bounds the start only.
func TestServerOutlivesStartContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server, err := embedded.Start(ctx, embedded.Config{})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	defer stop(t, server)
	cancel()
	writeSchema(t, server)
}

func TestStartCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if server, err := embedded.Start(ctx, embedded.Config{Listen: "127.0.0.1:0", PresharedKey: key}); err == nil {
		stop(t, server)
		t.Error("Start succeeded for a caller who had given up")
	}
}

// TestClose: it ends the calls that are open, and may be repeated.
func TestClose(t *testing.T) {
	t.Parallel()
	server, client := open(t, key)
	engine := server.Engine()
	inside, err := v1.NewWatchServiceClient(server.Conn()).Watch(t.Context(), &v1.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	outside, err := client.Watch(t.Context(), &v1.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, server)
	stop(t, server)
	for name, stream := range map[string]v1.WatchService_WatchClient{"inside": inside, "outside": outside} {
		if change, err := stream.Recv(); err == nil {
			t.Errorf("a stream from %s goes on after Close: %v", name, change)
		}
	}
	if _, err := engine.Schema(t.Context()); iam.CodeOf(err) != iam.Unavailable {
		t.Errorf("an engine of a closed server: got %v, want UNAVAILABLE", err)
	}
}

// TestWatchShowsParts: a watcher can tell that a change came in several parts,
// and when it has all of them.
func TestWatchShowsParts(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Config{})
	writeSchema(t, server)
	after := grant(t, server, 1, "ann")
	watch, err := v1.NewWatchServiceClient(server.Conn()).Watch(t.Context(), &v1.WatchRequest{
		OptionalStartCursor: &v1.ZedToken{Token: string(after)},
	})
	if err != nil {
		t.Fatal(err)
	}
	change := rel.Write{Tenant: "acme", Seq: 2}
	for _, user := range []string{"bob", "eve", "joe"} {
		change.Updates = append(change.Updates, rel.Update{Op: rel.Touch, Tuple: member(user)})
	}
	token, err := spicedb.New(server.Conn(), spicedb.MaxUpdates(2)).Write(t.Context(), change)
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	for part, size := range []int{2, 1} {
		seen, err := watch.Recv()
		if err != nil {
			t.Fatalf("Watch: %v", err)
		}
		fields := seen.GetOptionalTransactionMetadata().AsMap()
		if len(seen.GetUpdates()) != size || fields[spicedb.MetadataPart] != float64(part+1) || fields[spicedb.MetadataParts] != 2.0 {
			t.Errorf("part %d: got %v", part+1, seen)
		}
	}
	asked := rel.Question{Resource: member("joe").Resource, Permission: "member", Subject: member("joe").Subject}
	if allowed, _, err := server.Engine().Check(t.Context(), rel.Consistency{AtLeast: token, Exact: true}, asked); !allowed || err != nil {
		t.Errorf("the token of a write in parts does not hold the last one: %v, %v", allowed, err)
	}
}

// TestTokenOfAnotherServer: after a restart callers still hold tokens of the
// server before. They are answered at the head, except where an exact revision
// is asked for, which nobody has any more.
func TestTokenOfAnotherServer(t *testing.T) {
	t.Parallel()
	before, after := start(t, embedded.Config{}), start(t, embedded.Config{})
	writeSchema(t, before)
	writeSchema(t, after)
	old := grant(t, before, 1, "ann")
	grant(t, after, 1, "ann")
	asked := rel.Question{Resource: member("ann").Resource, Permission: "member", Subject: member("ann").Subject}
	allowed, _, err := after.Engine().Check(t.Context(), rel.Consistency{AtLeast: old}, asked)
	if !allowed || err != nil {
		t.Errorf("at least as fresh as an old token: got %v, %v", allowed, err)
	}
	_, _, err = after.Engine().Check(t.Context(), rel.Consistency{AtLeast: old, Exact: true}, asked)
	if iam.CodeOf(err) != iam.Internal {
		t.Errorf("exactly an old token: got %v, want INTERNAL", err)
	}
}

func TestCursorOfAnotherServer(t *testing.T) {
	t.Parallel()
	before, after := start(t, embedded.Config{}), start(t, embedded.Config{})
	query := rel.ResourceQuery{Type: "team", Permission: "member", Subject: member("ann").Subject, Limit: 1}
	for _, server := range []*embedded.Server{before, after} {
		writeSchema(t, server)
		grant(t, server, 1, "ann")
	}
	second := member("ann")
	second.Resource.ID = "ops"
	change := rel.Write{Updates: []rel.Update{{Op: rel.Touch, Tuple: second}}}
	if _, err := before.Engine().Write(t.Context(), change); err != nil {
		t.Fatalf("Write: %v", err)
	}
	page, err := before.Engine().Resources(t.Context(), rel.Consistency{}, query)
	if err != nil || page.Cursor == "" {
		t.Fatalf("Resources: got %+v, %v", page, err)
	}
	query.Cursor = page.Cursor
	if _, err = after.Engine().Resources(t.Context(), rel.Consistency{}, query); iam.ReasonOf(err) != "CURSOR_EXPIRED" {
		t.Errorf("a cursor of another server: got %v, want CURSOR_EXPIRED", err)
	}
}
