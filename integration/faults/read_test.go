package faults

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// asked is how many questions are asked at a time.
const asked = 4

// freshness is what a question demands.
type freshness struct {
	token string
	full  bool
}

// ask returns the answers to questions; nil if there are none, as callers deny
// then.
func ask(ctx context.Context, d *door, questions []question, at freshness) []bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	request := &ambitv1.CheckManyRequest{Token: at.token, Full: at.full}
	for _, q := range questions {
		request.Items = append(request.Items, q.message())
	}
	answer, err := d.Access.CheckMany(ctx, request)
	if err != nil {
		return nil
	}
	return each(answer.GetResults(), (*ambitv1.CheckResponse).GetAllowed)
}

// verify asks about an acknowledged write: with its token on both servers at
// once, without one on the server that took it at once, and now and then without
// one on the other when the staleness bound is over.
func (w *writer) verify(s step, turned map[iam.Ref][]question, taker *door) {
	for tenant, questions := range turned {
		now, known := w.tenants[tenant]
		if !known || now.token == "" {
			continue
		}
		w.rng.Shuffle(len(questions), func(i, j int) { questions[i], questions[j] = questions[j], questions[i] })
		questions = questions[:min(asked, len(questions))]
		for _, d := range w.doors {
			w.compare(s, d, questions, freshness{token: now.token}, "with its token")
		}
		if !now.applied {
			continue
		}
		w.compare(s, taker, questions, freshness{}, "without token, where it was written")
		if w.rng.IntN(20) > 0 {
			continue
		}
		sleep(context.Background(), time.Until(now.at.Add(staleness)))
		for _, d := range w.doors {
			w.compare(s, d, questions, freshness{}, "without token, after the bound")
			w.compare(s, d, questions, freshness{full: true}, "full")
		}
	}
}

// compare asks questions that a write of this writer decided; nobody else can
// have changed their answers since.
func (w *writer) compare(s step, d *door, questions []question, at freshness, how string) {
	now := viewOf(w.held)
	for i, allowed := range ask(context.Background(), d, questions, at) {
		w.counts.answers.Add(1)
		if q := questions[i]; allowed != now.allows(q) {
			w.counts.stale.Add(1)
			w.problem("after %s by writer %d, %s answered the old %v to %v, %s", s.name, w.number, d.name, allowed, q, how)
		}
	}
}

// reader asks about what writers have made public.
type reader struct {
	*trial
	rng *rand.Rand
}

func (r *reader) work(ctx context.Context) {
	for ctx.Err() == nil {
		w := r.writers[r.rng.IntN(len(r.writers))]
		r.read(ctx, w, w.public.Load())
		sleep(ctx, time.Duration(r.rng.IntN(20))*time.Millisecond)
	}
}

// read asks a few questions of one tenant. The answers count if the writer has
// begun nothing new meanwhile.
func (r *reader) read(ctx context.Context, w *writer, seen *snapshot) {
	tenant := r.accounts[r.rng.IntN(len(r.accounts))]
	now, known := seen.tenants[tenant]
	if !known || now.token == "" {
		return
	}
	view := viewOf(seen.held)
	questions := r.questions(view, tenant)
	if len(questions) == 0 {
		return
	}
	d, at, how := r.doors[r.rng.IntN(len(r.doors))], freshness{token: now.token}, "with the token"
	switch {
	case now.applied && time.Since(now.at) > staleness:
		at, how = freshness{full: r.rng.IntN(4) == 0}, "without token, after the bound"
	case now.applied && r.rng.IntN(2) == 0:
		d, at, how = now.door, freshness{}, "without token, where it was written"
	}
	answers := ask(ctx, d, questions, at)
	if w.epoch.Load() != seen.epoch {
		return
	}
	for i, allowed := range answers {
		r.counts.answers.Add(1)
		if q := questions[i]; allowed != view.allows(q) {
			r.counts.stale.Add(1)
			r.problem("a reader got %v from %s to %v of writer %d, %s", allowed, d.name, q, w.number, how)
		}
	}
}

// questions draws some about one tenant.
func (r *reader) questions(v view, tenant iam.Ref) []question {
	possible := slices.DeleteFunc(askings(v), func(a asking) bool { return a.tenant != tenant })
	if len(possible) == 0 {
		return nil
	}
	drawn := make([]question, asked)
	for i := range drawn {
		about := possible[r.rng.IntN(len(possible))]
		drawn[i] = question{about.user, permissions[r.rng.IntN(len(permissions))], about.scope}
	}
	return drawn
}
