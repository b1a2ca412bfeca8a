package remote

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	config, err := Config{Endpoint: "spicedb:50051", PresharedKey: "k"}.complete()
	require.NoError(t, err)
	assert.Equal(t, Config{
		Endpoint: "spicedb:50051", PresharedKey: "k",
		MaxUpdates: 1000, Timeout: 5 * time.Second, Keepalive: 30 * time.Second, Retries: 3,
	}, config)
}

func TestDialRefusesConfig(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("nothing"), 0o600))
	for name, change := range map[string]func(*Config){
		"no key":                 func(c *Config) { c.PresharedKey = "" },
		"no endpoint":            func(c *Config) { c.Endpoint = "" },
		"plaintext and CA":       func(c *Config) { c.Insecure, c.CAFile = true, empty },
		"plaintext and name":     func(c *Config) { c.Insecure, c.ServerName = true, "spicedb" },
		"negative timeout":       func(c *Config) { c.Timeout = -1 },
		"negative keepalive":     func(c *Config) { c.Keepalive = -1 },
		"negative updates":       func(c *Config) { c.MaxUpdates = -1 },
		"too many retries":       func(c *Config) { c.Retries = 5 },
		"a CA that is not there": func(c *Config) { c.CAFile = empty + "x" },
		"a CA that is none":      func(c *Config) { c.CAFile = empty },
	} {
		config := Config{Endpoint: "127.0.0.1:1", PresharedKey: "secret"}
		change(&config)
		conn, err := Dial(t.Context(), config)
		assert.Nil(t, conn, name)
		assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err), name)
		assert.Equal(t, "SPICEDB_CONFIG", iam.ReasonOf(err), name)
		assert.NotContains(t, err.Error(), "secret", name)
	}
}
