package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ambit-iam/ambit/adapter/client"
)

// What SpiceDB starts when its packages load is not ours.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

const testSecret = "a-secret-for-the-tests"

// testConfig is a configuration on free ports and a fresh folder.
func testConfig(t testing.TB) Config {
	t.Helper()
	return Config{
		Listen: "127.0.0.1:0", SpiceDB: "off", Data: t.TempDir(), Token: testSecret,
		Logger: slog.New(slog.DiscardHandler), Summary: io.Discard,
	}
}

// started returns a running server that ends with the test.
func started(t testing.TB, config Config) *Server {
	t.Helper()
	server, err := Start(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server
}

// dialed returns a client of the server.
func dialed(t testing.TB, server *Server, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.Dial(server.URL(), testSecret, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// browser returns an HTTP client that leaves no goroutine behind.
func browser(t testing.TB, transport *http.Transport) *http.Client {
	t.Helper()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// send makes one HTTP request and returns status and body.
func send(t testing.TB, to *http.Client, method, url, body string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := to.Do(request)
	require.NoError(t, err)
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, text.String()
}

const bearer = "Bearer " + testSecret
