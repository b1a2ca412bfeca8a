package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

// Embedded is an adapter with a store and a SpiceDB of its own in this process,
// without a port for clients. Make one with OpenEmbedded.
type Embedded struct {
	// Adapter has the use cases.
	Adapter *adapter.Adapter

	store   adapter.Store
	engine  adapter.Content
	spiceDB *embedded.Server
	opened  parts
}

// OpenEmbedded returns an adapter for the model whose store and SpiceDB are
// empty and gone after Close: for scenario files and tests.
func OpenEmbedded(ctx context.Context, model *schema.Model) (*Embedded, error) {
	return openEmbedded(ctx, model, embeddedConfig{database: ":memory:", logger: slog.New(slog.DiscardHandler)})
}

// embeddedConfig is what differs between a server and a test.
type embeddedConfig struct {
	database string
	spiceDB  embedded.Config
	logger   *slog.Logger
}

func openEmbedded(ctx context.Context, model *schema.Model, config embeddedConfig) (*Embedded, error) {
	e := &Embedded{}
	if err := e.open(ctx, model, config); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Embedded) open(ctx context.Context, model *schema.Model, config embeddedConfig) error {
	store, err := sqlstore.OpenSQLite(ctx, config.database, sqlstore.Config{
		Logger: config.logger,
		Subjects: sqlstore.SubjectTypes{
			User:           model.TypeOf(schema.KindUser),
			ServiceAccount: model.TypeOf(schema.KindServiceAccount),
			Group:          model.TypeOf(schema.KindGroup),
		},
	})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	e.store = store
	e.opened.add(store.Close)
	if e.spiceDB, err = embedded.Start(ctx, config.spiceDB); err != nil {
		return listenError("--spicedb", config.spiceDB.Listen, err)
	}
	e.opened.add(e.spiceDB.Close)
	engine := e.spiceDB.Engine()
	e.engine = engine
	if e.Adapter, err = adapter.New(ctx, adapter.Config{Model: model, Store: store, Engine: engine, Logger: config.logger}); err != nil {
		return fmt.Errorf("start the adapter: %w", err)
	}
	e.opened.add(e.Adapter.Close)
	return nil
}

// Close ends adapter, SpiceDB and store.
func (e *Embedded) Close() error { return e.opened.close() }

// spiceDBAddress is where zed can look, or "".
func (e *Embedded) spiceDBAddress() string {
	if address := e.spiceDB.Addr(); address != nil {
		return address.String()
	}
	return ""
}

// parts are what has been started, to be ended last to first.
type parts struct {
	ends []func() error
}

func (p *parts) add(end func() error) { p.ends = append(p.ends, end) }

// close ends all parts, once.
func (p *parts) close() error {
	var errs []error
	for _, end := range slices.Backward(p.ends) {
		errs = append(errs, end())
	}
	p.ends = nil
	return errors.Join(errs...)
}
