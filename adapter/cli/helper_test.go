package cli_test

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/cli"
	"github.com/ambit-iam/ambit/adapter/server"
)

// result is what a run of ambit left.
type result struct {
	code           int
	stdout, stderr string
}

// ambit runs the program with arguments.
func ambit(t testing.TB, args ...string) result { return ambitWith(t, "", args...) }

// ambitWith runs the program with something on standard input.
func ambitWith(t testing.TB, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// file writes a file and returns its path.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// session is a server and how to reach it.
type session struct {
	testing.TB
	flags []string
}

// serve starts a server in this process.
func serve(t testing.TB) session {
	t.Helper()
	running, err := server.Start(t.Context(), server.Config{
		Listen: "127.0.0.1:0", Data: t.TempDir(), SpiceDB: "off", Model: "scalr", Token: "a-secret-for-tests-only",
		Logger: slog.New(slog.DiscardHandler), Summary: io.Discard,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	return session{TB: t, flags: []string{"--endpoint", running.URL(), "--token", "a-secret-for-tests-only"}}
}

// run runs the program on the session's server.
func (s session) run(args ...string) result {
	s.Helper()
	return ambit(s.TB, append(args, s.flags...)...)
}

// done runs the program, which must succeed, and returns what it printed.
func (s session) done(args ...string) string {
	s.Helper()
	r := s.run(args...)
	require.Equal(s.TB, cli.ExitDone, r.code, "ambit %v: %s", args, r.stderr)
	return r.stdout
}
