package main

import (
	"context"
	"errors"
	"slices"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	parser "github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// Limits are raised so far that none of them decides about an answer: the model is
// larger than 256 KiB, lists are not cut after 1,000 items or 3 seconds.
const (
	maxModel   = 10 << 20
	maxBatch   = 200
	writeBatch = 100
	patience   = 30 * time.Second
)

func openLibrary(ctx context.Context, w *world.World) (peer.Engine, error) {
	s, err := server.NewServerWithOpts(
		server.WithDatastore(memory.New()), server.WithMaxAuthorizationModelSizeInBytes(maxModel), server.WithMaxChecksPerBatchCheck(maxBatch),
		server.WithListObjectsDeadline(patience), server.WithListObjectsMaxResults(0),
		server.WithListUsersDeadline(patience), server.WithListUsersMaxResults(0), server.WithRequestTimeout(patience),
	)
	if err != nil {
		return nil, err
	}
	e := &engine{api: s, close: func() error { s.Close(); return nil }}
	return e, e.load(ctx, w)
}

func openServer(ctx context.Context, w *world.World) (peer.Engine, error) {
	address, err := peer.FreeAddress()
	if err != nil {
		return nil, err
	}
	process, err := peer.Launch("openfga-server", []string{
		"OPENFGA_GRPC_ADDR=" + address, "OPENFGA_HTTP_ENABLED=false", "OPENFGA_PLAYGROUND_ENABLED=false", "OPENFGA_METRICS_ENABLED=false",
		"OPENFGA_LOG_LEVEL=error", "OPENFGA_DATASTORE_ENGINE=memory", "OPENFGA_MAX_AUTHORIZATION_MODEL_SIZE_IN_BYTES=10485760",
		"OPENFGA_GRPC_MAX_RECV_MSG_BYTES=20971520", "OPENFGA_MAX_CHECKS_PER_BATCH_CHECK=200", "OPENFGA_LIST_OBJECTS_DEADLINE=30s",
		"OPENFGA_LIST_OBJECTS_MAX_RESULTS=0", "OPENFGA_LIST_USERS_DEADLINE=30s", "OPENFGA_LIST_USERS_MAX_RESULTS=0",
		"OPENFGA_REQUEST_TIMEOUT=30s", "OPENFGA_HTTP_UPSTREAM_TIMEOUT=31s",
	}, []string{"run"})
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, errors.Join(err, process.Stop())
	}
	e := &served{process: process}
	e.engine = engine{api: remote{openfgav1.NewOpenFGAServiceClient(conn)}, close: func() error { return errors.Join(conn.Close(), process.Stop()) }}
	err = process.Await(ctx, func(ctx context.Context) error {
		_, err := e.api.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "ready"})
		return err
	})
	if err == nil {
		err = e.load(ctx, w)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// served is an engine whose memory is another process's.
type served struct {
	engine
	process *peer.Process
}

// PID is the server's: its memory is what is measured.
func (s *served) PID() int { return s.process.PID() }

func (e *engine) load(ctx context.Context, w *world.World) error {
	store, err := e.api.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "bench"})
	if err != nil {
		return err
	}
	model, err := parser.TransformDSLToProto(modelOf(w.Permissions))
	if err != nil {
		return err
	}
	written, err := e.api.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: store.GetId(), SchemaVersion: model.GetSchemaVersion(), TypeDefinitions: model.GetTypeDefinitions(),
	})
	if err != nil {
		return err
	}
	e.store, e.model, e.permissions = store.GetId(), written.GetAuthorizationModelId(), w.Permissions
	for batch := range slices.Chunk(tuplesOf(w), writeBatch) {
		if err := errors.Join(ctx.Err(), e.write(ctx, batch, nil)); err != nil {
			return err
		}
	}
	return nil
}
