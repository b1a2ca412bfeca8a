package remote

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter/spicedb"
)

// dialTimeout bounds the checks of Dial.
const dialTimeout = 10 * time.Second

// Conn is a connection to SpiceDB. Its methods may be called concurrently.
type Conn struct {
	config Config
	target target
	grpc   *grpc.ClientConn
}

// Dial connects to SpiceDB and makes sure, within 10 s, that it answers and
// knows the key. A SpiceDB that is not there yet is waited for that long. The
// error is INVALID_ARGUMENT for a wrong configuration; FAILED_PRECONDITION with
// reason SPICEDB_TLS where one side speaks TLS and the other does not, or where
// the certificate is not trusted; UNAVAILABLE with spicedb.ReasonKeyRefused for
// a wrong key; UNAVAILABLE if SpiceDB cannot be reached. ctx bounds only Dial.
func Dial(ctx context.Context, config Config) (*Conn, error) {
	config, err := config.complete()
	if err != nil {
		return nil, err
	}
	parsed, err := parseEndpoint(config.Endpoint)
	if err != nil {
		return nil, err
	}
	options, err := config.dialOptions()
	if err != nil {
		return nil, err
	}
	if parsed.option != nil {
		options = append(options, parsed.option)
	}
	connection, err := grpc.NewClient(parsed.name, options...)
	if err != nil {
		return nil, badEndpoint(config.Endpoint, "is nothing that gRPC can resolve")
	}
	conn := &Conn{config: config, target: parsed, grpc: connection}
	if err := conn.greet(ctx); err != nil {
		// The caller wants to know why, and there is nothing else to lose.
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// Engine returns the engine on this SpiceDB, which keeps its identity and
// positions there: see spicedb.Bookkeeping. Further options are applied last.
func (c *Conn) Engine(options ...spicedb.Option) *spicedb.Engine {
	own := []spicedb.Option{spicedb.Bookkeeping(), spicedb.MaxUpdates(c.config.MaxUpdates)}
	return spicedb.New(c.grpc, append(own, options...)...)
}

// Close ends all calls. Engines of a closed connection answer UNAVAILABLE.
func (c *Conn) Close() error { return c.grpc.Close() }
