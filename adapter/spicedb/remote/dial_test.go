package remote_test

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
)

// expectRefusal dials and returns what is said about it.
func expectRefusal(t *testing.T, config remote.Config, code iam.Code, reason string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := remote.Dial(ctx, config)
	require.Nil(t, conn)
	assert.Equal(t, code, iam.CodeOf(err), "%v", err)
	assert.Equal(t, reason, iam.ReasonOf(err), "%v", err)
	assert.IsType(t, &iam.Error{}, err)
	assert.NotContains(t, err.Error(), config.PresharedKey)
	assert.NoError(t, ctx.Err(), "it is known at once")
	return err.Error()
}

func TestDialEndpoints(t *testing.T) {
	t.Parallel()
	// More than gRPC takes by default.
	server := &fake{schema: strings.Repeat("// a long schema\n", 300_000) + "definition user {}"}
	address := server.serve(t)
	for _, endpoint := range []string{address, "dns:///" + address, "passthrough:///" + address, address + "," + address} {
		text, err := dial(t, plaintext(endpoint)).Engine().Schema(t.Context())
		require.NoError(t, err, endpoint)
		assert.True(t, text == server.schema, endpoint)
	}
}

func TestDialWrongKey(t *testing.T) {
	t.Parallel()
	config := plaintext((&fake{}).serve(t))
	config.PresharedKey = "a-wrong-key"
	says := expectRefusal(t, config, iam.Unavailable, spicedb.ReasonKeyRefused)
	assert.Equal(t, "SpiceDB refused the pre-shared key", says)
}

func TestDialNobody(t *testing.T) {
	t.Parallel()
	config := plaintext(closedPort(t))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := remote.Dial(ctx, config)
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err))
	assert.Equal(t, "SpiceDB cannot be reached at "+config.Endpoint, err.Error())
}

// TestDialSilence: something that takes connections and says nothing.
func TestDialSilence(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err = remote.Dial(ctx, plaintext(listener.Addr().String()))
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err))
	assert.NoError(t, t.Context().Err())
}

func TestDialCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := &fake{meet: func(context.Context, string) error {
		cancel()
		return status.Error(codes.Unavailable, "not yet")
	}}
	_, err := remote.Dial(ctx, plaintext(server.serve(t)))
	assert.Equal(t, context.Canceled, err)
}

// TestDialWaits: a SpiceDB that is about to start is waited for.
func TestDialWaits(t *testing.T) {
	t.Parallel()
	server := &fake{}
	server.meet = func(context.Context, string) error {
		if server.count("ReadSchema") < 7 {
			return status.Error(codes.Unavailable, "not yet")
		}
		return nil
	}
	dial(t, plaintext(server.serve(t)))
	assert.Equal(t, 7, server.count("ReadSchema"))
}

// TestDialForeign: a gRPC server that is another one.
func TestDialForeign(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})
	says := expectRefusal(t, plaintext(listener.Addr().String()), iam.FailedPrecondition, "SPICEDB_FOREIGN")
	assert.Contains(t, says, "is not SpiceDB")
}

// serve starts a fake with a certificate of the authority and returns its address.
func (a authority) serve(t *testing.T, host string, change func(*x509.Certificate)) string {
	t.Helper()
	certificate, key := a.sign(t, host, change)
	security, err := credentials.NewServerTLSFromFile(certificate, key)
	require.NoError(t, err)
	return (&fake{}).serve(t, grpc.Creds(security))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	trusted, other := newAuthority(t), newAuthority(t)
	here := trusted.serve(t, "127.0.0.1", nil)
	named := trusted.serve(t, "spicedb.internal", nil)
	expired := trusted.serve(t, "127.0.0.1", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	client := trusted.serve(t, "127.0.0.1", func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	open := (&fake{}).serve(t)
	for name, test := range map[string]struct {
		config remote.Config
		says   string
	}{
		"trusted":              {remote.Config{Endpoint: here, CAFile: trusted.ca}, ""},
		"trusted, several":     {remote.Config{Endpoint: here + "," + here, CAFile: trusted.ca}, ""},
		"another name":         {remote.Config{Endpoint: named, CAFile: trusted.ca, ServerName: "spicedb.internal"}, ""},
		"another name of many": {remote.Config{Endpoint: named + "," + named, CAFile: trusted.ca, ServerName: "spicedb.internal"}, ""},
		"another authority":    {remote.Config{Endpoint: here, CAFile: other.ca}, "not trusted"},
		"the system's":         {remote.Config{Endpoint: here}, "not trusted"},
		"wrong name":           {remote.Config{Endpoint: named, CAFile: trusted.ca}, "not for 127.0.0.1"},
		"expired":              {remote.Config{Endpoint: expired, CAFile: trusted.ca}, "has expired"},
		"of a client":          {remote.Config{Endpoint: client, CAFile: trusted.ca}, "not valid for a server"},
		"no TLS there":         {remote.Config{Endpoint: open, CAFile: trusted.ca}, "speaks no TLS; say --spicedb-plaintext"},
		"no TLS there, DNS":    {remote.Config{Endpoint: "dns:///" + open}, "speaks no TLS; say --spicedb-plaintext"},
		"no TLS there, second": {remote.Config{Endpoint: closedPort(t) + "," + open}, "speaks no TLS; say --spicedb-plaintext"},
		"no TLS here":          {remote.Config{Endpoint: here, Insecure: true}, "speaks TLS; leave --spicedb-plaintext out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.config.PresharedKey = key
			if test.says != "" {
				says := expectRefusal(t, test.config, iam.FailedPrecondition, "SPICEDB_TLS")
				assert.Contains(t, says, test.says)
				return
			}
			_, _, err := dial(t, test.config).Engine().Check(t.Context(), rel.Consistency{}, asked)
			assert.NoError(t, err)
		})
	}
}

func TestRequireWatch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		watch  func(ctx context.Context) error
		reason string
	}{
		"silent":        {func(ctx context.Context) error { <-ctx.Done(); return nil }, ""},
		"unimplemented": {func(context.Context) error { return status.Error(codes.Unimplemented, "no") }, "SPICEDB_WITHOUT_WATCH"},
		"disabled":      {func(context.Context) error { return status.Error(codes.FailedPrecondition, "disabled") }, "SPICEDB_WITHOUT_WATCH"},
		"away":          {func(context.Context) error { return status.Error(codes.Unavailable, "no") }, "UNAVAILABLE"},
		"another key":   {func(context.Context) error { return status.Error(codes.PermissionDenied, "no") }, spicedb.ReasonKeyRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fake{meet: func(ctx context.Context, method string) error {
				if method != "Watch" {
					return nil
				}
				return test.watch(ctx)
			}}
			conn := dial(t, plaintext(server.serve(t)))
			began := time.Now()
			err := conn.RequireWatch(t.Context())
			assert.Equal(t, test.reason, iam.ReasonOf(err), "%v", err)
			assert.Equal(t, test.reason == "", err == nil)
			if err != nil {
				assert.Less(t, time.Since(began), time.Second, "a refusal is known at once")
			}
		})
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	conn, err := remote.Dial(t.Context(), plaintext((&fake{}).serve(t)))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	_, err = conn.Engine().Schema(t.Context())
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err), "%v", err)
	assert.Equal(t, iam.Unavailable, iam.CodeOf(conn.RequireWatch(t.Context())))
}
