package main

import (
	"context"
	"errors"
	"math"

	"github.com/authzed/spicedb/pkg/cmd/datastore"
	"github.com/authzed/spicedb/pkg/cmd/server"
	"github.com/authzed/spicedb/pkg/cmd/util"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// openLibrary starts SpiceDB in this process, reached over a buffer: it has no other
// way in.
func openLibrary(ctx context.Context, w *world.World) (peer.Engine, error) {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	config := datastore.DefaultDatastoreConfig()
	config.Engine = datastore.MemoryEngine
	config.GCWindow = math.MaxInt64
	configured, err := server.NewConfigWithOptionsAndDefaults(
		server.WithGRPCServer(util.GRPCServerConfig{Network: util.BufferedNetwork, BufferSize: 1 << 20, Enabled: true}),
		server.WithGRPCAuthFunc(func(ctx context.Context) (context.Context, error) { return ctx, nil }),
		server.WithHTTPGateway(util.HTTPServerConfig{}),
		server.WithMetricsAPI(util.HTTPServerConfig{}),
		server.WithDispatchServer(util.GRPCServerConfig{}),
		server.WithDatastoreConfig(*config),
		server.WithSilentlyDisableTelemetry(true),
	).Complete(running)
	if err != nil {
		stop()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- configured.Run(running) }()
	conn, err := configured.NewClient()
	if err != nil {
		stop()
		return nil, errors.Join(err, <-ended)
	}
	e := newEngine(conn, false, func() error {
		err := conn.Close()
		stop()
		return errors.Join(err, <-ended)
	})
	return e, e.load(ctx, w)
}
