package server

import "log/slog"

// String is the configuration without secrets.
func (c Config) String() string { return c.LogValue().String() }

// GoString is String.
func (c Config) GoString() string { return c.String() }

// LogValue is the configuration for a log, without secrets.
func (c Config) LogValue() slog.Value {
	token := "from the data folder"
	if c.Token != "" {
		token = "(hidden)"
	}
	hidden := func(secret string) string {
		if secret == "" {
			return ""
		}
		return "(hidden)"
	}
	return slog.GroupValue(
		slog.String("listen", c.Listen), slog.String("data", c.Data), slog.String("model", c.Model),
		slog.String("spicedb", c.SpiceDB), slog.String("token", token),
		slog.String("database", hidden(c.Database)), slog.Bool("auto_migrate", c.AutoMigrate),
		slog.String("spicedb_endpoint", c.SpiceDBEndpoint), slog.String("spicedb_key", hidden(c.SpiceDBKey)),
		slog.Bool("spicedb_plaintext", c.SpiceDBPlaintext), slog.String("spicedb_ca", c.SpiceDBCA),
		slog.String("schema", string(c.Schema)), slog.String("staleness", c.Staleness.String()), slog.String("reconcile_every", c.ReconcileEvery.String()),
		slog.Bool("index", !c.Index.Off), slog.String("index_wait", c.Index.Wait.String()), slog.String("index_silence", c.Index.Silence.String()),
		slog.Any("index_tenants", c.Index.Tenants), slog.Int64("index_max", c.Index.Max), slog.Float64("verify_sample", c.Index.VerifySample),
		slog.String("tls_cert", c.TLSCert), slog.String("tls_key", c.TLSKey), slog.Bool("insecure_listen", c.InsecureListen),
		slog.Int("max_request", c.Limits.Request), slog.Int("max_world", c.Limits.World),
		// As texts: in JSON a slog.Duration is a number of nanoseconds.
		slog.String("request_timeout", c.RequestTimeout.String()), slog.String("world_timeout", c.WorldTimeout.String()),
		slog.String("read_timeout", c.ReadTimeout.String()), slog.String("idle_timeout", c.IdleTimeout.String()),
		slog.String("shutdown_timeout", c.ShutdownTimeout.String()),
	)
}
