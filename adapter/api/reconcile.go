package api

import (
	"context"

	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

const (
	// maxDifferences is how many differences a stream names: enough to see what is
	// wrong, and few enough to be kept for a reader who is slower than we are.
	maxDifferences = 10_000
	// progressFrom is how many relationships are compared without a word.
	progressFrom = 10_000
)

// ReconcileWorld compares, and sends what it finds while it goes on.
func (h worldHandler) ReconcileWorld(req *ambitv1.ReconcileWorldRequest, stream grpc.ServerStreamingServer[ambitv1.ReconcileWorldResponse]) error {
	return reconcile(stream.Context(), h.adapter.Reconcile, req.GetFix(), stream.Send)
}

// reconciler is the use case.
type reconciler func(context.Context, adapter.ReconcileOptions) (adapter.Drift, error)

// reconcile sends in a goroutine of its own: a caller who does not read must
// neither hold up the comparison, for which writers may be waiting, nor
// outlive ctx. If ctx ends first, send is released when the handler returns.
func reconcile(ctx context.Context, run reconciler, fix bool, send func(*ambitv1.ReconcileWorldResponse) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	found, sent := newFindings(), make(chan error, 1)
	go func() {
		err := found.pass(ctx, send)
		if err != nil {
			stop() // nobody listens
		}
		sent <- err
	}()
	drift, err := run(ctx, adapter.ReconcileOptions{Fix: fix, Found: found.add, Progress: found.progress})
	if err == nil {
		found.messages <- resultMessage(drift)
	}
	close(found.messages)
	select {
	case failed := <-sent:
		if failed != nil {
			return failed
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// findings are on their way to the caller. Whoever adds to them never waits.
type findings struct {
	// messages holds all differences that are ever sent, and the result.
	messages chan *ambitv1.ReconcileWorldResponse
	// compared holds the newest number only.
	compared chan uint64
	// named are the differences that were sent: mending finds them once more.
	named map[adapter.Difference]bool
}

func newFindings() *findings {
	return &findings{
		messages: make(chan *ambitv1.ReconcileWorldResponse, maxDifferences+1),
		compared: make(chan uint64, 1),
		named:    map[adapter.Difference]bool{},
	}
}

func (f *findings) add(difference adapter.Difference) error {
	if f.named[difference] || len(f.named) == maxDifferences {
		return nil
	}
	f.named[difference] = true
	f.messages <- differenceMessage(difference)
	return nil
}

func (f *findings) progress(compared uint64) {
	if compared < progressFrom {
		return
	}
	select {
	case <-f.compared: // it was not sent in time, and is old now
	default:
	}
	f.compared <- compared
}

// pass sends until the result was sent, the messages end without one, or ctx
// does.
func (f *findings) pass(ctx context.Context, send func(*ambitv1.ReconcileWorldResponse) error) error {
	for {
		var message *ambitv1.ReconcileWorldResponse
		select {
		case <-ctx.Done():
			return ctx.Err()
		case compared := <-f.compared:
			message = progressMessage(compared)
		case message = <-f.messages:
		}
		if message == nil {
			return nil
		}
		if err := send(message); err != nil || message.GetResult() != nil {
			return err
		}
	}
}

func progressMessage(compared uint64) *ambitv1.ReconcileWorldResponse {
	return &ambitv1.ReconcileWorldResponse{Content: &ambitv1.ReconcileWorldResponse_Progress{
		Progress: &ambitv1.ReconcileProgress{Compared: compared},
	}}
}

func differenceMessage(difference adapter.Difference) *ambitv1.ReconcileWorldResponse {
	return &ambitv1.ReconcileWorldResponse{Content: &ambitv1.ReconcileWorldResponse_Difference{
		Difference: &ambitv1.ReconcileDifference{Relationship: difference.Tuple.String(), Foreign: difference.Foreign},
	}}
}

func resultMessage(drift adapter.Drift) *ambitv1.ReconcileWorldResponse {
	return &ambitv1.ReconcileWorldResponse{Content: &ambitv1.ReconcileWorldResponse_Result{
		Result: &ambitv1.ReconcileResult{
			Compared: drift.Compared, Missing: drift.Missing, Foreign: drift.Foreign, Fixed: drift.Fixed,
		},
	}}
}
