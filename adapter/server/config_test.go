package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config Config
		want   string // part of the sentence; empty: right
	}{
		"zero":                {Config{}, ""},
		"loopback":            {Config{Listen: "[::1]:1"}, ""},
		"localhost":           {Config{Listen: "localhost:1"}, ""},
		"everywhere":          {Config{Listen: ":8420"}, "--insecure-listen"},
		"everywhere, IPv4":    {Config{Listen: "0.0.0.0:8420"}, "--insecure-listen"},
		"a name":              {Config{Listen: "ambit.example.com:8420"}, "--insecure-listen"},
		"everywhere, allowed": {Config{Listen: ":8420", InsecureListen: true}, ""},
		"everywhere, TLS":     {Config{Listen: ":8420", TLSCert: "c", TLSKey: "k"}, ""},
		"half of TLS":         {Config{TLSCert: "c"}, "both a certificate and a key"},
		"no address":          {Config{Listen: "8420"}, "host:port"},
		"SpiceDB off":         {Config{SpiceDB: "off"}, ""},
		"SpiceDB 0":           {Config{SpiceDB: "0"}, ""},
		"SpiceDB everywhere":  {Config{SpiceDB: ":50051"}, "no loopback address"},
		"short token":         {Config{Token: "short"}, "shorter than 16"},
		"negative time":       {Config{RequestTimeout: -1}, "request timeout"},
		"production":          {Config{Token: testSecret, Backing: production()}, ""},
		"no token":            {Config{Backing: production()}, "--token"},
		"SpiceDB twice":       {Config{SpiceDB: "127.0.0.1:1", Backing: Backing{SpiceDBEndpoint: "s:1", SpiceDBKey: "k"}}, "not both"},
		"another database":    {Config{Token: testSecret, Backing: Backing{Database: "mysql://x"}}, "a URL of PostgreSQL"},
		"database alone":      {Config{Token: testSecret, Backing: Backing{Database: "postgres://x"}}, "--spicedb-endpoint"},
		"no key":              {Config{Backing: Backing{SpiceDBEndpoint: "s:1"}}, "--spicedb-key"},
		"SQLite and SpiceDB":  {Config{Backing: Backing{SpiceDBEndpoint: "s:1", SpiceDBKey: "k"}}, ""},
		"plaintext with a CA": {Config{Backing: Backing{SpiceDBPlaintext: true, SpiceDBCA: "ca.pem"}}, "not both"},
		"schema mode":         {Config{Backing: Backing{Schema: "guess"}}, "apply, verify or replace"},
	} {
		err := test.config.Validate()
		if test.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, test.want, name)
	}
}

func production() Backing {
	return Backing{Database: "postgres://u:db-secret@h/d", SpiceDBEndpoint: "s:1", SpiceDBKey: "key-secret"}
}

func TestConfigIsLoggedWithoutSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("configuration", "config", Config{Token: testSecret, Listen: "here:1"})
	require.Contains(t, log.String(), "here:1")
	require.NotContains(t, log.String(), testSecret)
	log.Reset()
	slog.New(slog.NewJSONHandler(&log, nil)).Info("configuration", "config", Config{RequestTimeout: 30 * time.Second})
	require.Contains(t, log.String(), `"request_timeout":"30s"`)
	require.NotContains(t, fmt.Sprint(Config{Token: testSecret}), testSecret)
	require.NotContains(t, fmt.Sprint(Config{Backing: production()}), "-secret")
}

func TestDataFolder(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/new/folder"
	first, err := openData(path)
	require.NoError(t, err)
	_, err = openData(path)
	require.ErrorContains(t, err, "another server uses the data folder "+path)
	require.NoError(t, first.close())
	again, err := openData(path)
	require.NoError(t, err)
	require.NoError(t, again.close())
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	running := started(t, testConfig(t))
	for name, test := range map[string]struct {
		spoil func(*Config)
		want  string
	}{
		"port in use":           {func(c *Config) { c.Listen = running.Addr().String() }, running.Addr().String() + " is in use by another program"},
		"folder in use":         {func(c *Config) { c.Data = running.config.Data }, "another server uses the data folder"},
		"no folder":             {func(c *Config) { c.Data = "/dev/null/ambit" }, "the data folder /dev/null/ambit cannot be made"},
		"no model":              {func(c *Config) { c.Model = "nothing" }, `no model is called "nothing"`},
		"no model file":         {func(c *Config) { c.Model = "./nothing.yaml" }, "the model file ./nothing.yaml cannot be read"},
		"no certificate":        {func(c *Config) { c.TLSCert, c.TLSKey = "nothing.pem", "nothing.key" }, "the TLS certificate nothing.pem"},
		"short token":           {func(c *Config) { c.Token = "short" }, "shorter than 16"},
		"SpiceDB's port in use": {func(c *Config) { c.SpiceDB = running.Addr().String() }, running.Addr().String() + " is in use by another program; choose another address with --spicedb"},
	} {
		config := testConfig(t)
		test.spoil(&config)
		_, err := Start(t.Context(), config)
		require.ErrorContains(t, err, test.want, name)
		require.NotContains(t, err.Error(), "\n", name)
	}
}

// TestNoTokenWithoutAPort wants no secret on disk from a start that failed.
func TestNoTokenWithoutAPort(t *testing.T) {
	t.Parallel()
	config := testConfig(t)
	config.Token, config.Listen = "", started(t, testConfig(t)).Addr().String()
	_, err := Start(t.Context(), config)
	require.ErrorContains(t, err, "in use")
	require.NoFileExists(t, filepath.Join(config.Data, tokenFileName))
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"0.0.0.0:1": "tcp4", "127.0.0.1:0": "tcp4", "[::]:1": "tcp", ":1": "tcp", "localhost:1": "tcp",
	} {
		require.Equal(t, want, network(address), address)
	}
}
