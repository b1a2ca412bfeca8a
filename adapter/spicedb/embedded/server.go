package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/authzed/spicedb/pkg/cmd/datastore"
	spicedbstore "github.com/authzed/spicedb/pkg/datastore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/ambit-iam/ambit/adapter/spicedb"
)

// Server is a running SpiceDB. Its methods may be called concurrently.
type Server struct {
	conn *grpc.ClientConn
	door *door
	// store is SpiceDB's datastore.
	store spicedbstore.Datastore
	close func() error
}

// Start returns a server that answers. It starts empty, without a schema. ctx
// bounds the start only; the server runs until Close.
func Start(ctx context.Context, config Config) (*Server, error) {
	listener, err := listen(ctx, config)
	if err != nil {
		return nil, err
	}
	server, err := start(ctx, config)
	if err != nil {
		return nil, errors.Join(err, closeListener(listener))
	}
	if listener != nil {
		server.door = openDoor(listener, config.PresharedKey, server.conn)
	}
	return server, nil
}

func start(ctx context.Context, config Config) (*Server, error) {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	store, err := datastore.NewDatastore(running, memory().ToOption())
	if err != nil {
		stop()
		return nil, fmt.Errorf("open SpiceDB's memory: %w", err)
	}
	engine, err := settings(config, store).Complete(running)
	if err != nil {
		stop()
		return nil, fmt.Errorf("configure SpiceDB: %w", errors.Join(err, store.Close()))
	}
	ended := make(chan error, 1)
	go func() {
		// Whoever waits for a server that ends before it serves must not wait on.
		defer stop()
		ended <- engine.Run(running)
	}()
	server := &Server{store: store}
	server.close = sync.OnceValue(func() error {
		server.door.close()
		if server.conn != nil {
			// Ends all calls, so that SpiceDB has nothing to wait for.
			_ = server.conn.Close()
		}
		stop()
		return errors.Join(<-ended, store.Close())
	})
	if server.conn, err = engine.NewClient(); err == nil {
		err = serving(ctx, running, server.conn)
	}
	if err != nil {
		return nil, fmt.Errorf("start SpiceDB: %w", errors.Join(err, server.Close()))
	}
	return server, nil
}

// serving waits until the server calls itself healthy, for as long as it runs.
func serving(ctx, running context.Context, conn grpc.ClientConnInterface) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(running, cancel)()
	stream, err := grpc_health_v1.NewHealthClient(conn).Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		return err
	}
	for {
		health, err := stream.Recv()
		if err != nil {
			return err
		}
		if health.GetStatus() == grpc_health_v1.HealthCheckResponse_SERVING {
			return nil
		}
	}
}

// Engine returns the engine on this server. One write may hold 60,000 updates,
// or 3 MiB of them, and is then still atomic.
func (s *Server) Engine() *spicedb.Engine {
	return spicedb.New(s.conn, spicedb.MaxUpdates(maxUpdates), spicedb.HeadReads(), spicedb.HeadFrom(s.Head))
}

// Conn returns the connection to SpiceDB's whole API, writes included. It
// belongs to the server, which closes it.
func (s *Server) Conn() *grpc.ClientConn { return s.conn }

// Addr returns the address that SpiceDB clients may read from, or nil if
// Config.Listen was empty.
func (s *Server) Addr() net.Addr {
	if s.door == nil {
		return nil
	}
	return s.door.listener.Addr()
}

// Close ends all calls, stops the server and forgets its content. Engines of a
// closed server answer UNAVAILABLE. Further calls return the same result.
func (s *Server) Close() error { return s.close() }
