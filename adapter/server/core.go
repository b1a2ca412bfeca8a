package server

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/schema"
)

// Core is an adapter with the store and the SpiceDB that it works on, without a
// port for clients.
type Core struct {
	// Adapter has the use cases.
	Adapter *adapter.Adapter

	store  adapter.Store
	engine engine
	opened parts
}

// OpenEmbedded returns an adapter for the model whose store and SpiceDB are
// empty and gone after Close: for scenario files and tests.
func OpenEmbedded(ctx context.Context, model *schema.Model) (*Core, error) {
	return openCore(ctx, model, coreConfig{file: ":memory:", logger: slog.New(slog.DiscardHandler)})
}

// coreConfig is what differs between servers and tests.
type coreConfig struct {
	backing Backing
	// file is the SQLite database, spiceDB the server here, unless backing says
	// otherwise.
	file    string
	spiceDB embedded.Config
	logger  *slog.Logger
}

func openCore(ctx context.Context, model *schema.Model, config coreConfig) (*Core, error) {
	c := &Core{}
	adapt, err := c.open(ctx, model, config)
	if err == nil {
		c.Adapter, err = adapter.New(ctx, adapt)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.opened.add(c.Adapter.Close)
	return c, nil
}

// open opens store and engine, and returns what an adapter on them needs.
func (c *Core) open(ctx context.Context, model *schema.Model, config coreConfig) (adapter.Config, error) {
	backing := config.backing.withDefaults()
	var err error
	if c.store, err = backing.openStore(ctx, model, config.file, config.logger); err != nil {
		return adapter.Config{}, err
	}
	c.opened.add(c.store.Close)
	if c.engine, err = backing.openEngine(ctx, config.spiceDB); err != nil {
		return adapter.Config{}, err
	}
	c.opened.add(c.engine.Close)
	return adapter.Config{
		Model: model, Store: c.store, Engine: c.engine, Logger: config.logger,
		Shared: backing.shared(), Staleness: max(0, backing.Staleness), Schema: backing.Schema, Index: backing.Index,
	}, nil
}

// Close ends adapter, SpiceDB and store.
func (c *Core) Close() error { return c.opened.close() }

// spiceDBAddress is where zed can look into the SpiceDB of this process, or "".
func (c *Core) spiceDBAddress() string {
	if c.engine.local == nil {
		return ""
	}
	if address := c.engine.local.Addr(); address != nil {
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
