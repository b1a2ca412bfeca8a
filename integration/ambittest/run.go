package ambittest

import (
	"crypto/rand"
	"io"
	"log/slog"
	"testing"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// Run returns a new system on PostgreSQL and SpiceDB, both in containers. It
// ends the test, and does not skip it, if there is no Docker.
func Run(t testing.TB, opts ...Option) *System {
	t.Helper()
	o, model := chosen(t, opts)
	s := &System{Model: model, t: t, token: rand.Text()}
	s.Backing = newBacking(t)
	store, err := sqlstore.OpenPostgres(s.context(), s.Backing.Database, storeConfig(model, nil))
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	atEnd(t, "the database", store.Close)
	spiceDB, err := remote.Dial(s.context(), remote.Config{
		Endpoint: s.Backing.SpiceDBEndpoint, PresharedKey: s.Backing.SpiceDBKey, Insecure: true,
	})
	if err != nil {
		t.Fatalf("connect with SpiceDB: %v", err)
	}
	atEnd(t, "the connection with SpiceDB", spiceDB.Close)
	s.open(adapter.Config{Store: store, Engine: spiceDB.Engine(), Shared: true, Staleness: o.staleness}, o)
	return s
}

// newBacking makes a database and a SpiceDB, both empty.
func newBacking(t testing.TB) server.Backing {
	t.Helper()
	return server.Backing{
		Database:        usePostgres(t).copyOf(t, ambitTemplate).outside,
		SpiceDBEndpoint: startSpiceDB(t), SpiceDBKey: spiceDBKey, SpiceDBPlaintext: true,
	}
}

// Main runs the tests of a package and keeps the containers that they share until
// the last one is over:
//
//	func TestMain(m *testing.M) { os.Exit(ambittest.Main(m)) }
func Main(m *testing.M) int {
	shared.Lock()
	shared.users++
	shared.Unlock()
	code := m.Run()
	if err := leavePostgres(); err != nil && code == 0 {
		return 1
	}
	return code
}

// Server is a running server with its address and the token of its callers.
type Server struct {
	URL, Token string

	t testing.TB
}

// Serve starts a server, gRPC and REST on a free port of this machine, on what
// the system stands on; another call starts another replica. Only systems of Run
// can have servers: others cannot look into an embedded one.
func (s *System) Serve() *Server {
	s.t.Helper()
	if s.Backing.Database == "" {
		s.t.Fatal("ambittest: only a system of Run can have servers")
	}
	running, err := server.Start(s.context(), server.Config{
		Listen: "127.0.0.1:0", Backing: s.Backing, Model: s.source, SpiceDB: "off", Data: s.t.TempDir(), Token: s.token,
		Logger: slog.New(slog.DiscardHandler), Summary: io.Discard,
	})
	if err != nil {
		s.t.Fatalf("start a server: %v", err)
	}
	atEnd(s.t, "a server", running.Close)
	return &Server{URL: running.URL(), Token: s.token, t: s.t}
}

// Client returns a client of the server.
func (s *Server) Client() *client.Client {
	s.t.Helper()
	c, err := client.Dial(s.URL, s.Token)
	if err != nil {
		s.t.Fatalf("connect with %s: %v", s.URL, err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}
