//go:build spicedb

package remote_test

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/enginetest"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
)

// process is a SpiceDB server in a process of its own, with the memory datastore
// unless flags say otherwise.
type process struct {
	address string
	kill    func()
}

// binary returns the program that scripts/with-spicedb builds.
func binary(t *testing.T) string {
	t.Helper()
	name := os.Getenv("AMBIT_TEST_SPICEDB_BINARY")
	require.NotEmpty(t, name, "AMBIT_TEST_SPICEDB_BINARY names no SpiceDB: run scripts/with-spicedb go test -tags spicedb")
	return name
}

func startReal(t *testing.T, flags ...string) *process {
	t.Helper()
	server := &process{address: closedPort(t)}
	command := exec.CommandContext(t.Context(), binary(t), append([]string{
		"serve", "--grpc-addr", server.address, "--grpc-preshared-key", key, "--datastore-engine", "memory",
		"--skip-release-check", "--telemetry-endpoint", "", "--metrics-enabled=false", "--log-level", "warn",
	}, flags...)...)
	log := &bytes.Buffer{}
	command.Stdout, command.Stderr = log, log
	require.NoError(t, command.Start())
	server.kill = sync.OnceFunc(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	t.Cleanup(func() {
		server.kill()
		if t.Failed() {
			t.Logf("SpiceDB at %s said:\n%s", server.address, log)
		}
	})
	return server
}

// severed is an engine whose server can be killed.
type severed struct {
	*spicedb.Engine
	server *process
}

func (s severed) Sever(*testing.T) { s.server.kill() }

// TestRealEngine runs the suite of engines on real servers, one for each test.
func TestRealEngine(t *testing.T) {
	t.Parallel()
	enginetest.RunBookkeeping(t, func(t *testing.T) enginetest.Subject {
		server := startReal(t)
		config := plaintext(server.address)
		// The memory datastore looks at all tuples of a relation for each question,
		// and shows at a revision between two writes what the later one wrote.
		config.Timeout = time.Minute
		return severed{dial(t, config).Engine(spicedb.HeadReads()), server}
	})
}

func TestRealKey(t *testing.T) {
	t.Parallel()
	config := plaintext(startReal(t).address)
	dial(t, config)
	config.PresharedKey = "a-wrong-key"
	expectRefusal(t, config, iam.Unavailable, spicedb.ReasonKeyRefused)
}

func TestRealWatch(t *testing.T) {
	t.Parallel()
	assert.NoError(t, dial(t, plaintext(startReal(t).address)).RequireWatch(t.Context()))
}

func TestRealTLS(t *testing.T) {
	t.Parallel()
	trusted := newAuthority(t)
	certificate, private := trusted.sign(t, "127.0.0.1", nil)
	server := startReal(t, "--grpc-tls-cert-path", certificate, "--grpc-tls-key-path", private)
	config := remote.Config{Endpoint: server.address, PresharedKey: key, CAFile: trusted.ca}
	require.NoError(t, dial(t, config).Engine().WriteSchema(t.Context(), "definition user {}"))
	config.CAFile = newAuthority(t).ca
	assert.Contains(t, expectRefusal(t, config, iam.FailedPrecondition, "SPICEDB_TLS"), "not trusted")
	assert.Contains(t, expectRefusal(t, plaintext(server.address), iam.FailedPrecondition, "SPICEDB_TLS"), "speaks TLS")
	open := remote.Config{Endpoint: startReal(t).address, PresharedKey: key}
	dial(t, plaintext(open.Endpoint))
	assert.Contains(t, expectRefusal(t, open, iam.FailedPrecondition, "SPICEDB_TLS"), "speaks no TLS")
}

// TestRealRestart: a connection outlives its server.
func TestRealRestart(t *testing.T) {
	t.Parallel()
	server := startReal(t)
	engine := dial(t, plaintext(server.address)).Engine()
	require.NoError(t, engine.WriteSchema(t.Context(), "definition user {}"))
	server.kill()
	_, err := engine.Schema(t.Context())
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err))
	startReal(t, "--grpc-addr", server.address)
	require.Eventually(t, func() bool {
		text, err := engine.Schema(t.Context())
		return err == nil && text == ""
	}, 30*time.Second, 100*time.Millisecond)
	_, err = engine.Write(t.Context(), rel.Write{Tenant: "account:A", Seq: 8, After: 7})
	assert.Equal(t, spicedb.ReasonRefused, iam.ReasonOf(err), "the new server is empty: %v", err)
}
