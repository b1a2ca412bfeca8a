package spicedb

import (
	"context"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// DefaultMaxUpdates is how many updates SpiceDB takes in one write unless it
// was configured otherwise.
const DefaultMaxUpdates = 1000

// Engine answers from a SpiceDB server; it is an adapter.Engine and an
// adapter.Content. It is safe for concurrent use, and it neither opens nor
// closes the connection it was given.
type Engine struct {
	permissions v1.PermissionsServiceClient
	schema      v1.SchemaServiceClient
	watch       v1.WatchServiceClient
	maxUpdates  int
	headReads   bool
	books       bool
	// head returns the newest revision; nil: SpiceDB is asked.
	head func(ctx context.Context) (rel.ZedToken, error)
}

// Option changes how an Engine speaks to its server.
type Option func(*Engine)

// MaxUpdates sets how many updates the server takes in one write; it must not
// exceed the server's own limit. Values below 1 leave DefaultMaxUpdates.
func MaxUpdates(limit int) Option {
	return func(e *Engine) {
		if limit > 0 {
			e.maxUpdates = limit
		}
	}
}

// New returns an Engine on conn.
func New(conn grpc.ClientConnInterface, options ...Option) *Engine {
	engine := &Engine{
		permissions: v1.NewPermissionsServiceClient(conn),
		schema:      v1.NewSchemaServiceClient(conn),
		watch:       v1.NewWatchServiceClient(conn),
		maxUpdates:  DefaultMaxUpdates,
	}
	for _, option := range options {
		option(engine)
	}
	if engine.books {
		engine.maxUpdates = max(engine.maxUpdates, minBookkeepingUpdates)
	}
	return engine
}
