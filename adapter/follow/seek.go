package follow

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Bounds of seeking.
const (
	// maxMisses is how many objects wait until somebody looks for their tenants;
	// others are let go, and asked about again.
	maxMisses = 64
	// again is how soon the tenant of the same object is looked for again.
	again = 5 * time.Second
	// maxQuiet bounds what is remembered of objects and tenants to let alone.
	maxQuiet = 4096
	// maxUp bounds the way up to a tenant.
	maxUp       = 64
	seekTimeout = 5 * time.Second
)

// quiet are objects and tenants that are not looked for, until a moment.
type quiet struct {
	mu    sync.Mutex
	until map[iam.Ref]time.Duration
}

// over returns until when a reference is let alone, if that is later than now.
func (q *quiet) over(ref iam.Ref, now time.Duration) (time.Duration, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	until := q.until[ref]
	return until, until > now
}

func (q *quiet) keep(ref iam.Ref, until time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.until == nil || len(q.until) >= maxQuiet {
		q.until = map[iam.Ref]time.Duration{}
	}
	q.until[ref] = until
}

// missed notes that the index could not be asked about objects.
func (f *Follower) missed(objects []iam.Ref) {
	if f.bound == nil {
		return
	}
	now, view := f.now(), f.current.Load()
	for _, object := range objects {
		if _, quiet := f.bound.quiet.over(object, now); quiet || view.Covers(object) {
			continue
		}
		select {
		case f.bound.misses <- object:
			f.bound.quiet.keep(object, now+min(again, f.bound.stay))
		default:
			return
		}
	}
}

// keepTaking takes in the tenants of objects that were missed, one after the other,
// until ctx ends.
func (f *Follower) keepTaking(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case object := <-f.bound.misses:
			f.admit(ctx, object)
		}
	}
}

// admit takes in the tenant of an object, if that can be found and fits. If not, it is
// let alone for a while.
func (f *Follower) admit(ctx context.Context, object iam.Ref) {
	if f.current.Load().Covers(object) {
		return // it came with another
	}
	tenant, err := f.part.tenantOf(ctx, object)
	if err != nil || tenant.IsZero() {
		return // SpiceDB answers, too, and if it is away, the next one comes soon enough
	}
	view := f.current.Load()
	if !f.bound.allows(tenant) {
		f.bound.quiet.keep(object, f.now()+refusal)
		return
	}
	if view.seats[tenant] != nil {
		return // what is new there comes with the stream
	}
	until, quiet := f.bound.quiet.over(tenant, f.now())
	if !quiet {
		room := f.bound.room(view.Snapshot, view.seats, f.now())
		err = f.takeIn(ctx, tenant, room)
		until = f.now() + f.pause(tenant, room, err)
	}
	if quiet || err != nil {
		f.bound.quiet.keep(tenant, until)
		f.bound.quiet.keep(object, until)
	}
}

// pause returns how long a tenant is let alone that was not taken in.
func (f *Follower) pause(tenant iam.Ref, room int64, err error) time.Duration {
	stay := f.bound.stay
	switch {
	case errors.Is(err, errNoRoom) && room < f.bound.max:
		f.counts.refused.Add(1)
		return stay
	case errors.Is(err, errNoRoom), errors.Is(err, errStrange):
		f.counts.refused.Add(1)
		f.config.Logger.Warn("a tenant does not fit into the index; SpiceDB answers about it", "tenant", tenant.String(), "max", f.bound.max, "error", err)
		return max(refusal, stay)
	}
	return min(again, stay)
}

// tenantOf finds the tenant in which an object lies, going up from place to place;
// none, if the object is not there or its place is not plain.
func (p *part) tenantOf(ctx context.Context, object iam.Ref) (iam.Ref, error) {
	ctx, cancel := context.WithTimeout(ctx, seekTimeout)
	defer cancel()
	at := rootOf(object)
	for range maxUp {
		if p.model.IsTenant(at.Type) {
			id, err := rel.DecodeID(at.ID)
			return iam.Ref{Type: at.Type, ID: id}, err
		}
		above, err := p.above(ctx, at)
		if err != nil || len(above) != 1 {
			return iam.Ref{}, err
		}
		at = above[0]
	}
	return iam.Ref{}, nil
}

// above returns the scopes in which an object lies.
func (p *part) above(ctx context.Context, object rel.Object) ([]rel.Object, error) {
	var scopes []rel.Object
	for _, place := range p.placing {
		if place.ResourceType != object.Type {
			continue
		}
		place.ResourceID = object.ID
		for tuple, err := range p.feed.Read(ctx, place) {
			if err != nil {
				return nil, err
			}
			scopes = append(scopes, tuple.Subject)
		}
	}
	return scopes, nil
}
