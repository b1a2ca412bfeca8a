package embedded_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ambit-iam/ambit/adapter/enginetest"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// TestMain finds what any of the servers of these tests left behind. Two
// goroutines that drivers of SpiceDB start while the program loads (OpenCensus,
// Spanner) run for ever, one of each; they are there before the tests.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// key is a pre-shared key for tests.
const key = "a key for tests"

func start(t testing.TB, config embedded.Config) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), config)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t testing.TB, server *embedded.Server) {
	t.Helper()
	if err := server.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// severable is an engine whose server can be closed under it.
type severable struct {
	*spicedb.Engine
	server *embedded.Server
}

func (s severable) Sever(t *testing.T) { stop(t, s.server) }

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) enginetest.Subject {
		server := start(t, embedded.Config{})
		return severable{server.Engine(), server}
	})
}

// TestEngineInChunks runs the suite with the limit that a server outside this
// process has, so that long writes are cut.
func TestEngineInChunks(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) enginetest.Subject {
		server := start(t, embedded.Config{})
		return severable{spicedb.New(server.Conn(), spicedb.HeadReads()), server}
	})
}

// TestEngineWithBookkeeping runs the suite the way a server outside this process
// is used.
func TestEngineWithBookkeeping(t *testing.T) {
	t.Parallel()
	enginetest.RunBookkeeping(t, func(t *testing.T) enginetest.Subject {
		server := start(t, embedded.Config{})
		return severable{spicedb.New(server.Conn(), spicedb.HeadReads(), spicedb.Bookkeeping()), server}
	})
}
