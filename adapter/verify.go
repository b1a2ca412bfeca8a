package adapter

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Bounds of verification.
const (
	// verifiedAtOnce is how many answers are compared at a time; others are let go.
	verifiedAtOnce = 4
	verifyTimeout  = 5 * time.Second
)

// verifier puts a sample of the questions that the index has answered to SpiceDB,
// at the same revision. It is no part of an answer: it tells whoever runs the
// server if the two ever differ.
type verifier struct {
	adapter *Adapter
	seats   chan struct{}
	running sync.WaitGroup

	same, different, failed atomic.Uint64
}

func newVerifier(a *Adapter) *verifier {
	return &verifier{adapter: a, seats: make(chan struct{}, verifiedAtOnce)}
}

// sample compares an answer, if it is one of the sample and there is a seat.
func (v *verifier) sample(ctx context.Context, view *follow.View, request CheckRequest, allowed bool) {
	share := v.adapter.config.Index.VerifySample
	if share <= 0 || rand.Float64() >= share { //nolint:gosec // chance, not a secret
		return
	}
	select {
	case v.seats <- struct{}{}:
	default:
		return
	}
	v.running.Go(func() {
		defer func() { <-v.seats }()
		v.compare(context.WithoutCancel(ctx), view, request, allowed)
	})
}

func (v *verifier) compare(ctx context.Context, view *follow.View, request CheckRequest, allowed bool) {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	question := v.adapter.translate.Question(request.Subject, request.Permission, request.Object)
	// Not through the adapter's own engine, which would learn revisions from it.
	answer, _, err := v.adapter.config.Engine.Check(ctx, rel.Consistency{AtLeast: view.Revision, Exact: true}, question)
	switch {
	case err != nil: // SpiceDB may have collected the revision
		v.failed.Add(1)
	case answer == allowed:
		v.same.Add(1)
	default:
		v.different.Add(1)
		v.adapter.config.Logger.Error("the index and SpiceDB differ: switch the index off (--index=off) and report this",
			"subject", request.Subject.String(), "permission", request.Permission, "object", request.Object.String(),
			"index", allowed, "spicedb", answer, "revision", string(view.Revision))
	}
}
