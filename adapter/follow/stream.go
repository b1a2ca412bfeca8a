package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// listen takes the steps after a revision. It returns the last checkpoint, from
// which to go on, and what went wrong; no checkpoint: read everything anew.
func (f *Follower) listen(ctx context.Context, from rel.ZedToken) (rel.ZedToken, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.beats.begin(cancel)
	defer f.bound.lose()
	var told bool
	var since gathered
	for step, err := range f.config.Feed.Watch(ctx, from) {
		if err != nil {
			if !told { // it may be the revision that SpiceDB does not like
				from = ""
			}
			return from, err
		}
		told = true
		since.add(step, f.x.Knows)
		if step.Checkpoint == "" {
			continue
		}
		if err := f.show(ctx, since, step.Checkpoint); errors.Is(err, errStrange) {
			return "", err
		} else if err != nil {
			return from, err
		}
		from, since = step.Checkpoint, gathered{}
	}
	return from, context.Cause(ctx)
}

// gathered is what was told since the last checkpoint.
type gathered struct {
	updates []rel.Update
	entries []rel.Entry
	marks   []string
	strange uint64
}

func (g *gathered) add(step rel.Step, knows func(typeName string) bool) {
	for _, update := range step.Updates {
		if knows(update.Tuple.Resource.Type) {
			g.updates = append(g.updates, update)
		}
	}
	for _, typeName := range step.Strange {
		if knows(typeName) {
			g.strange++
		}
	}
	g.entries = append(g.entries, step.Entries...)
	g.marks = append(g.marks, step.Marks...)
}

// show makes what was gathered the current View. First the state, then the word
// that it is there: who hears the word finds the state.
func (f *Follower) show(ctx context.Context, g gathered, revision rel.ZedToken) error {
	if f.part != nil {
		defer f.bound.finish()
		chosen, err := f.choose(ctx, g.updates, revision)
		if err != nil {
			return fmt.Errorf("read what the tenants of the index need: %w", err)
		}
		g.updates = chosen
	}
	skipped := f.x.Skipped()
	if len(g.updates) > 0 {
		f.x.Apply(g.updates)
	}
	if strange := g.strange + f.x.Skipped() - skipped; strange > 0 {
		f.live.Store(false)
		f.counts.strange.Add(strange)
		return errStrange
	}
	f.bound.begin(revision)
	f.keepBelow()
	f.current.Store(f.view(revision))
	now := f.now()
	for _, entry := range g.entries {
		kind, id, _ := strings.Cut(entry.Tenant, ":")
		f.progress.saw(iam.Ref{Type: kind, ID: id}, entry.Seq, now)
	}
	f.progress.holds(revision)
	for _, mark := range slices.Backward(g.marks) {
		if f.came(mark, now) {
			break // those before it tell less
		}
	}
	f.progress.tell()
	return nil
}

// came notes that a mark is back, and reports whether it was one of ours.
func (f *Follower) came(mark string, now time.Duration) bool {
	sent, ours := f.beats.take(mark)
	if !ours {
		return false
	}
	for tenant, seq := range sent.owed {
		f.progress.saw(tenant, seq, now)
	}
	f.progress.certain(sent.at)
	f.asOf.Store(int64(sent.at))
	f.live.Store(true)
	return true
}
