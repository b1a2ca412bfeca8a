package follow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Feed is the part of an engine that is followed.
type Feed interface {
	// Read streams the tuples that match, at the filter's revision or the head.
	Read(ctx context.Context, filter rel.Filter) iter.Seq2[rel.Tuple, error]
	// Watch streams what changes after a revision, with checkpoints.
	Watch(ctx context.Context, from rel.ZedToken) iter.Seq2[rel.Step, error]
	// Beat writes a mark, and takes the one before back.
	Beat(ctx context.Context, mark, before string) (rel.ZedToken, error)
}

// Config says what a Follower works with.
type Config struct {
	// Model is whose tuples the index holds. Required.
	Model *schema.Model
	// Feed is followed. Required.
	Feed Feed
	// Tenants are those that the index holds or, with Max, may hold. Default: all.
	Tenants []iam.Ref
	// Max is how much memory the index may take, in bytes, by its own estimate: then it
	// holds the tenants that were asked about lately. Default: no bound.
	Max int64
	// Stay is how long after a question about it a tenant does not give way to another.
	// Default: 1 min; below 0: it does so at once.
	Stay time.Duration
	// Delivered returns, for each tenant, the number of a change that the engine
	// held when it was called. Required.
	Delivered func(ctx context.Context) (map[iam.Ref]uint64, error)
	// Shared: other processes write to the engine, too.
	Shared bool
	// Staleness bounds, if Shared, what a View for a question without token may miss
	// of what others wrote: less than that ago. 0: no such question is answered.
	Staleness time.Duration
	// Patience is how long View waits for a state that is fresh enough. Default:
	// 20 ms; below 0: not at all.
	Patience time.Duration
	// Silence is the age from which a state answers nothing, if Shared. Default: 2 s.
	Silence time.Duration
	// Retry is the first pause after a failure; it doubles up to 200 times itself.
	// Default: 50 ms.
	Retry time.Duration
	// Logger hears of failures. Default: slog.Default().
	Logger *slog.Logger
}

// Follower keeps an index. Any number of goroutines may ask for Views. Use New.
type Follower struct {
	config Config
	x      *index.Index
	// part chooses what the index holds; nil: everything.
	part *part
	// bound keeps it small; nil: it may be as large as it is.
	bound *bound
	// clock is now, but for a little, and costs nothing to look at.
	clock atomic.Int64
	// start is where the follower's own time begins, which no clock change moves.
	start time.Time

	current atomic.Pointer[View]
	// live: all that was told since the stream began, up to a mark, is in current.
	live atomic.Bool
	// asOf is a moment: current holds all that anybody had written by then.
	asOf     atomic.Int64
	progress *progress
	beats    beats
	pins     pins
	counts   counts
}

// New returns a follower that holds nothing until it Runs.
func New(config Config) *Follower {
	if config.Patience == 0 {
		config.Patience = 20 * time.Millisecond
	}
	if config.Silence == 0 {
		config.Silence = 2 * time.Second
	}
	if config.Retry == 0 {
		config.Retry = 50 * time.Millisecond
	}
	if config.Stay == 0 {
		config.Stay = time.Minute
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	f := &Follower{config: config, x: index.New(config.Model), start: time.Now(), progress: newProgress(), bound: newBound(config)}
	f.beats.init()
	if len(config.Tenants) > 0 || f.bound != nil {
		f.part = newPart(config)
	}
	f.current.Store(f.view(""))
	return f
}

func (f *Follower) now() time.Duration { return time.Since(f.start) }

// longest bounds the pause after failures, in first pauses.
const longest = 200

// errStrange says that something was told that the index cannot hold.
var errStrange = errors.New("SpiceDB holds relationships that the model does not have")

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { f.keepBeating(ctx) })
	if f.bound != nil {
		beside.Go(func() { f.keepTime(ctx) })
		beside.Go(func() { f.keepTaking(ctx) })
	}
	var from rel.ZedToken
	for pause := f.config.Retry; ctx.Err() == nil; pause = min(2*pause, longest*f.config.Retry) {
		var err error
		from, err = f.follow(ctx, from)
		if f.live.Swap(false) { // it was well in between
			pause = f.config.Retry
		}
		if ctx.Err() == nil {
			f.config.Logger.Warn("the index lost SpiceDB's stream of changes; SpiceDB answers meanwhile", "error", err, "cause", errors.Unwrap(err))
		}
		rest(ctx, pause)
	}
}

// follow listens after a revision, or reads everything if there is none. It
// returns where to go on, and why it had to stop.
func (f *Follower) follow(ctx context.Context, from rel.ZedToken) (rel.ZedToken, error) {
	if from == "" {
		var err error
		if from, err = f.load(ctx); err != nil {
			return "", err
		}
	} else {
		f.counts.resumed.Add(1)
	}
	return f.listen(ctx, from)
}

// load reads everything anew and returns a revision from which the stream has to
// be heard: that of a mark, as what was read may be newer and must not be older.
func (f *Follower) load(ctx context.Context) (rel.ZedToken, error) {
	f.counts.loaded.Add(1)
	from, err := f.Beat(ctx)
	if err != nil {
		return "", fmt.Errorf("write a mark: %w", err)
	}
	// In this order: what comes after the numbers are read is in the stream.
	held, err := f.config.Delivered(ctx)
	if err != nil {
		return "", fmt.Errorf("read how far the tenants are: %w", err)
	}
	if f.bound != nil { // those that matter will be asked about
		f.part.seat(seats{})
	}
	skipped := f.x.Skipped()
	if err := f.x.Load(f.ours(f.everything(ctx, from))); err != nil {
		return "", err
	}
	if now := f.x.Skipped(); now != skipped {
		f.counts.strange.Add(now - skipped)
		return "", errStrange
	}
	f.current.Store(f.view(""))
	for tenant, seq := range held {
		f.progress.saw(tenant, seq, f.now())
	}
	return from, nil
}

// everything yields what the index is to hold: as it is now or, of some tenants, as
// it was at a revision, since that takes several readings that have to fit together.
func (f *Follower) everything(ctx context.Context, at rel.ZedToken) iter.Seq2[rel.Tuple, error] {
	if f.part == nil {
		return f.config.Feed.Read(ctx, rel.Filter{})
	}
	return f.part.load(ctx, at)
}

// ours leaves out the tuples of types that the model does not have.
func (f *Follower) ours(tuples iter.Seq2[rel.Tuple, error]) iter.Seq2[rel.Tuple, error] {
	return func(yield func(rel.Tuple, error) bool) {
		for tuple, err := range tuples {
			if err == nil && !f.x.Knows(tuple.Resource.Type) {
				continue
			}
			if !yield(tuple, err) {
				return
			}
		}
	}
}

// rest waits, more or less a fifth, unless ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func newMark() (string, error) {
	id, err := ulid.New(ulid.Timestamp(time.Now()), rand.Reader)
	return strings.ToLower(id.String()), err
}
