package follow

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Bounds of beats.
const (
	// perStaleness is how many marks are sent within the staleness, if Shared.
	perStaleness = 3
	// fastest is the shortest time between two, and slowest how often it is looked
	// whether one is due where nobody else writes.
	fastest = 100 * time.Millisecond
	slowest = time.Second
	// beatTimeout bounds the writing of one.
	beatTimeout = 5 * time.Second
	// deaf is how many Silences a mark may be on its way before the stream is given up.
	deaf = 5
)

// beats are the marks that were sent and are not back yet.
type beats struct {
	// writing lets one write at a time: each takes the one before back.
	writing sync.Mutex
	last    string

	mu   sync.Mutex
	sent map[string]beat
	// cut ends the stream that is heard now.
	cut context.CancelFunc
	// wanted is woken when a mark is due at once.
	wanted chan struct{}
}

// beat is a mark on its way.
type beat struct {
	at time.Duration
	// owed is what was expected when it left.
	owed map[iam.Ref]uint64
}

func (b *beats) init() { b.sent, b.wanted = map[string]beat{}, make(chan struct{}, 1) }

// begin says that another stream is heard, and wants a mark for it. Those that are
// on their way say nothing about it.
func (b *beats) begin(cut context.CancelFunc) {
	b.mu.Lock()
	b.cut = cut
	clear(b.sent)
	b.mu.Unlock()
	b.want()
}

// listened ends a stream that lets a mark wait which left before a moment. That is
// an error like any other.
func (b *beats) listened(moment time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, sent := range b.sent {
		if sent.at < moment && b.cut != nil {
			b.cut()
		}
	}
}

// want asks for a mark at once.
func (b *beats) want() {
	select {
	case b.wanted <- struct{}{}:
	default:
	}
}

func (b *beats) put(mark string, sent beat) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent[mark] = sent
}

// take returns a mark that is back, and forgets those that left before it.
func (b *beats) take(mark string) (beat, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	back, ours := b.sent[mark]
	if ours {
		maps.DeleteFunc(b.sent, func(_ string, other beat) bool { return other.at <= back.at })
	}
	return back, ours
}

// Beat sends a mark and returns its revision, which holds everything that anybody had
// written before. Errors are those of the engine.
func (f *Follower) Beat(ctx context.Context) (rel.ZedToken, error) {
	f.beats.writing.Lock()
	defer f.beats.writing.Unlock()
	mark, err := newMark()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	f.beats.put(mark, beat{at: f.now(), owed: f.progress.owed()})
	revision, err := f.config.Feed.Beat(ctx, mark, f.beats.last)
	if err != nil {
		return "", err // it may be there all the same; then it may come back
	}
	f.beats.last = mark
	return revision, nil
}

// keepBeating sends marks when they are due, until ctx ends.
func (f *Follower) keepBeating(ctx context.Context) {
	every := slowest
	if f.config.Shared {
		every = max(fastest, min(f.config.Silence, max(f.config.Staleness, fastest))/perStaleness)
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		wanted := false
		select {
		case <-ctx.Done():
			return
		case <-f.beats.wanted:
			wanted = true
		case <-ticker.C:
		}
		if !wanted && !f.config.Shared && !f.progress.unsure() && !f.bound.taking() && f.live.Load() {
			continue
		}
		if _, err := f.Beat(ctx); err != nil && ctx.Err() == nil {
			f.config.Logger.Debug("a mark could not be written to SpiceDB", "error", err)
		}
		f.beats.listened(f.now() - deaf*f.config.Silence)
	}
}
