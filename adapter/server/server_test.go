package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

func TestMetricsBeyondLoopbackNeedTheToken(t *testing.T) {
	t.Parallel()
	config := testConfig(t)
	config.Listen, config.InsecureListen = "0.0.0.0:0", true
	server := started(t, config)
	web := browser(t, &http.Transport{})
	code, body := send(t, web, http.MethodGet, server.URL()+"/metrics", "")
	require.Equal(t, http.StatusUnauthorized, code, body)
	code, _ = send(t, web, http.MethodGet, server.URL()+"/metrics", "", "Authorization", bearer)
	require.Equal(t, http.StatusOK, code)
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	server := started(t, testConfig(t))
	c := dialed(t, server)
	_, err := c.Users.CreateUser(t.Context(), &ambitv1.CreateUserRequest{User: &ambitv1.User{Id: "ann"}})
	require.NoError(t, err)
	_, err = c.Access.Check(t.Context(), &ambitv1.CheckRequest{Subject: "user:ann", Permission: "accounts:read", Object: "account:none"})
	require.NoError(t, err)
	_, body := send(t, browser(t, &http.Transport{}), http.MethodGet, server.URL()+"/metrics", "")
	require.Contains(t, body, `ambit_checks_total{reason="OBJECT_UNKNOWN"} 1`)
	require.Contains(t, body, `ambit_writes_total{applied="true",method="/ambit.v1.UserService/CreateUser"} 1`)
	require.Contains(t, body, `ambit_request_duration_seconds_count{code="OK",method="/ambit.v1.AccessService/Check"} 1`)
	require.Contains(t, body, "go_goroutines")
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, trust := selfSigned(t)
	config := testConfig(t)
	config.TLSCert, config.TLSKey = writePEM(t, certificate)
	server := started(t, config)
	require.True(t, strings.HasPrefix(server.URL(), "https://"))
	c := dialed(t, server, client.WithTLS(&tls.Config{RootCAs: trust}))
	_, err := c.Users.ListUsers(t.Context(), &ambitv1.ListUsersRequest{})
	require.NoError(t, err)
	// This browser offers h2 too, as all do.
	web := browser(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}, ForceAttemptHTTP2: true})
	code, body := send(t, web, http.MethodGet, server.URL()+"/v1/users", "", "Authorization", bearer)
	require.Equal(t, http.StatusOK, code, body)
}

func writePEM(t testing.TB, certificate tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	key, err := x509.MarshalECPrivateKey(certificate.PrivateKey.(*ecdsa.PrivateKey))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}), 0o600))
	return certFile, keyFile
}

func TestRestartKeepsEverything(t *testing.T) {
	t.Parallel()
	var first, second, log bytes.Buffer
	config := testConfig(t)
	config.Token, config.SpiceDB, config.Summary = "", "127.0.0.1:0", &first
	config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, err := Start(t.Context(), config)
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(config.Data, "token"))
	require.NoError(t, err)
	token := strings.TrimSpace(string(data))
	require.Contains(t, first.String(), token, "a new token is shown")
	require.Contains(t, first.String(), "zed --insecure --endpoint 127.0.0.1:")

	c, err := client.Dial(server.URL(), token)
	require.NoError(t, err)
	_, err = c.Users.CreateUser(t.Context(), &ambitv1.CreateUserRequest{User: &ambitv1.User{Id: "ann"}})
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, server.Close())
	require.NoError(t, server.Close(), "closing again is nothing")

	config.Summary = &second
	server = started(t, config)
	require.NotContains(t, second.String(), token, "a known token is not shown again")
	require.NotContains(t, log.String(), token)
	code, body := send(t, browser(t, &http.Transport{}), http.MethodGet, server.URL()+"/v1/users/ann", "", "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, code, body)
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	config := testConfig(t)
	config.Summary = writerFunc(func([]byte) { cancel() }) // it is up
	require.NoError(t, Run(ctx, config))
}

type writerFunc func([]byte)

func (f writerFunc) Write(data []byte) (int, error) {
	f(data)
	return len(data), nil
}
