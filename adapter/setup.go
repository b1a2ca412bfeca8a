package adapter

import (
	"context"
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// SchemaMode says what to do about the schema that SpiceDB holds at the start.
type SchemaMode string

// The modes.
const (
	// SchemaApply writes the model's schema where there is none or an older one of
	// the same database. A foreign schema, or a newer one, is refused.
	SchemaApply SchemaMode = "apply"
	// SchemaVerify refuses every schema but the model's own.
	SchemaVerify SchemaMode = "verify"
	// SchemaReplace writes the model's schema over whatever is there, and deletes
	// all relationships that do not follow from the store.
	SchemaReplace SchemaMode = "replace"
)

// The names under which a database remembers its engine.
const (
	// metaDatabase names the database for SpiceDB.
	metaDatabase = "database"
	// metaDigest is of the model by which SpiceDB was filled last.
	metaDigest = "model_digest"
	// metaUnfinished is set while SpiceDB is being filled or mended.
	metaUnfinished = "engine_unfinished"
)

// setUp checks that store, engine and model fit, and brings the engine to the
// state of the store: it fills an empty one, and mends one that was filled by an
// older model or not to the end. No other process writes meanwhile.
func (a *Adapter) setUp(ctx context.Context) error {
	err := a.store.Alone(ctx, func(ctx context.Context) error {
		changed, err := a.claimModel(ctx)
		if err != nil {
			return err
		}
		held, err := a.engine.Schema(ctx)
		switch {
		case err != nil:
			return err
		case held == "" && a.config.Schema == SchemaVerify:
			return iam.Forbidden("SCHEMA_MISSING", "schema", "", "SpiceDB holds no schema; start once with --schema=apply")
		case held == "":
			_, err = a.build(ctx, nil)
			return err
		}
		return a.adopt(ctx, held, changed)
	})
	if err != nil {
		return err
	}
	if err := a.relay.Sweep(ctx); err != nil {
		a.config.Logger.Warn("some changes wait for SpiceDB", "error", err)
	}
	return nil
}

// adopt takes an engine that has a schema.
func (a *Adapter) adopt(ctx context.Context, held string, changed bool) error {
	mine, err := a.identity(ctx)
	if err != nil {
		return err
	}
	differences, err := a.engine.SchemaDifference(ctx, a.Schema())
	if err != nil {
		return err
	}
	if err := a.checkIdentity(ctx, mine, differences); err != nil {
		return err
	}
	unfinished, err := a.store.Meta().Get(ctx, metaUnfinished)
	if err != nil {
		return err
	}
	ahead, err := a.ahead(ctx)
	if err != nil {
		return err
	}
	if len(differences) > 0 {
		err = a.moveSchema(ctx, held)
	} else if changed || ahead || unfinished != "" || a.config.Schema == SchemaReplace {
		_, err = a.mend(ctx, ReconcileOptions{})
	}
	if err != nil {
		return err
	}
	if err := a.engine.SetIdentity(ctx, mine); err != nil {
		return err
	}
	return a.store.Meta().Set(ctx, metaDigest, digest(a.model))
}

// checkIdentity refuses a SpiceDB of somebody else, unless told otherwise.
func (a *Adapter) checkIdentity(ctx context.Context, mine rel.Identity, differences []string) error {
	theirs, err := a.engine.Identity(ctx)
	if err != nil || a.config.Schema == SchemaReplace {
		return err
	}
	shown := strings.Join(differences[:min(len(differences), shownOrphans)], "; ")
	switch {
	case theirs == (rel.Identity{}) && len(differences) > 0:
		return iam.Forbidden("SCHEMA_FOREIGN", "schema", a.model.Name,
			"SpiceDB holds a schema that Ambit did not write ("+shown+"); use another SpiceDB, or --schema=replace")
	case theirs == (rel.Identity{}):
		return nil
	case theirs.Database != mine.Database:
		return iam.Forbidden("OTHER_DATABASE", "schema", "",
			"SpiceDB holds the content of another Ambit database; use another SpiceDB, or --schema=replace")
	case theirs.Model != mine.Model || theirs.Version > mine.Version:
		return iam.Forbidden("SCHEMA_NEWER", "schema", a.model.Name, fmt.Sprintf(
			"SpiceDB holds version %d of the model %s; this is version %d of %s; use that, or --schema=replace",
			theirs.Version, theirs.Model, mine.Version, mine.Model))
	case a.config.Schema == SchemaVerify && len(differences) > 0:
		return iam.Forbidden("SCHEMA_MISMATCH", "schema", a.model.Name, "SpiceDB holds another schema: "+shown+"; start once with --schema=apply")
	}
	return nil
}

// identity returns what SpiceDB is to say of its content. The database gets its
// name here.
func (a *Adapter) identity(ctx context.Context) (rel.Identity, error) {
	database, err := a.store.Meta().Get(ctx, metaDatabase)
	if err == nil && database == "" {
		database = newULID(a.config.Clock)()
		err = a.store.Meta().Set(ctx, metaDatabase, database)
	}
	return rel.Identity{Model: a.model.Name, Version: a.model.Version, Database: database}, err
}

// ahead reports whether SpiceDB holds changes that the store does not know: the
// store was restored from a backup.
func (a *Adapter) ahead(ctx context.Context) (bool, error) {
	held, err := a.engine.Positions(ctx)
	if err != nil || len(held) == 0 {
		return false, err
	}
	last, err := a.positions(ctx)
	known := byName(last)
	for tenant, seq := range held {
		if seq > known[tenant] {
			return true, err
		}
	}
	return false, err
}

// positions returns the number of each tenant's last change.
func (a *Adapter) positions(ctx context.Context) (map[iam.Ref]uint64, error) {
	var last map[iam.Ref]uint64
	err := a.store.Read(ctx, func(rows Rows) (err error) {
		last, err = rows.Positions(ctx)
		return err
	})
	return last, err
}

// moveSchema brings SpiceDB from an older schema to the model's. In between it
// holds both, so that no tuple of a kept permission is ever missing.
func (a *Adapter) moveSchema(ctx context.Context, held string) error {
	both, err := schema.Union(held, a.Schema())
	if err != nil {
		return iam.Failed("reading the schema that SpiceDB holds", err)
	}
	if err := a.engine.WriteSchema(ctx, both); err != nil {
		return err
	}
	if _, err := a.mend(ctx, ReconcileOptions{}); err != nil {
		return err
	}
	return a.engine.WriteSchema(ctx, a.Schema())
}

// build fills an empty engine from the store, and returns how many tuples it
// has now. A process that ends in the middle leaves a note for the next one.
func (a *Adapter) build(ctx context.Context, progress func(done uint64)) (uint64, error) {
	if err := a.store.Meta().Set(ctx, metaUnfinished, "fill"); err != nil {
		return 0, err
	}
	if err := a.engine.WriteSchema(ctx, a.Schema()); err != nil {
		return 0, err
	}
	var done uint64
	var held map[iam.Ref]uint64
	err := a.store.Read(ctx, func(rows Rows) error {
		wanted, failed := untilError(counted(a.content(ctx, rows), progress))
		loaded, err := a.engine.Import(ctx, wanted)
		done = loaded
		if failed() != nil {
			return failed()
		}
		if err == nil {
			held, err = rows.Positions(ctx)
		}
		return err
	})
	if err != nil {
		return done, err
	}
	if err := a.settle(ctx, held); err != nil {
		return done, err
	}
	mine, err := a.identity(ctx)
	if err != nil {
		return done, err
	}
	if err := a.engine.SetIdentity(ctx, mine); err != nil {
		return done, err
	}
	return done, a.store.Meta().Set(ctx, metaDigest, digest(a.model))
}

// settle records that the engine holds everything up to held.
func (a *Adapter) settle(ctx context.Context, held map[iam.Ref]uint64) error {
	if err := a.engine.SetPositions(ctx, byName(held)); err != nil {
		return err
	}
	if err := a.store.Outbox().Rebuilt(ctx, held, ""); err != nil {
		return err
	}
	return a.store.Meta().Set(ctx, metaUnfinished, "")
}

func byName(positions map[iam.Ref]uint64) map[string]uint64 {
	names := make(map[string]uint64, len(positions))
	for tenant, seq := range positions {
		names[tenant.String()] = seq
	}
	return names
}

// Rebuild fills an empty SpiceDB from the store, as New does at its start, and
// returns how many relationships it has now. progress, if not nil, hears how
// many are on their way. It is for a SpiceDB that was lost; a SpiceDB that has a
// schema is refused with FAILED_PRECONDITION, reason NOT_EMPTY.
func Rebuild(ctx context.Context, config Config, progress func(done uint64)) (uint64, error) {
	a, err := assemble(config)
	if err != nil {
		return 0, err
	}
	var done uint64
	err = a.store.Alone(ctx, func(ctx context.Context) error {
		if _, err := a.claimModel(ctx); err != nil {
			return err
		}
		held, err := a.engine.Schema(ctx)
		if err == nil && held != "" {
			err = iam.Forbidden("NOT_EMPTY", "", "", "SpiceDB already has a schema; ambit reconcile --fix mends what it holds")
		}
		if err == nil {
			done, err = a.build(ctx, progress)
		}
		return err
	})
	return done, err
}
