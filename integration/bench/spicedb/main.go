// Command spicedb asks SpiceDB: in this process, and as a server on its memory store
// or on PostgreSQL. The server on PostgreSQL gets a database of its own on the server
// that AMBIT_TEST_POSTGRES_DSN names; see scripts/with-postgres.
package main

import (
	"context"
	"os"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

func main() {
	server := func(postgres, stale bool) peer.Door {
		return peer.Door{Networked: true, Open: func(ctx context.Context, w *world.World) (peer.Engine, error) {
			return openServer(ctx, w, postgres, stale)
		}}
	}
	os.Exit(peer.Program{
		Engine: "SpiceDB", Module: "github.com/authzed/spicedb",
		Doors: map[string]peer.Door{
			"library": {Open: openLibrary},
			"grpc":    server(false, false),
			// Answers may be up to five seconds old, which is SpiceDB's default.
			"grpc-stale":          server(false, true),
			"grpc-postgres":       server(true, false),
			"grpc-postgres-stale": server(true, true),
		},
	}.Main())
}
