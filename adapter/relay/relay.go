package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ambit-iam/ambit/adapter/failpoint"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Entry is one committed change of a tenant.
type Entry struct {
	Tenant  iam.Ref
	Seq     uint64
	Updates []rel.Update
}

// Position says how far a tenant's changes have come.
type Position struct {
	// Last is the number of the latest entry, Delivered that of the latest one
	// that SpiceDB has taken, at revision Token.
	Last      uint64
	Delivered uint64
	Token     rel.ZedToken
}

// Backlog is what waits of one tenant.
type Backlog struct {
	Tenant iam.Ref
	// Entries is how many wait; the oldest was committed at Since.
	Entries uint64
	Since   time.Time
	// Fault says why the tenant is in quarantine; empty: it is not.
	Fault string
}

// Outbox is the queue between the store and the engine. Entries of a tenant
// are numbered from 1 without a gap.
type Outbox interface {
	// Pending returns undelivered entries of one tenant in order.
	Pending(ctx context.Context, tenant iam.Ref, limit int) ([]Entry, error)
	// Waiting returns what waits, for each tenant that has undelivered entries.
	Waiting(ctx context.Context) ([]Backlog, error)
	// Delivered records that all entries of the tenant up to seq have reached
	// the engine at revision token, drops them, and ends its quarantine.
	Delivered(ctx context.Context, tenant iam.Ref, seq uint64, token rel.ZedToken) error
	// Position returns how far the tenant has come; zero for an unknown tenant.
	Position(ctx context.Context, tenant iam.Ref) (Position, error)
	// Quarantine records why the oldest entry of a tenant cannot be delivered.
	Quarantine(ctx context.Context, tenant iam.Ref, fault string) error
	// Rebuilt is Delivered for many tenants at once, each up to its number in
	// held: the engine was filled or mended, and holds all that at revision token.
	// Entries committed since then stay.
	Rebuilt(ctx context.Context, held map[iam.Ref]uint64, token rel.ZedToken) error
}

// Writer is the part of an engine that takes changes.
type Writer interface {
	Write(ctx context.Context, write rel.Write) (rel.ZedToken, error)
}

// Config says what a Relay works with.
type Config struct {
	Outbox Outbox
	Writer Writer
	// Arrived, if not nil, hears of each change that the engine has, before the caller
	// of Deliver does.
	Arrived func(tenant iam.Ref, seq uint64)
	// Logger gets failures of delivery. Default: slog.Default().
	Logger *slog.Logger
	// Shared: other processes write to the same outbox and engine, and Fresh bounds
	// how much of theirs an answer may miss.
	Shared bool
	// Staleness is that bound, for Shared: Fresh sees every write that another
	// process delivered longer ago. 0: every write.
	Staleness time.Duration
	// Timeout bounds the delivery of one entry, beside 2 ms for each of its
	// updates. Default: 10 seconds.
	Timeout time.Duration
	// Retry is the first pause of Run while something is pending; it doubles up
	// to 30 times itself. Default: 1 second.
	Retry time.Duration
}

// Relay delivers. Use New.
type Relay struct {
	config   Config
	frontier frontier
	wake     chan struct{}
	tenants  tenantLocks
	poison   poison
	counts   counts
}

// pendingBatch is how many entries are read from the outbox at a time.
const pendingBatch = 64

// New returns a Relay with defaults filled in.
func New(config Config) *Relay {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Arrived == nil {
		config.Arrived = func(iam.Ref, uint64) {}
	}
	if config.Timeout == 0 {
		config.Timeout = 10 * time.Second
	}
	if config.Retry == 0 {
		config.Retry = time.Second
	}
	return &Relay{
		config: config, wake: make(chan struct{}, 1),
		frontier: frontier{shared: config.Shared, staleness: config.Staleness},
		poison:   poison{pause: quarantinePause * config.Retry},
	}
}

// Deliver brings the tenant's entries up to seq to the engine, in order, and
// returns a revision that holds them. It finishes what it began even if ctx is
// cancelled. An error means that some are still pending; Run will retry.
func (r *Relay) Deliver(ctx context.Context, tenant iam.Ref, seq uint64) (rel.ZedToken, error) {
	token, err := r.deliverUpTo(context.WithoutCancel(ctx), tenant, seq)
	if err != nil {
		r.counts.failed.Add(1)
		r.config.Logger.Warn("delivery failed; it will be tried again", "tenant", tenant.String(), "error", err, "cause", errors.Unwrap(err))
		r.Wake()
	}
	return token, err
}

func (r *Relay) deliverUpTo(ctx context.Context, tenant iam.Ref, seq uint64) (rel.ZedToken, error) {
	defer r.tenants.lock(tenant)()
	for {
		entries, err := r.pending(ctx, tenant)
		if err != nil {
			return "", err
		}
		if len(entries) == 0 || entries[0].Seq > seq {
			position, err := r.config.Outbox.Position(ctx, tenant)
			if err == nil {
				// Another process delivered it, at a revision that may be none of those
				// seen here.
				r.frontier.add(position.Token)
				r.config.Arrived(tenant, position.Delivered)
			}
			return position.Token, err
		}
		for _, entry := range entries {
			token, err := r.deliver(ctx, entry)
			if err != nil || entry.Seq >= seq {
				return token, err
			}
		}
	}
}

func (r *Relay) pending(ctx context.Context, tenant iam.Ref) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	return r.config.Outbox.Pending(ctx, tenant, pendingBatch)
}

// perUpdate is what an update may take beside Config.Timeout: a bound that does
// not grow with the entry would never let a very large one through.
const perUpdate = 2 * time.Millisecond

// deliver writes one entry and records it. After a crash between the two the
// entry is written again, which an engine with positions sees.
func (r *Relay) deliver(ctx context.Context, entry Entry) (rel.ZedToken, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout+time.Duration(len(entry.Updates))*perUpdate)
	defer cancel()
	failpoint.Hit(failpoint.BeforeWrite)
	sight := r.frontier.begin()
	token, err := r.config.Writer.Write(ctx, rel.Write{
		Updates: entry.Updates, Tenant: entry.Tenant.String(), Seq: entry.Seq, After: entry.Seq - 1,
	})
	if ahead, ok := errors.AsType[*rel.AheadError](err); ok {
		token, err = ahead.Token, r.already(ctx, entry, ahead)
	}
	if err != nil {
		return "", r.refused(ctx, entry, err)
	}
	failpoint.Hit(failpoint.AfterWrite)
	r.frontier.saw(sight, token)
	r.config.Arrived(entry.Tenant, entry.Seq)
	if err := r.config.Outbox.Delivered(ctx, entry.Tenant, entry.Seq, token); err != nil {
		return "", err
	}
	failpoint.Hit(failpoint.AfterRecord)
	r.poison.forget(entry.Tenant)
	r.counts.delivered.Add(1)
	return token, nil
}

// already checks that another process delivered the entry: then the engine
// holds no more than the store knows of.
func (r *Relay) already(ctx context.Context, entry Entry, ahead *rel.AheadError) error {
	position, err := r.config.Outbox.Position(ctx, entry.Tenant)
	if err == nil && ahead.Held > position.Last {
		return iam.Forbidden("SPICEDB_AHEAD", "tenant", entry.Tenant.String(), fmt.Sprintf(
			"SpiceDB holds its change %d, but this database ends at %d: it was restored from a backup; run ambit reconcile --fix", ahead.Held, position.Last))
	}
	return err
}

// refused puts a tenant in quarantine whose entry the engine refuses again and
// again, and returns the error.
func (r *Relay) refused(ctx context.Context, entry Entry, err error) error {
	if !r.poison.met(entry.Tenant, err) {
		return err
	}
	if quarantine := r.config.Outbox.Quarantine(ctx, entry.Tenant, err.Error()); quarantine != nil {
		return errors.Join(err, quarantine)
	}
	r.config.Logger.Error("SpiceDB refuses a change for good; its tenant is in quarantine until it is mended",
		"tenant", entry.Tenant.String(), "seq", entry.Seq, "error", err)
	return err
}

// Wake makes Run look at the outbox at once.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Alone runs fn while this relay delivers nothing for the tenant.
func (r *Relay) Alone(tenant iam.Ref, fn func() error) error {
	defer r.tenants.lock(tenant)()
	return fn()
}

// Sight is a look at the engine's head that has begun; see Saw.
func (r *Relay) Sight() Sight { return r.frontier.begin() }

// Saw tells that a read at the head revision, begun at sight, was answered at
// token: Fresh need not be newer for a while.
func (r *Relay) Saw(sight Sight, token rel.ZedToken) { r.frontier.saw(sight, token) }

// Fresh returns the consistency that sees every write this relay delivered, and
// those of others that are older than Staleness.
func (r *Relay) Fresh() rel.Consistency { return r.frontier.consistency() }
