package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/ambit-iam/ambit/adapter/api/apitest"
	"github.com/ambit-iam/ambit/adapter/cli"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/server"
)

const (
	keptLine  = "workspace:W1#parent@environment:E1"
	strayLine = "workspace:stray#parent@environment:E1"
)

func TestReconcile(t *testing.T) {
	t.Parallel()
	there := apitest.Start(t)
	s := session{TB: t, flags: []string{"--endpoint", there.Endpoint}}
	there.Apply(t, acme)
	none := s.done("reconcile")
	assert.Regexp(t, `^[1-9][0-9]* relationships compared: no drift\n$`, none)

	there.Write(t, rel.Delete, keptLine)
	there.Write(t, rel.Touch, strayLine)
	drift := "missing  " + keptLine + "\nforeign  " + strayLine + "\n"
	closing := func(ending string) string { return strings.Replace(none, "no drift", ending, 1) }
	r := s.run("reconcile")
	assert.Equal(t, cli.ExitFailed, r.code, r.stderr)
	assert.Empty(t, r.stderr, "drift is an answer, not an error")
	assert.ElementsMatch(t, strings.Split(drift+closing("1 missing, 1 foreign"), "\n"), strings.Split(r.stdout, "\n"))

	r = s.run("reconcile", "--fix")
	assert.Equal(t, cli.ExitDone, r.code, r.stderr)
	assert.ElementsMatch(t, strings.Split(drift+closing("1 missing, 1 foreign; mended"), "\n"), strings.Split(r.stdout, "\n"))
	assert.Equal(t, none, s.done("reconcile"))
}

func TestReconcileForPrograms(t *testing.T) {
	t.Parallel()
	there := apitest.Start(t)
	s := session{TB: t, flags: []string{"--endpoint", there.Endpoint}}
	there.Apply(t, acme)
	type answer struct {
		Compared, Missing, Foreign int
		Fixed                      bool
		Differences                []map[string]any
	}
	var found answer
	text := s.done("reconcile", "-o", "json")
	require.NoError(t, json.Unmarshal([]byte(text), &found))
	assert.Positive(t, found.Compared)
	assert.Contains(t, text, `"differences": []`)
	assert.Contains(t, text, `"fixed": false`)

	there.Write(t, rel.Delete, keptLine)
	r := s.run("reconcile", "-o", "yaml")
	assert.Equal(t, cli.ExitFailed, r.code, r.stderr)
	require.NoError(t, yaml.Unmarshal([]byte(r.stdout), &found))
	assert.Equal(t, 1, found.Missing)
	assert.Equal(t, []map[string]any{{"relationship": keptLine, "foreign": false}}, found.Differences)

	require.NoError(t, json.Unmarshal([]byte(s.done("reconcile", "--fix", "-o", "json")), &found))
	assert.True(t, found.Fixed)
}

// TestReconcileARealServer goes through everything that apitest leaves out.
func TestReconcileARealServer(t *testing.T) {
	t.Parallel()
	config := server.Config{
		Listen: "127.0.0.1:0", Data: t.TempDir(), SpiceDB: "off", Model: "scalr", Token: "a-secret-for-tests-only",
		Logger: slog.New(slog.DiscardHandler), Summary: io.Discard,
	}
	running, err := server.Start(t.Context(), config)
	require.NoError(t, err)
	s := session{TB: t, flags: []string{"--endpoint", running.URL(), "--token", config.Token}}
	assert.Contains(t, s.done("reconcile"), "no drift")
	assert.Contains(t, s.done("reconcile", "--fix"), "no drift")

	r := ambit(t, "reconcile", "--endpoint", running.URL(), "--token", "another-secret-of-tests")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "AMBIT_TOKEN")
	refused, text := post(t, running.URL()+"/v1/world:reconcile", "")
	assert.Equal(t, http.StatusUnauthorized, refused)
	assert.Contains(t, text, "TOKEN_MISSING")
	answered, text := post(t, running.URL()+"/v1/world:reconcile", config.Token)
	assert.Equal(t, http.StatusOK, answered)
	assert.Contains(t, text, `{"result":{`)
	_, text = get(t, running.URL()+"/metrics")
	assert.Contains(t, text, `ambit_request_duration_seconds_count{code="OK",method="/ambit.v1.WorldService/ReconcileWorld"} 3`)
	require.NoError(t, running.Close())

	config.WorldTimeout = time.Nanosecond
	running, err = server.Start(t.Context(), config)
	require.NoError(t, err)
	r = ambit(t, "reconcile", "--endpoint", running.URL(), "--token", config.Token)
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "took too long")
	require.NoError(t, running.Close())
}

// TestReconcileIsInterrupted as Ctrl-C does it.
func TestReconcileIsInterrupted(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := cli.Main(ctx, append([]string{"reconcile"}, s.flags...), strings.NewReader(""), &stdout, &stderr)
	assert.Equal(t, cli.ExitFailed, code)
	assert.Contains(t, stderr.String(), "cancelled")
	assert.Empty(t, stdout.String())
}

func TestReconcileMisuse(t *testing.T) {
	t.Parallel()
	r := ambit(t, "reconcile", "everything")
	assert.Equal(t, cli.ExitMisuse, r.code)
	r = ambit(t, "reconcile", "--fix=perhaps")
	assert.Equal(t, cli.ExitMisuse, r.code)
}

// post sends an empty request, with a token if there is one.
func post(t testing.TB, url, token string) (code int, text string) {
	t.Helper()
	return ask(t, http.MethodPost, url, token)
}

// get fetches a page.
func get(t testing.TB, url string) (code int, text string) {
	t.Helper()
	return ask(t, http.MethodGet, url, "")
}

func ask(t testing.TB, method, url, token string) (code int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(data)
}
