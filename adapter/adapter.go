package adapter

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/ambit-iam/ambit/adapter/failpoint"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/relay"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// ContentEngine is an engine whose content can be set up, compared and followed.
type ContentEngine interface {
	Engine
	Content
	Feed
}

// Config says what an Adapter works with.
type Config struct {
	// Model is the IAM system. Required.
	Model *schema.Model
	// Store keeps the rows. Required. The adapter does not close it.
	Store Store
	// Engine decides. Required.
	Engine ContentEngine
	// Shared: other processes use the same store and the same engine. The engine
	// must then keep positions, see spicedb.Bookkeeping.
	Shared bool
	// Staleness is what an answer without a token may miss of the writes of those
	// others: those that were acknowledged less than that ago. 0: none. The own
	// writes are always seen.
	Staleness time.Duration
	// Schema says what to do about the schema that the engine holds. Default:
	// SchemaApply.
	Schema SchemaMode
	// Index says how questions are answered from memory. Default: whenever the index
	// is fresh enough.
	Index IndexConfig
	// Clock tells the time. Default: time.Now.
	Clock func() time.Time
	// NewID makes identifiers for objects that are created without one.
	// Default: a ULID in lower case, which sorts by time.
	NewID func() string
	// Logger gets what no caller sees. Default: slog.Default().
	Logger *slog.Logger
}

// Adapter is Ambit's core: the use cases on roles and access policies, and the
// questions about them. It is safe for use by many goroutines. Use New.
type Adapter struct {
	config    Config
	model     *schema.Model
	store     Store
	engine    ContentEngine
	relay     *relay.Relay
	translate *translate.Translator
	limits    limits
	seen      *sightings
	// index is nil if SpiceDB answers everything.
	index    *answering
	expanded expansions

	stop func()
	done sync.WaitGroup
}

// New checks that store and engine fit the model, fills an empty engine from
// the store, and starts delivery in the background. Close ends it.
//
// Errors: INVALID_ARGUMENT if config lacks what is required, or names a tenant that
// the model cannot have; FAILED_PRECONDITION if the store holds another model, a
// newer version of it, or rows that it does not allow (OTHER_MODEL, MODEL_OLDER,
// MODEL_ORPHANS), or if config.Schema refuses what SpiceDB holds; UNAVAILABLE if
// one of them cannot be reached.
func New(ctx context.Context, config Config) (*Adapter, error) {
	a, err := assemble(config)
	if err != nil {
		return nil, err
	}
	if err := a.setUp(ctx); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	a.done.Go(func() { a.relay.Run(background) })
	if a.index != nil {
		a.done.Go(func() { a.index.follower.Run(background) })
	}
	return a, nil
}

func assemble(config Config) (*Adapter, error) {
	switch {
	case config.Model == nil:
		return nil, iam.Invalid("MODEL_MISSING", "model", "", "an adapter needs a model; load one with schema.Builtin or schema.Load")
	case config.Store == nil:
		return nil, iam.Invalid("STORE_MISSING", "store", "", "an adapter needs a store")
	case config.Engine == nil:
		return nil, iam.Invalid("ENGINE_MISSING", "engine", "", "an adapter needs an engine")
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.NewID == nil {
		config.NewID = newULID(config.Clock)
	}
	if err := config.Index.check(config.Model); err != nil {
		return nil, err
	}
	limits, err := compileLimits(config.Model)
	if err != nil {
		return nil, err
	}
	a := &Adapter{
		config: config, model: config.Model, store: config.Store, limits: limits, seen: newSightings(),
		translate: translate.New(config.Model),
		stop:      func() {},
	}
	delivery := relay.Config{
		Outbox: config.Store.Outbox(), Writer: config.Engine, Logger: config.Logger,
		Shared: config.Shared, Staleness: config.Staleness,
	}
	if a.index = a.newAnswering(); a.index != nil {
		delivery.Arrived = a.index.follower.Arrived
	}
	a.relay = relay.New(delivery)
	a.engine = watched{ContentEngine: config.Engine, relay: a.relay, index: a.index}
	return a, nil
}

func newULID(clock func() time.Time) func() string {
	return func() string {
		id, err := ulid.New(ulid.Timestamp(clock()), rand.Reader)
		if err != nil { // crypto/rand never fails, and the year 10889 is far
			return ""
		}
		return strings.ToLower(id.String())
	}
}

// Close ends the delivery and the index in the background. Entries that are still
// pending stay in the outbox. It closes neither store nor engine. The error is
// always nil.
func (a *Adapter) Close() error {
	a.stop()
	a.done.Wait()
	if a.index != nil {
		a.index.verifier.running.Wait()
		a.index.newest.running.Wait()
	}
	return nil
}

// Model returns the IAM system that the adapter serves.
func (a *Adapter) Model() *schema.Model { return a.model }

// Schema returns the SpiceDB schema that the model compiles to.
func (a *Adapter) Schema() string { return a.model.Compile() }

// write runs one use case: one transaction, whose changes go to the outbox, and
// their delivery.
func (a *Adapter) write(ctx context.Context, useCase func(*change) error) (Receipt, error) {
	var entries []tokenEntry
	var tenants []iam.Ref
	err := a.store.Write(ctx, func(tx Tx) error {
		c := newChange(a, tx)
		if err := useCase(c); err != nil {
			return err
		}
		var err error
		tenants, entries, err = c.finish(ctx)
		failpoint.Hit(failpoint.BeforeCommit)
		return err
	})
	failpoint.Hit(failpoint.AfterCommit)
	a.seen.written() // also after an error, which may hide a commit
	if err != nil {
		return Receipt{}, err
	}
	if a.joined(ctx) {
		return Receipt{Token: tokenContent{Entries: entries}.token()}, nil
	}
	return a.deliver(ctx, tenants, entries), nil
}

// joined reports whether the write is part of a transaction of the caller, who
// has still to commit it.
func (a *Adapter) joined(ctx context.Context) bool {
	store, ok := a.store.(interface {
		Joined(ctx context.Context) bool
	})
	return ok && store.Joined(ctx)
}

// Deliver brings the write that a token names to SpiceDB now, unless it is there
// already, and returns its receipt. It is for a caller who committed the write
// with a transaction of his own (see sqlstore.WithTx) and does not want to wait
// for the background, which would do the same within about a second.
//
// Errors: INVALID_ARGUMENT, reason TOKEN_MALFORMED, for what is no token, and reason
// TOKEN_UNKNOWN for a write that was not committed; UNAVAILABLE if SpiceDB does not
// take it now: it stays in the outbox.
func (a *Adapter) Deliver(ctx context.Context, token Token) (Receipt, error) {
	content, err := parseToken(token)
	if err != nil {
		return Receipt{}, err
	}
	for _, entry := range content.Entries {
		if _, err := a.await(ctx, entry); err != nil {
			return Receipt{Token: token}, err
		}
	}
	a.expect(content.Entries)
	return Receipt{Token: token, Applied: true}, nil
}

// deliver brings the entries of a write to SpiceDB. A token that names a
// revision spares readers a look at the outbox; that of several tenants cannot,
// since the revision of the last delivery may be older than that of another.
func (a *Adapter) deliver(ctx context.Context, tenants []iam.Ref, entries []tokenEntry) Receipt {
	a.expect(entries)
	content := tokenContent{Entries: entries}
	applied := true
	for i, tenant := range tenants {
		revision, err := a.relay.Deliver(ctx, tenant, entries[i].Seq)
		if applied = err == nil; !applied {
			break
		}
		if len(tenants) == 1 {
			content.Revision = revision
		}
	}
	return Receipt{Token: content.token(), Applied: applied}
}

// consistency turns what a caller asks for into what the engine understands.
// It delivers what the token names and SpiceDB has not taken yet.
func (a *Adapter) consistency(ctx context.Context, at Freshness) (rel.Consistency, error) {
	if at.Full {
		return a.head(ctx)
	}
	if at.Token == "" {
		if fresh := a.relay.Fresh(); fresh != (rel.Consistency{}) {
			return fresh, nil
		}
		return a.head(ctx)
	}
	content, err := parseToken(at.Token)
	if err != nil {
		return rel.Consistency{}, err
	}
	if content.Revision != "" {
		return rel.Consistency{AtLeast: content.Revision}, nil
	}
	var revision rel.ZedToken
	for _, entry := range content.Entries {
		if revision, err = a.await(ctx, entry); err != nil {
			return rel.Consistency{}, err
		}
	}
	if len(content.Entries) > 1 || revision == "" { // none may hold them all
		return a.head(ctx)
	}
	return rel.Consistency{AtLeast: revision}, nil
}

// await returns when SpiceDB has taken the entry, and a revision that holds it.
func (a *Adapter) await(ctx context.Context, entry tokenEntry) (rel.ZedToken, error) {
	var tenant iam.Ref
	if entry.Tenant != "" {
		var err error
		if tenant, err = iam.ParseRef("token", entry.Tenant); err != nil {
			return "", err
		}
	}
	position, err := a.store.Outbox().Position(ctx, tenant)
	switch {
	case err != nil:
		return "", err
	case entry.Seq > position.Last:
		return "", iam.Invalid("TOKEN_UNKNOWN", "token", "", "this token names a write that this database does not have")
	case entry.Seq <= position.Delivered:
		return position.Token, nil
	}
	return a.relay.Deliver(ctx, tenant, entry.Seq)
}

// Deliveries says what this adapter has brought to SpiceDB since its start.
func (a *Adapter) Deliveries() relay.Counts { return a.relay.Counts() }
