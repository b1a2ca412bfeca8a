package client

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParse(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]struct {
		address string
		secure  bool
	}{
		"127.0.0.1:8420":        {"127.0.0.1:8420", false},
		"localhost":             {"localhost:8420", false},
		"http://h:1/":           {"h:1", false},
		"https://h:1":           {"h:1", true},
		"https://h":             {"h:443", true},
		"[::1]:8420":            {"[::1]:8420", false},
		"http://[2001:db8::1]":  {"[2001:db8::1]:8420", false},
		"":                      {},
		"unix:///x":             {},
		"http://h/v1":           {},
		"http://user:pw@h":      {},
		"http://h:port":         {},
		"https://h?x=y":         {},
		"grpc://127.0.0.1:8420": {},
	} {
		address, secure, err := parse(endpoint)
		if want.address == "" {
			require.Equal(t, "ENDPOINT_MALFORMED", iam.ReasonOf(err), endpoint)
			_, err = Dial(endpoint, "")
			require.Equal(t, iam.InvalidArgument, iam.CodeOf(err), endpoint)
			_, err = URL(endpoint)
			require.Equal(t, iam.InvalidArgument, iam.CodeOf(err), endpoint)
			continue
		}
		require.NoError(t, err, endpoint)
		base, err := URL(endpoint)
		require.NoError(t, err, endpoint)
		require.Equal(t, map[bool]string{false: "http://", true: "https://"}[want.secure]+want.address, base)
		require.Equal(t, want.address, address, endpoint)
		require.Equal(t, want.secure, secure, endpoint)
	}
}

// TestErrorsReturn sends errors through the mapping of the server and back.
func TestErrorsReturn(t *testing.T) {
	t.Parallel()
	for _, want := range []*iam.Error{
		iam.Invalid("R", "f", "v", "m"), iam.Missing("id", "x"), iam.Exists("R", "", "", "m"), iam.Forbidden("R", "f", "", "m"),
		{Code: iam.PermissionDenied, Reason: "R", Message: "m"}, {Code: iam.Unauthenticated, Reason: "R", Message: "m"},
		{Code: iam.Aborted, Reason: "R", Message: "m"}, {Code: iam.ResourceExhausted, Reason: "R", Message: "m"},
		iam.Unreachable("SpiceDB", errors.New("secret")), iam.Failed("writing", errors.New("secret")),
	} {
		got := remembering(insecure.NewCredentials()).domainError(api.Status(want).Err())
		require.Empty(t, cmp.Diff(want, got, cmpopts.IgnoreUnexported(iam.Error{})))
		require.NotContains(t, got.Error(), "secret")
	}
	foreign := remembering(insecure.NewCredentials()).domainError(status.Error(codes.Unimplemented, "text of gRPC"))
	require.Equal(t, iam.Code("UNIMPLEMENTED"), foreign.Code)
	require.NotContains(t, foreign.Error(), "text of gRPC")
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	c, err := Dial("127.0.0.1:1", "token")
	require.NoError(t, err)
	_, err = c.Access.Check(t.Context(), &ambitv1.CheckRequest{})
	require.Equal(t, iam.Unavailable, iam.CodeOf(err))
	require.Equal(t, "UNREACHABLE", iam.ReasonOf(err))
	_, err = c.World.ReconcileWorld(t.Context(), &ambitv1.ReconcileWorldRequest{})
	require.Equal(t, "UNREACHABLE", iam.ReasonOf(err), "streams, too")
	require.NoError(t, c.Close())
}

func TestHandshakeFails(t *testing.T) {
	t.Parallel()
	secure, plain := httptest.NewUnstartedServer(http.NotFoundHandler()), httptest.NewServer(http.NotFoundHandler())
	secure.EnableHTTP2 = true
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	for endpoint, want := range map[string]string{
		secure.URL: "CERTIFICATE_UNTRUSTED",
		strings.Replace(plain.URL, "http://", "https://", 1): "TLS_FAILED",
	} {
		c, err := Dial(endpoint, "token")
		require.NoError(t, err)
		_, err = c.Access.Check(t.Context(), &ambitv1.CheckRequest{})
		require.Equal(t, iam.Unavailable, iam.CodeOf(err), endpoint)
		require.Equal(t, want, iam.ReasonOf(err), endpoint)
		require.NoError(t, c.Close())
	}
}

func TestLoopbackAndPlain(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string][2]bool{
		"127.0.0.1:8420": {true, true}, "http://localhost": {true, true}, "https://[::1]:1": {true, false},
		"10.0.0.1:8420": {false, true}, "https://ambit.example": {false, false}, "ftp://x": {false, false},
	} {
		require.Equal(t, want, [2]bool{Loopback(endpoint), Plain(endpoint)}, endpoint)
	}
}
