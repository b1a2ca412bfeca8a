package embedded

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/authzed/spicedb/pkg/cmd/datastore"
	"github.com/authzed/spicedb/pkg/cmd/server"
	"github.com/authzed/spicedb/pkg/cmd/util"
	spicedb "github.com/authzed/spicedb/pkg/datastore"
)

const (
	// maxUpdates is SpiceDB's limit for one write: nearly the most it can be
	// told, so that a write is cut only where gRPC's message size demands it.
	maxUpdates = 60_000
	// schemaCacheSize holds the compiled schema and the query chunks.
	schemaCacheSize = "8MiB"
	// shutdownGrace is short because Close has ended all calls before.
	shutdownGrace = time.Second
	bufferSize    = 1 << 20
)

// settings returns the configuration of a server that touches nothing outside
// itself: no port, no telemetry, no metrics in the global registry that would
// collide with those of a second server. SpiceDB logs nowhere unless a program
// sets its global logger, so there is nothing to silence.
func settings(config Config, store spicedb.Datastore) *server.Config {
	return server.NewConfigWithOptionsAndDefaults(
		server.WithServerName("ambit"),
		server.WithGRPCServer(util.GRPCServerConfig{
			Network:    util.BufferedNetwork,
			BufferSize: bufferSize,
			Enabled:    true,
		}),
		server.WithGRPCAuthFunc(trust),
		server.WithHTTPGateway(util.HTTPServerConfig{}),
		server.WithMetricsAPI(util.HTTPServerConfig{}),
		server.WithDispatchServer(util.GRPCServerConfig{}),
		server.WithDatastoreConfig(*memory()),
		server.WithDatastore(store),
		server.WithSilentlyDisableTelemetry(true),
		server.WithDispatchClientMetricsEnabled(false),
		server.WithDisableGRPCLatencyHistogram(true),
		// It would measure the memory of the whole process and refuse calls.
		server.WithEnableMemoryProtectionMiddleware(false),
		server.WithMaximumUpdatesPerWrite(maxUpdates),
		server.WithShutdownGracePeriod(shutdownGrace),
		server.WithDispatchCacheConfig(cache("dispatch", cmp.Or(config.CacheSize, defaultCacheSize))),
		server.WithNamespaceCacheConfig(cache("namespace", schemaCacheSize)),
		server.WithStoredSchemaCacheConfig(cache("stored_schema", schemaCacheSize)),
		server.WithLR3ResourceChunkCacheConfig(cache("lr3_chunk", schemaCacheSize)),
		server.WithClusterDispatchCacheConfig(server.CacheConfig{}),
	)
}

// memory configures the datastore. Without quantization a client that asks for
// low latency, as zed does by default, still sees the last write.
func memory() *datastore.Config {
	config := datastore.DefaultDatastoreConfig()
	config.Engine = datastore.MemoryEngine
	config.RevisionQuantization = 0
	config.FollowerReadDelay = 0
	config.GCWindow = math.MaxInt64
	return config
}

func cache(name, size string) server.CacheConfig {
	return server.CacheConfig{Name: name, MaxCost: size, Enabled: true}
}

// trust lets every call in: the buffer is reachable from this process only.
func trust(ctx context.Context) (context.Context, error) { return ctx, nil }
