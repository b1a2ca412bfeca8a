package spicedb

import (
	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"
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
	// atHead is shared by all requests, which only read it.
	atHead *v1.Consistency
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

// HeadReads answers questions that ask for "at least this revision" at the head
// revision, without looking at the token. It is for SpiceDB's memory datastore:
// there the head costs nothing, while the revision that SpiceDB would choose by
// itself lies between two writes, and reading that one again after another
// write shows the later state.
func HeadReads() Option {
	return func(e *Engine) { e.headReads = true }
}

// New returns an Engine on conn.
func New(conn grpc.ClientConnInterface, options ...Option) *Engine {
	engine := &Engine{
		permissions: v1.NewPermissionsServiceClient(conn),
		schema:      v1.NewSchemaServiceClient(conn),
		watch:       v1.NewWatchServiceClient(conn),
		maxUpdates:  DefaultMaxUpdates,
		atHead:      &v1.Consistency{Requirement: &v1.Consistency_FullyConsistent{FullyConsistent: true}},
	}
	for _, option := range options {
		option(engine)
	}
	if engine.books {
		engine.maxUpdates = max(engine.maxUpdates, minBookkeepingUpdates)
	}
	return engine
}
