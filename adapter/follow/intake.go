package follow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Bounds of taking in.
const (
	// maxSince is how many updates may come while a tenant is read.
	maxSince = 100_000
	// intakeTimeout bounds the reading of one.
	intakeTimeout = 5 * time.Minute
	// refusal is how long a tenant is let alone that does not fit at all.
	refusal = 10 * time.Minute
)

// intake is a tenant on its way into the index. It is read beside the stream, which
// goes on meanwhile:
//
//	stream  ──✓ at──────┬── since ──┬──────✓──▶ state + read, then since
//	reader      └─ reads at "at" ───┘
//
// What was read, and then all that was told since, is what SpiceDB has at the last
// checkpoint. The updates that the state has already change nothing.
type intake struct {
	tenant iam.Ref
	lose   context.CancelFunc
	// at is the revision to read at, once begun is closed. The stream sets it, and
	// gathers since.
	at    rel.ZedToken
	begun chan struct{}
	since []rel.Update
	// read says that the rest is there: the tuples, their objects, their size.
	read    atomic.Bool
	tuples  []rel.Update
	objects map[rel.Object]bool
	bytes   int64
	// done is closed when it is in the index, or was refused.
	done    chan struct{}
	refused bool
}

// Why a tenant is not taken in.
var (
	errNoRoom = errors.New("there is no room for the tenant")
	errEmpty  = errors.New("SpiceDB holds nothing about the tenant")
)

// takeIn brings a tenant into the index, as far as there is room.
func (f *Follower) takeIn(ctx context.Context, tenant iam.Ref, room int64) error {
	if room <= 0 {
		return errNoRoom
	}
	ctx, cancel := context.WithTimeout(ctx, intakeTimeout)
	defer cancel()
	in := &intake{tenant: tenant, lose: cancel, begun: make(chan struct{}), done: make(chan struct{})}
	f.bound.next.Store(in)
	defer f.bound.next.CompareAndSwap(in, nil)
	f.beats.want()
	if err := await(ctx, in.begun); err != nil {
		return err
	}
	if err := f.readTenant(ctx, in, room); err != nil {
		return err
	}
	in.read.Store(true)
	f.beats.want()
	if err := await(ctx, in.done); err != nil {
		return err
	}
	if in.refused {
		return errNoRoom
	}
	return nil
}

func await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readTenant reads all that a tenant needs, until there is no room for more.
func (f *Follower) readTenant(ctx context.Context, in *intake, room int64) error {
	g := f.part.gather(in.at, func(rel.Object) bool { return false })
	g.room = room
	g.place(rootOf(in.tenant))
	err := g.run(ctx, func(tuple rel.Tuple) bool {
		in.tuples = append(in.tuples, rel.Update{Op: rel.Touch, Tuple: tuple})
		return true
	})
	switch {
	case err != nil:
		return fmt.Errorf("read the tenant: %w", err)
	case g.full():
		return errNoRoom
	case len(in.tuples) == 0:
		return errEmpty
	}
	// An index of its own tells what it takes, and whether there is something that the
	// index cannot hold, before anybody depends on it.
	alone := f.x.Fork()
	if err := alone.Load(in.all()); err != nil {
		return err
	}
	in.objects, in.bytes = g.seen, alone.Snapshot().Bytes()
	switch {
	case alone.Skipped() > 0:
		return errStrange
	case in.bytes > room:
		return errNoRoom
	}
	return nil
}

// all yields what was read.
func (in *intake) all() iter.Seq2[rel.Tuple, error] {
	return func(yield func(rel.Tuple, error) bool) {
		for _, update := range in.tuples {
			if !yield(update.Tuple, nil) {
				return
			}
		}
	}
}

// choose returns what the next state needs of what the stream told, and with it a
// tenant that has been read.
func (f *Follower) choose(ctx context.Context, updates []rel.Update, at rel.ZedToken) ([]rel.Update, error) {
	in := f.bound.told(updates)
	if in == nil {
		return f.part.choose(ctx, updates, f.part.holds(f.x.Snapshot()), at)
	}
	now := f.now()
	in.refused = f.bound.room(f.x.Snapshot(), f.part.seats, now) < in.bytes || !f.makeRoom(in.bytes, now-f.bound.stay)
	held := f.part.holds(f.x.Snapshot())
	if in.refused {
		return f.part.choose(ctx, updates, held, at)
	}
	chosen, err := f.part.choose(ctx, in.since, func(object rel.Object) bool { return in.objects[object] || held(object) }, at)
	if err != nil {
		in.refused = true
		return nil, err
	}
	f.part.seat(f.part.seats.with(in.tenant, in.bytes, now, f.x.Snapshot().Has))
	f.counts.takenIn.Add(1)
	return append(in.tuples, chosen...), nil
}
