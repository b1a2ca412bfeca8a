package adapter

import (
	"context"
	"sync"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// head returns a demand that sees everything that was acknowledged before.
//
// A SpiceDB that is asked for its newest state lets many questions share one look
// at what that is, and a question may get a look that began before a write which
// it has to see. So where others write too, a mark is written, and its revision
// asked for: it holds all that was written before it. An embedded SpiceDB knows its
// newest revision itself.
func (a *Adapter) head(ctx context.Context) (rel.Consistency, error) {
	if a.index == nil || !a.config.Shared {
		return rel.Consistency{}, nil
	}
	revision, err := a.index.newest.get(ctx, a.mark)
	return rel.Consistency{AtLeast: revision}, err
}

// mark writes a mark. Questions need not ask for anything newer for a while.
func (a *Adapter) mark(ctx context.Context) (rel.ZedToken, error) {
	sight := a.relay.Sight()
	revision, err := a.index.follower.Beat(ctx)
	if err == nil {
		a.relay.Saw(sight, revision)
	}
	return revision, err
}

// newest lets callers share a look at the newest revision that begins after all of
// them asked for it.
type newest struct {
	mu sync.Mutex
	// looking: one look has begun. Whoever comes now waits for the next.
	looking bool
	next    *look
	running sync.WaitGroup
}

type look struct {
	done     chan struct{}
	revision rel.ZedToken
	err      error
}

// get returns what a call of find found that began after get did.
func (n *newest) get(ctx context.Context, find func(context.Context) (rel.ZedToken, error)) (rel.ZedToken, error) {
	n.mu.Lock()
	if n.next == nil {
		n.next = &look{done: make(chan struct{})}
	}
	mine := n.next
	if !n.looking {
		n.looking = true
		n.running.Go(func() { n.run(context.WithoutCancel(ctx), find) })
	}
	n.mu.Unlock()
	select {
	case <-mine.done:
		return mine.revision, mine.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// run looks as long as somebody waits.
func (n *newest) run(ctx context.Context, find func(context.Context) (rel.ZedToken, error)) {
	for {
		n.mu.Lock()
		mine := n.next
		n.next, n.looking = nil, mine != nil
		n.mu.Unlock()
		if mine == nil {
			return
		}
		mine.revision, mine.err = find(ctx)
		close(mine.done)
	}
}
