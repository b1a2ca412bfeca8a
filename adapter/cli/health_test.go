package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/cli"
)

func TestHealthOfAServer(t *testing.T) {
	t.Parallel()
	s := serve(t)
	assert.Equal(t, result{stdout: "ready\n"}, ambit(t, "health", "--endpoint", s.flags[1]), "no token is needed")
	r := ambit(t, "health", "--endpoint", s.flags[1], "-o", "json")
	assert.JSONEq(t, `{"ready":true,"degraded":[]}`, r.stdout)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		status         int
		answer         string
		code           int
		stdout, stderr string
	}{
		{"ready", 200, `{"ready":true,"degraded":[]}`, cli.ExitDone, "ready\n", ""},
		{"degraded", 200, `{"ready":true,"degraded":["outbox: 2 tenants wait"]}`, cli.ExitDone, "ready, but degraded\n  outbox: 2 tenants wait\n", ""},
		{"not ready", 503, `{"ready":false,"degraded":["spicedb: \u001b[2Jgone"]}`, cli.ExitFailed, "not ready\n  spicedb:  [2Jgone\n", ""},
		{"the status counts", 503, `{"ready":true,"degraded":[]}`, cli.ExitFailed, "not ready\n", ""},
		{"somebody else", 200, `<html>`, cli.ExitFailed, "", "does not answer as Ambit does (HTTP status 200)"},
		{"a redirect", 302, ``, cli.ExitFailed, "", "does not answer as Ambit does (HTTP status 302)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				assert.Equal(t, "/readyz", req.URL.Path)
				assert.Empty(t, req.Header.Get("Authorization"))
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer))
			}))
			t.Cleanup(there.Close)
			r := ambit(t, "health", "--endpoint", there.URL, "--token", "a-secret-that-stays-here")
			assert.Equal(t, c.code, r.code)
			assert.Equal(t, c.stdout, r.stdout)
			assert.Contains(t, r.stderr, c.stderr)
			if c.stderr == "" {
				assert.Empty(t, r.stderr)
			}
		})
	}
}

func TestHealthOfNobody(t *testing.T) {
	t.Parallel()
	r := ambit(t, "health", "--endpoint", "127.0.0.1:1", "-o", "json")
	assert.Equal(t, cli.ExitFailed, r.code)
	var told struct{ Error struct{ Code, Reason string } }
	require.NoError(t, json.Unmarshal([]byte(r.stderr), &told))
	assert.Equal(t, "UNREACHABLE", told.Error.Reason)

	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }))
	t.Cleanup(silent.Close)
	r = ambit(t, "health", "--endpoint", silent.URL, "--timeout", "50ms")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "did not answer in time")
	assert.Equal(t, cli.ExitMisuse, ambit(t, "health", "--timeout", "0").code)
	assert.Equal(t, cli.ExitMisuse, ambit(t, "health", "--endpoint", "ftp://x").code)
}

// TestHealthOverTLS: a server on this machine has a certificate for others.
func TestHealthOverTLS(t *testing.T) {
	t.Parallel()
	there := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ready":true}`))
	}))
	t.Cleanup(there.Close)
	assert.Equal(t, result{stdout: "ready\n"}, ambit(t, "health", "--endpoint", there.URL))
}
