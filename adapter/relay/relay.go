package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

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

// Outbox is the queue between the store and the engine. Entries of a tenant
// are numbered from 1 without a gap.
type Outbox interface {
	// Pending returns undelivered entries of one tenant in order.
	Pending(ctx context.Context, tenant iam.Ref, limit int) ([]Entry, error)
	// Waiting returns the tenants that have undelivered entries.
	Waiting(ctx context.Context) ([]iam.Ref, error)
	// Delivered records that all entries of the tenant up to seq have reached
	// the engine at revision token, and drops them.
	Delivered(ctx context.Context, tenant iam.Ref, seq uint64, token rel.ZedToken) error
	// Position returns how far the tenant has come; zero for an unknown tenant.
	Position(ctx context.Context, tenant iam.Ref) (Position, error)
	// Rebuilt records that the engine was filled anew at revision token, up to
	// all that is committed: nothing is pending afterwards.
	Rebuilt(ctx context.Context, token rel.ZedToken) error
}

// Writer is the part of an engine that takes changes.
type Writer interface {
	Write(ctx context.Context, write rel.Write) (rel.ZedToken, error)
}

// Config says what a Relay works with.
type Config struct {
	Outbox Outbox
	Writer Writer
	// Logger gets failures of delivery. Default: slog.Default().
	Logger *slog.Logger
	// Timeout bounds the delivery of one entry, beside 2 ms for each of its
	// updates. Default: 10 seconds.
	Timeout time.Duration
	// Retry is the pause between attempts of Run while something is pending.
	// Default: 1 second.
	Retry time.Duration
}

// Relay delivers. Use New.
type Relay struct {
	config   Config
	frontier frontier
	wake     chan struct{}

	mu      sync.Mutex
	tenants map[iam.Ref]*sync.Mutex
}

// pendingBatch is how many entries are read from the outbox at a time.
const pendingBatch = 64

// New returns a Relay with defaults filled in.
func New(config Config) *Relay {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Timeout == 0 {
		config.Timeout = 10 * time.Second
	}
	if config.Retry == 0 {
		config.Retry = time.Second
	}
	return &Relay{config: config, wake: make(chan struct{}, 1), tenants: map[iam.Ref]*sync.Mutex{}}
}

// Deliver brings the tenant's entries up to seq to the engine, in order, and
// returns the revision that holds them. It finishes what it began even if ctx
// is cancelled. An error means that some are still pending; Run will retry.
func (r *Relay) Deliver(ctx context.Context, tenant iam.Ref, seq uint64) (rel.ZedToken, error) {
	ctx = context.WithoutCancel(ctx)
	lock := r.tenantLock(tenant)
	lock.Lock()
	defer lock.Unlock()
	for {
		entries, err := r.pending(ctx, tenant)
		if err != nil {
			return "", r.failed(tenant, err)
		}
		if len(entries) == 0 || entries[0].Seq > seq {
			position, err := r.config.Outbox.Position(ctx, tenant)
			return position.Token, err
		}
		for _, entry := range entries {
			if err := r.deliver(ctx, entry); err != nil {
				return "", r.failed(tenant, err)
			}
		}
	}
}

func (r *Relay) pending(ctx context.Context, tenant iam.Ref) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	return r.config.Outbox.Pending(ctx, tenant, pendingBatch)
}

func (r *Relay) tenantLock(tenant iam.Ref) *sync.Mutex {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tenants[tenant] == nil {
		r.tenants[tenant] = &sync.Mutex{}
	}
	return r.tenants[tenant]
}

// perUpdate is what an update may take beside Config.Timeout: a bound that does
// not grow with the entry would never let a very large one through.
const perUpdate = 2 * time.Millisecond

func (r *Relay) deliver(ctx context.Context, entry Entry) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout+time.Duration(len(entry.Updates))*perUpdate)
	defer cancel()
	known := r.frontier.begin()
	token, err := r.config.Writer.Write(ctx, rel.Write{
		Updates: entry.Updates, Tenant: entry.Tenant.String(), Seq: entry.Seq,
	})
	if err != nil {
		return err
	}
	r.frontier.done(known, token)
	return r.config.Outbox.Delivered(ctx, entry.Tenant, entry.Seq, token)
}

func (r *Relay) failed(tenant iam.Ref, err error) error {
	r.config.Logger.Warn("delivery failed; it will be tried again", "tenant", tenant.String(), "error", err)
	select {
	case r.wake <- struct{}{}:
	default:
	}
	return err
}

// Sweep delivers whatever is pending for any tenant. The error is the first
// one met; the other tenants are tried all the same.
func (r *Relay) Sweep(ctx context.Context) error {
	tenants, err := r.config.Outbox.Waiting(ctx)
	if err != nil {
		return err
	}
	var first error
	for _, tenant := range tenants {
		position, err := r.config.Outbox.Position(ctx, tenant)
		if err == nil {
			_, err = r.Deliver(ctx, tenant, position.Last)
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Run retries what a request could not deliver, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		for r.Sweep(ctx) != nil && pause(ctx, r.config.Retry) {
		}
	}
}

// pause waits, and reports whether it may go on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Fresh returns the consistency that sees every write this relay delivered.
func (r *Relay) Fresh() rel.Consistency { return r.frontier.consistency() }

// Reset forgets the revisions known so far and starts at token: the engine was
// filled anew.
func (r *Relay) Reset(token rel.ZedToken) { r.frontier.reset(token) }
