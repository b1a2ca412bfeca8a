package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

// Backing says what a server stands on. The zero value is a SQLite database in
// the data folder and a SpiceDB in this process.
type Backing struct {
	// Database is the URL of a PostgreSQL database, postgres://user:password@host/name.
	// It needs SpiceDBEndpoint and Token, since several servers can use it.
	Database string
	// AutoMigrate brings an older PostgreSQL database to our version at the start.
	// Otherwise it is refused. SQLite is always migrated.
	AutoMigrate bool
	// SpiceDBEndpoint is the address of a SpiceDB, "host:port", several with commas
	// between them, or a name for gRPC's resolver, "dns:///spicedb:50051".
	SpiceDBEndpoint string
	// SpiceDBKey is its pre-shared key.
	SpiceDBKey string
	// SpiceDBPlaintext speaks to it without TLS.
	SpiceDBPlaintext bool
	// SpiceDBCA is a PEM file of certificates to trust. Default: the system's.
	SpiceDBCA string
	// Schema says what to do about the schema in SpiceDB. Default: apply.
	Schema adapter.SchemaMode
	// Staleness is what an answer without a token may miss of the writes of other
	// servers on the same database. Default: 1 s; below 0: none.
	Staleness time.Duration
	// Index says how questions are answered from memory. Default: whenever the index
	// is fresh enough.
	Index adapter.IndexConfig
	// ReconcileEvery is how often the content of SpiceDB is compared with the
	// database, for the metrics. Default: 1 h; below 0: never.
	ReconcileEvery time.Duration
}

func (b Backing) withDefaults() Backing {
	b.Schema = cmp.Or(b.Schema, adapter.SchemaApply)
	b.Staleness = cmp.Or(b.Staleness, time.Second)
	b.ReconcileEvery = cmp.Or(b.ReconcileEvery, time.Hour)
	return b
}

// shared reports whether other servers may use the same database.
func (b Backing) shared() bool { return b.Database != "" }

// check says what is wrong with b, as Config.Validate does.
func (b Backing) check() error {
	errs := []error{b.checkDatabase()}
	if b.shared() && b.SpiceDBEndpoint == "" {
		errs = append(errs, errors.New("a PostgreSQL database needs a SpiceDB that all its servers share: say --spicedb-endpoint (AMBIT_SPICEDB_ENDPOINT)"))
	}
	if b.SpiceDBEndpoint != "" && b.SpiceDBKey == "" {
		errs = append(errs, errors.New("a SpiceDB endpoint needs its pre-shared key: say --spicedb-key (AMBIT_SPICEDB_KEY)"))
	}
	if b.SpiceDBPlaintext && b.SpiceDBCA != "" {
		errs = append(errs, errors.New("either plaintext or a CA for SpiceDB, not both"))
	}
	if share := b.Index.VerifySample; share < 0 || share > 1 {
		errs = append(errs, fmt.Errorf("the sample of answers to verify is a share from 0 to 1, not %v", share))
	}
	if b.Index.Silence < 0 {
		errs = append(errs, fmt.Errorf("the silence of the index is a time above 0, not %s", b.Index.Silence))
	}
	if b.Index.Max < 0 {
		errs = append(errs, fmt.Errorf("the bound of the index is a size above 0, or 0 for none, not %d", b.Index.Max))
	}
	switch b.Schema {
	case "", adapter.SchemaApply, adapter.SchemaVerify, adapter.SchemaReplace:
	default:
		errs = append(errs, fmt.Errorf("the schema mode is apply, verify or replace, not %q", b.Schema))
	}
	return errors.Join(errs...)
}

func (b Backing) checkDatabase() error {
	if b.Database == "" || strings.HasPrefix(b.Database, "postgres://") || strings.HasPrefix(b.Database, "postgresql://") {
		return nil
	}
	return errors.New("the database is a URL of PostgreSQL, as in postgres://user:password@host:5432/ambit; leave it out for SQLite")
}

// openStore opens the database: b's, or the SQLite file.
func (b Backing) openStore(ctx context.Context, model *schema.Model, file string, logger *slog.Logger) (adapter.Store, error) {
	config := storeConfig(model, logger)
	var store adapter.Store
	var err error
	if b.Database == "" {
		store, err = sqlstore.OpenSQLite(ctx, file, config)
	} else {
		config.NoMigrate = !b.AutoMigrate
		store, err = sqlstore.OpenPostgres(ctx, b.Database, config)
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return store, nil
}

// storeConfig is the same for all databases.
func storeConfig(model *schema.Model, logger *slog.Logger) sqlstore.Config {
	return sqlstore.Config{Logger: logger, Subjects: sqlstore.SubjectsOf(model)}
}

// engine is a SpiceDB that something has to close.
type engine struct {
	adapter.ContentEngine
	io.Closer
	// local is nil for a SpiceDB elsewhere.
	local *embedded.Server
}

// openEngine connects to b's SpiceDB, or starts one here.
func (b Backing) openEngine(ctx context.Context, here embedded.Config) (engine, error) {
	if b.SpiceDBEndpoint == "" {
		server, err := embedded.Start(ctx, here)
		if err != nil {
			return engine{}, listenError("--spicedb", here.Listen, err)
		}
		return engine{ContentEngine: server.Engine(), Closer: closer(server.Close), local: server}, nil
	}
	conn, err := remote.Dial(ctx, remote.Config{
		Endpoint: b.SpiceDBEndpoint, PresharedKey: b.SpiceDBKey, Insecure: b.SpiceDBPlaintext, CAFile: b.SpiceDBCA,
	})
	if err != nil {
		return engine{}, err
	}
	if err := conn.RequireWatch(ctx); err != nil {
		return engine{}, errors.Join(err, conn.Close())
	}
	return engine{ContentEngine: conn.Engine(), Closer: closer(conn.Close)}, nil
}

type closer func() error

// Close lets a function be an io.Closer.
func (c closer) Close() error { return c() }
