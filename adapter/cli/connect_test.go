package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTokensStayOffTheWire asks a server that is not there, under a name that
// nobody has.
func TestTokensStayOffTheWire(t *testing.T) {
	const there = "http://ambit.invalid:8420"
	home := t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	require.NoError(t, os.Mkdir(filepath.Join(home, "ambit"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, "ambit", "token"), []byte("ambit_the_local_secret\n"), 0o600))
	ask := func(endpoint string, more ...string) result {
		return ambit(t, append([]string{"check", "user:ann", "accounts:read", "account:A", "--endpoint", endpoint}, more...)...)
	}
	refused := ask(there, "--token", "ambit_some_secret")
	require.Equal(t, 2, refused.code, refused.stderr)
	require.Contains(t, refused.stderr, "AMBIT_INSECURE")
	require.NotContains(t, refused.stderr, "ambit_some_secret")
	require.NotContains(t, ask(there).stderr, "AMBIT_INSECURE", "the local token is not for this server")
	require.NotContains(t, ask("https://ambit.invalid", "--token", "ambit_some_secret").stderr, "AMBIT_INSECURE")
	t.Setenv("AMBIT_INSECURE", "true")
	require.NotContains(t, ask(there, "--token", "ambit_some_secret").stderr, "AMBIT_INSECURE")
}
