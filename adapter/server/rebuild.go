package server

import (
	"context"
	"errors"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// Rebuild fills the empty SpiceDB of the configuration from its database, and
// returns how many relationships it has then. Errors are sentences for the
// person who started it.
func Rebuild(ctx context.Context, config Config, progress func(done uint64)) (done uint64, err error) {
	if config.SpiceDBEndpoint == "" {
		return 0, errors.New("there is nothing to rebuild: the SpiceDB of ambit serve is filled at each start; say --spicedb-endpoint for one elsewhere")
	}
	if err := config.check(); err != nil {
		return 0, err
	}
	if config, err = config.withDefaults(); err != nil {
		return 0, err
	}
	model, err := LoadModel(config.Model)
	if err != nil {
		return 0, err
	}
	data, err := config.openData()
	if err != nil {
		return 0, err
	}
	core := &Core{}
	core.opened.add(data.close)
	adapt, err := core.open(ctx, model, coreConfig{
		backing: config.Backing, file: data.file(databaseFile), spiceDB: embedded.Config{}, logger: config.Logger,
	})
	if err == nil {
		done, err = adapter.Rebuild(ctx, adapt, progress)
	}
	return done, errors.Join(err, core.Close())
}
