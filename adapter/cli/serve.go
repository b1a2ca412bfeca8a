package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/server"
)

// serve maps flags onto the server's configuration. Their defaults are the
// server's own: an empty flag leaves the field empty.
func (a *app) serve() *cobra.Command {
	config := server.Config{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a server",
		Long: `Runs a server: gRPC and REST on one port, a database in the data folder, SpiceDB in this
process. The first start makes the folder and a token; the summary says where they are.
Ctrl-C ends it after the requests that are running.

In production several servers share a PostgreSQL database (--database) and a SpiceDB
cluster (--spicedb-endpoint); secrets are better given as variables, AMBIT_DATABASE,
AMBIT_SPICEDB_KEY and AMBIT_TOKEN. docs/operations.md tells the rest.`,
		Example: "  ambit serve\n  ambit serve --model stackit --data ./stackit --listen 127.0.0.1:9000\n  ambit serve --listen :8420 --tls-cert cert.pem --tls-key key.pem\n" +
			"  ambit serve --database postgres://ambit@db/ambit --auto-migrate --spicedb-endpoint spicedb:50051",
		Args: cobra.NoArgs,
	}
	serverFlags(cmd.Flags(), &config)
	level := cmd.Flags().String("log-level", "info", "debug, info, warn or error")
	format := cmd.Flags().String("log-format", "", "text or json (default: text on a terminal, else json)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		logger, err := newLogger(a.stderr, *level, *format)
		if err != nil {
			return err
		}
		config.Token, config.Logger, config.Summary = a.settings.token, logger, a.stdout
		config.Staleness, config.ReconcileEvery = orNever(config.Staleness), orNever(config.ReconcileEvery)
		config.Index.Wait = orNever(config.Index.Wait)
		if err := config.Validate(); err != nil {
			return misuse(err.Error(), "")
		}
		if err := server.Run(cmd.Context(), config); err != nil {
			return here{err}
		}
		return nil
	}
	return cmd
}

// serverFlags adds a flag for each field of the configuration.
func serverFlags(flags *pflag.FlagSet, config *server.Config) {
	flags.StringVar(&config.Listen, "listen", "", `address of gRPC and REST (default "127.0.0.1:8420")`)
	backingFlags(flags, config)
	flags.StringVar((*string)(&config.Schema), "schema", "apply", "schema in SpiceDB: apply, verify or replace")
	flags.DurationVar(&config.Staleness, "staleness", time.Second, "what answers without a token may miss of other servers' writes; 0: nothing")
	indexFlags(flags, config)
	flags.DurationVar(&config.ReconcileEvery, "reconcile-every", time.Hour, "how often SpiceDB is compared with the database; 0: never")
	flags.StringVar(&config.SpiceDB, "spicedb", "", `loopback address for zed to look, or off (default "127.0.0.1:50051")`)
	flags.StringVar(&config.TLSCert, "tls-cert", "", "PEM file of the certificate")
	flags.StringVar(&config.TLSKey, "tls-key", "", "PEM file of the key")
	flags.BoolVar(&config.InsecureListen, "insecure-listen", false, "allow --listen beyond this machine without TLS")
	flags.IntVar(&config.Limits.Request, "max-request", 0, "largest request in bytes (default 4 MiB)")
	flags.IntVar(&config.Limits.World, "max-world", 0, "largest world to apply in bytes (default 64 MiB)")
	flags.DurationVar(&config.RequestTimeout, "request-timeout", 0, "longest request (default 30s)")
	flags.DurationVar(&config.WorldTimeout, "world-timeout", 0, "longest apply or export (default 5m)")
	flags.DurationVar(&config.ReadTimeout, "read-timeout", 0, "longest that a client may take to send a request (default 1m)")
	flags.DurationVar(&config.IdleTimeout, "idle-timeout", 0, "ends connections that nobody uses (default 2m)")
	flags.DurationVar(&config.ShutdownTimeout, "shutdown-timeout", 0, "how long requests may go on after the end began (default 15s)")
}

// indexFlags adds the flags of the index.
func indexFlags(flags *pflag.FlagSet, config *server.Config) {
	flags.Func("index", "on: answer from memory whenever that is fresh enough; off: SpiceDB answers everything (default on)", func(text string) error {
		on, err := strconv.ParseBool(text)
		switch {
		case text == "on" || text == "off":
			on = text == "on"
		case err != nil:
			return errors.New("say on or off")
		}
		config.Index.Off = !on
		return nil
	})
	flags.DurationVar(&config.Index.Wait, "index-wait", 20*time.Millisecond, "how long a question waits for the index to have a write, before SpiceDB is asked; 0: not at all")
	flags.DurationVar(&config.Index.Silence, "index-silence", 2*time.Second, "how old the index may be, where other servers write too, before SpiceDB is asked")
	flags.Func("index-tenants", "tenants that the index holds, with commas, as in account:a,account:b; SpiceDB answers about others (default: all)", func(text string) error {
		var err error
		config.Index.Tenants, err = parseTenants(text)
		return err
	})
	flags.Var((*size)(&config.Index.Max), "index-max", "memory that the index may take, as in 512MiB: then it holds the tenants that were asked about lately; 0: no bound, all tenants")
	flags.Float64Var(&config.Index.VerifySample, "verify-sample", 0, "share of answers, from 0 to 1, that are compared with SpiceDB's in the background")
}

// parseTenants reads references with commas between them.
func parseTenants(text string) ([]iam.Ref, error) {
	var tenants []iam.Ref
	for item := range strings.SplitSeq(text, ",") {
		tenant, err := iam.ParseRef("index-tenants", strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, tenant)
	}
	return tenants, nil
}

// backingFlags adds the flags of what a server stands on.
func backingFlags(flags *pflag.FlagSet, config *server.Config) {
	databaseFlags(flags, config)
	flags.StringVar(&config.Model, "model", "", `model: a name, or the path of a file (default "scalr")`)
	flags.BoolVar(&config.AutoMigrate, "auto-migrate", false, "bring an older PostgreSQL database to this version first")
	flags.StringVar(&config.SpiceDBEndpoint, "spicedb-endpoint", "", "a SpiceDB elsewhere: host:port, several with commas (default: one in this process)")
	flags.StringVar(&config.SpiceDBKey, "spicedb-key", "", "its pre-shared key")
	flags.BoolVar(&config.SpiceDBPlaintext, "spicedb-plaintext", false, "speak to it without TLS")
	flags.StringVar(&config.SpiceDBCA, "spicedb-ca", "", "PEM file of certificates to trust for it (default: the system's)")
}

// databaseFlags adds the flags that say where the database is.
func databaseFlags(flags *pflag.FlagSet, config *server.Config) {
	flags.StringVar(&config.Data, "data", "", "folder of database and secrets (default: $XDG_DATA_HOME/ambit or ~/.local/share/ambit)")
	flags.StringVar(&config.Database, "database", "", "PostgreSQL, postgres://user:password@host:5432/name (default: SQLite in the data folder)")
}

// orNever turns a flag's 0, which means none, into what the server takes for
// that: its own 0 is the default.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// newLogger returns the logger that the flags ask for.
func newLogger(to io.Writer, level, format string) (*slog.Logger, error) {
	var options slog.HandlerOptions
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, misuse(fmt.Sprintf("--log-level is debug, info, warn or error, not %q", level), "")
	}
	options.Level = least
	if file, ok := to.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		format = cmp.Or(format, "text")
	}
	switch cmp.Or(format, "json") {
	case "text":
		return slog.New(slog.NewTextHandler(to, &options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, &options)), nil
	}
	return nil, misuse(fmt.Sprintf("--log-format is text or json, not %q", format), "")
}
