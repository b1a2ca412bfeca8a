// Package apitest serves the API on an embedded SpiceDB and a store that tests
// can reach behind its back:
//
//	test ──▶ gRPC, REST ──▶ adapter ──▶ Store, Engine ◀── test
//
// There are no tokens and no deadlines, which are the business of package
// server.
package apitest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// API is the API of an adapter with the model scalr. It ends with its test.
type API struct {
	// Adapter has the use cases, Store and Engine are under it.
	Adapter *adapter.Adapter
	Store   adapter.Store
	Engine  *spicedb.Engine
	// Server serves gRPC at Endpoint; URL is the base of REST routes.
	Server   *grpc.Server
	Endpoint string
	URL      string
}

// Start serves an empty world.
func Start(t testing.TB, options ...grpc.ServerOption) *API {
	t.Helper()
	a := &API{}
	a.open(t)
	a.serve(t, options)
	conn, err := grpc.NewClient("passthrough:///"+a.Endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	rest, err := api.Gateway(context.WithoutCancel(t.Context()), conn, api.Limits{})
	require.NoError(t, err)
	web := httptest.NewServer(rest)
	t.Cleanup(web.Close)
	a.URL = web.URL
	return a
}

// open starts what is below the API.
func (a *API) open(t testing.TB) {
	t.Helper()
	model, err := schema.Builtin("scalr")
	require.NoError(t, err)
	spiceDB, err := embedded.Start(t.Context(), embedded.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, spiceDB.Close()) })
	a.Engine = spiceDB.Engine()
	a.Store, err = sqlstore.OpenSQLite(t.Context(), ":memory:", sqlstore.Config{
		Logger:   slog.New(slog.DiscardHandler),
		Subjects: sqlstore.SubjectsOf(model),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Store.Close()) })
	a.Adapter, err = adapter.New(t.Context(), adapter.Config{
		Model: model, Store: a.Store, Engine: a.Engine, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Adapter.Close()) })
	require.NoError(t, a.Adapter.Settle(t.Context()))
}

// serve listens for gRPC, with the interceptors that handlers rely on.
func (a *API) serve(t testing.TB, options []grpc.ServerOption) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	a.Server = grpc.NewServer(append([]grpc.ServerOption{
		grpc.ForceServerCodecV2(api.Codec()),
		grpc.ChainUnaryInterceptor(api.UnaryErrors(quiet), api.UnaryLimits(api.Limits{})),
		grpc.ChainStreamInterceptor(api.StreamErrors(quiet), api.StreamLimits(api.Limits{})),
	}, options...)...)
	api.Register(a.Server, a.Adapter)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a.Endpoint = listener.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- a.Server.Serve(listener) }()
	t.Cleanup(func() {
		a.Server.Stop()
		if err := <-ended; !errors.Is(err, grpc.ErrServerStopped) {
			require.NoError(t, err)
		}
	})
}

// Apply makes a world so, which is given as in a world file.
func (a *API) Apply(t testing.TB, text string) {
	t.Helper()
	parsed, err := world.Parse("world.yaml", []byte(text), a.Adapter.Model())
	require.NoError(t, err)
	receipt, err := a.Adapter.Apply(t.Context(), parsed)
	require.NoError(t, err)
	require.True(t, receipt.Applied)
}

// Write adds relationships to SpiceDB, or deletes them, past the adapter. They
// are written as zed writes them.
func (a *API) Write(t testing.TB, op rel.Op, relationships ...string) {
	t.Helper()
	updates := make([]rel.Update, len(relationships))
	for i, text := range relationships {
		tuple, err := rel.ParseTuple(text)
		require.NoError(t, err)
		updates[i] = rel.Update{Op: op, Tuple: tuple}
	}
	_, err := a.Engine.Write(t.Context(), rel.Write{Updates: updates})
	require.NoError(t, err)
}
