package adapter

import (
	"context"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// denial finds out why the answer is no.
func (a *Adapter) denial(ctx context.Context, request CheckRequest) (Reason, error) {
	if reason, known := a.seen.reason(a.config.Clock(), request); known {
		return reason, nil
	}
	reasons, err := a.denials(ctx, []CheckRequest{request})
	if err != nil {
		return "", err
	}
	return reasons[0], nil
}

// denials finds out why the answers are no. The store is asked only now: a yes
// needs nothing from it, since tuples exist only for what is there and active.
func (a *Adapter) denials(ctx context.Context, requests []CheckRequest) ([]Reason, error) {
	reasons := make([]Reason, len(requests))
	var open []int
	for i, request := range requests {
		var known bool
		if reasons[i], known = a.seen.reason(a.config.Clock(), request); !known {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return reasons, nil
	}
	w := witness{model: a.model, now: a.config.Clock(), writes: a.seen.writesSoFar(), seen: a.seen}
	err := a.store.Read(ctx, func(rows Rows) (err error) {
		w.rows = rows
		for _, i := range open {
			if reasons[i], err = w.reason(ctx, requests[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return reasons, err
}

// witness looks at the rows that explain denials.
type witness struct {
	model  *schema.Model
	rows   Rows
	now    time.Time
	writes uint64
	seen   *sightings
}

func (w witness) reason(ctx context.Context, request CheckRequest) (Reason, error) {
	reason, err := w.subject(ctx, request.Subject)
	if err != nil || reason != ReasonNoGrant {
		return reason, err
	}
	return w.object(ctx, request.Object)
}

func (w witness) subject(ctx context.Context, subject iam.Ref) (Reason, error) {
	if reason, ok := w.seen.get(w.now, sightedAs{ref: subject}); ok {
		return reason, nil
	}
	reason := ReasonNoGrant
	active, err := subjectActive(ctx, w.rows, w.model, subject)
	switch {
	case iam.CodeOf(err) == iam.NotFound:
		reason = ReasonSubjectUnknown
	case err != nil:
		return "", err
	case !active:
		reason = ReasonSubjectInactive
	}
	w.seen.put(w.now, w.writes, sightedAs{ref: subject}, reason)
	return reason, nil
}

func (w witness) object(ctx context.Context, object iam.Ref) (Reason, error) {
	if reason, ok := w.seen.get(w.now, sightedAs{ref: object, object: true}); ok {
		return reason, nil
	}
	reason := ReasonNoGrant
	unknown, err := absent(objectExists(ctx, w.rows, w.model, object))
	switch {
	case unknown:
		reason = ReasonObjectUnknown
	case err != nil:
		return "", err
	}
	w.seen.put(w.now, w.writes, sightedAs{ref: object, object: true}, reason)
	return reason, nil
}

func objectExists(ctx context.Context, rows Rows, model *schema.Model, object iam.Ref) error {
	var err error
	switch model.Type(object.Type).Kind {
	case schema.KindServiceAccount:
		_, err = rows.ServiceAccounts().Get(ctx, iam.ServiceAccountID(object.ID))
	case schema.KindResource:
		_, err = rows.Resources().Get(ctx, object)
	default:
		_, err = rows.Scopes().Get(ctx, object)
	}
	return err
}

// Bounds of what is remembered about subjects and objects.
const (
	// sightingAge is how late a reason may be about the writes of another
	// server. Writes of this one count at once.
	sightingAge  = 5 * time.Second
	maxSightings = 10000
)

// sightings remembers what denials were explained with: the same subjects ask
// about the same objects again and again, and a look into the store costs half
// a check. Only reasons come from here, never answers.
type sightings struct {
	mu     sync.Mutex
	writes uint64
	known  map[sightedAs]sighting
}

// sightedAs tells a service account that asks from one that is asked about.
type sightedAs struct {
	ref    iam.Ref
	object bool
}

type sighting struct {
	reason Reason
	at     time.Time
}

func newSightings() *sightings { return &sightings{known: map[sightedAs]sighting{}} }

// reason explains a denial, if all that it takes is known.
func (s *sightings) reason(now time.Time, request CheckRequest) (Reason, bool) {
	reason, ok := s.get(now, sightedAs{ref: request.Subject})
	if !ok || reason != ReasonNoGrant {
		return reason, ok
	}
	return s.get(now, sightedAs{ref: request.Object, object: true})
}

func (s *sightings) get(now time.Time, key sightedAs) (Reason, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, ok := s.known[key]
	return seen.reason, ok && now.Sub(seen.at) < sightingAge
}

// put remembers what was read after so many writes, unless there was one since.
func (s *sightings) put(now time.Time, writes uint64, key sightedAs, reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if writes != s.writes {
		return
	}
	if len(s.known) >= maxSightings {
		clear(s.known)
	}
	s.known[key] = sighting{reason: reason, at: now}
}

func (s *sightings) writesSoFar() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// written forgets everything: the store has changed.
func (s *sightings) written() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	clear(s.known)
}
