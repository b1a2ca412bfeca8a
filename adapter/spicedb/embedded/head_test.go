package embedded_test

import (
	"context"
	"sync"
	"testing"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// TestHeadIsNew: who writes sees the write, while others ask for the head without
// pause. SpiceDB lets them share one look at it, also with a look that began
// before the write.
func TestHeadIsNew(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Config{})
	writeSchema(t, server)
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	asked := rel.Question{Resource: member("ann").Resource, Permission: "member", Subject: member("ann").Subject}
	engine, plain := server.Engine(), spicedb.New(server.Conn())
	for range 8 {
		others.Go(func() {
			for ctx.Err() == nil {
				_, _, _ = plain.Check(ctx, rel.Consistency{}, asked)
			}
		})
	}
	for i := range 300 {
		update := rel.Update{Op: rel.Touch, Tuple: member("ann")}
		if i%2 == 1 {
			update.Op = rel.Delete
		}
		if _, err := engine.Write(ctx, rel.Write{Updates: []rel.Update{update}}); err != nil {
			t.Fatal(err)
		}
		allowed, _, err := engine.Check(ctx, rel.Consistency{}, asked)
		if err != nil || allowed != (update.Op == rel.Touch) {
			t.Fatalf("write %d: got %v, %v", i, allowed, err)
		}
	}
}
