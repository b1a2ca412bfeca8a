package faults

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// clock shows a time that may jump.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// jumpingClocks runs two servers in this process, on a real PostgreSQL and
// SpiceDB, whose clocks jump by hours, back and forth, each for itself.
func jumpingClocks(t *trial) {
	spicedb := t.lab.newSpiceDB(t)
	database := databaseURL(t.lab.postgres.address, t.lab.newDatabase(t, "ambit", "template1"))
	clocks := []*clock{{}, {}}
	var doors []*door
	for i, name := range []string{"ambit-1", "ambit-2"} {
		doors = append(doors, newServer(t, name, database, spicedb.address, clocks[i]))
	}
	t.drive(doors, func(ctx context.Context) {
		t.strikeAgain(ctx, func(context.Context) error {
			const widest = 12 * time.Hour
			clocks[t.rng.IntN(2)].offset.Store(t.rng.Int64N(int64(2*widest)) - int64(widest))
			return nil
		})
	})
	t.judgeAll()
}

// newServer starts what `ambit serve` is made of, with a clock of its own: the
// command's is the machine's, which a test must not turn.
func newServer(t *trial, name, database, spicedb string, c *clock) *door {
	t.Helper()
	ctx, logger := t.Context(), slog.New(slog.DiscardHandler)
	store, err := sqlstore.OpenPostgres(ctx, database, sqlstore.Config{
		Clock: c.now, Subjects: sqlstore.SubjectTypes{User: typeUser, ServiceAccount: "service_account", Group: typeTeam},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	conn, err := remote.Dial(ctx, remote.Config{Endpoint: spicedb, PresharedKey: secret, Insecure: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	a, err := adapter.New(ctx, adapter.Config{
		Model: t.model, Store: store, Engine: conn.Engine(), Shared: true, Staleness: staleness, Clock: c.now, Logger: logger,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	d := newDoor(t, name, serveGRPC(t, a, logger))
	d.pending = func(ctx context.Context) (int, error) {
		waiting, err := store.Outbox().Waiting(ctx)
		return len(waiting), err
	}
	return d
}

// serveGRPC offers an adapter on this machine and returns the address.
func serveGRPC(t testing.TB, a *adapter.Adapter, logger *slog.Logger) string {
	t.Helper()
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(api.UnaryErrors(logger)), grpc.ChainStreamInterceptor(api.StreamErrors(logger)),
		grpc.ForceServerCodecV2(api.Codec()))
	api.Register(server, a)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}
