package api

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// strays are differences, all foreign.
func strays(count int) []adapter.Difference {
	found := make([]adapter.Difference, count)
	for i := range found {
		found[i] = adapter.Difference{Foreign: true, Tuple: rel.Tuple{
			Resource: rel.Object{Type: "workspace", ID: fmt.Sprint(i)}, Relation: "parent",
			Subject: rel.Object{Type: "environment", ID: "e"},
		}}
	}
	return found
}

// finding returns a comparison that finds these, twice, as mending does.
func finding(found []adapter.Difference, result adapter.Drift, err error) reconciler {
	return func(_ context.Context, options adapter.ReconcileOptions) (adapter.Drift, error) {
		for range 2 {
			options.Progress(5)
			for _, difference := range found {
				if err := options.Found(difference); err != nil {
					return adapter.Drift{}, err
				}
			}
		}
		return result, err
	}
}

// collecting sends into a list.
func collecting(sent *[]*ambitv1.ReconcileWorldResponse) func(*ambitv1.ReconcileWorldResponse) error {
	return func(message *ambitv1.ReconcileWorldResponse) error {
		*sent = append(*sent, message)
		return nil
	}
}

func TestReconcileNamesSomeAndCountsAll(t *testing.T) {
	t.Parallel()
	var sent []*ambitv1.ReconcileWorldResponse
	drift := adapter.Drift{Compared: 7, Foreign: maxDifferences + 5, Fixed: true}
	require.NoError(t, reconcile(t.Context(), finding(strays(maxDifferences+5), drift, nil), true, collecting(&sent)))
	require.Len(t, sent, maxDifferences+1, "each once, and no progress of so few")
	first := &ambitv1.ReconcileDifference{Relationship: "workspace:0#parent@environment:e", Foreign: true}
	require.True(t, proto.Equal(first, sent[0].GetDifference()), sent[0])
	last := &ambitv1.ReconcileResult{Compared: 7, Foreign: maxDifferences + 5, Fixed: true}
	require.True(t, proto.Equal(last, sent[maxDifferences].GetResult()), sent[maxDifferences])
}

func TestReconcileFails(t *testing.T) {
	t.Parallel()
	var sent []*ambitv1.ReconcileWorldResponse
	failed := errors.New("the store is gone")
	require.ErrorIs(t, reconcile(t.Context(), finding(strays(2), adapter.Drift{}, failed), false, collecting(&sent)), failed)
	require.Len(t, sent, 2, "what was found is sent, but no result")
}

func TestProgressIsNewOrNot(t *testing.T) {
	t.Parallel()
	found := newFindings()
	found.progress(progressFrom - 1)
	require.Empty(t, found.compared)
	found.progress(progressFrom)
	found.progress(3 * progressFrom)
	require.EqualValues(t, 3*progressFrom, <-found.compared, "nobody took the older one")

	var sent []*ambitv1.ReconcileWorldResponse
	found.progress(progressFrom)
	found.messages <- resultMessage(adapter.Drift{})
	require.NoError(t, found.pass(t.Context(), collecting(&sent)))
	require.NotNil(t, sent[len(sent)-1].GetResult(), "nothing comes after the result")
}

// TestReconcileWithoutReader: who does not read holds up nobody, and is given
// up when the time is over.
func TestReconcileWithoutReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		compared, released := time.Time{}, make(chan struct{})
		run := func(ctx context.Context, options adapter.ReconcileOptions) (adapter.Drift, error) {
			defer func() { compared = time.Now() }()
			options.Progress(progressFrom)
			options.Progress(2 * progressFrom)
			return finding(strays(maxDifferences), adapter.Drift{}, nil)(ctx, options)
		}
		err := reconcile(ctx, run, true, func(*ambitv1.ReconcileWorldResponse) error {
			<-released
			return errors.New("the stream is gone")
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, began, compared, "comparing waited for the reader")
		require.Equal(t, time.Minute, time.Since(began))
		close(released) // as gRPC does; the bubble waits for all goroutines
	})
}

// TestReconcileWithoutListener: when nothing can be sent, comparing ends.
func TestReconcileWithoutListener(t *testing.T) {
	t.Parallel()
	gone := errors.New("the stream is gone")
	run := func(ctx context.Context, options adapter.ReconcileOptions) (adapter.Drift, error) {
		if err := options.Found(strays(1)[0]); err != nil {
			return adapter.Drift{}, err
		}
		<-ctx.Done()
		return adapter.Drift{}, ctx.Err()
	}
	err := reconcile(t.Context(), run, false, func(*ambitv1.ReconcileWorldResponse) error { return gone })
	require.Error(t, err)
	require.NoError(t, t.Context().Err())
}

// TestReconcilePanics: the interceptor must see the panic, and nobody wait for
// messages that never come.
func TestReconcilePanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []*ambitv1.ReconcileWorldResponse
		run := func(context.Context, adapter.ReconcileOptions) (adapter.Drift, error) { panic("a fault") }
		require.PanicsWithValue(t, "a fault", func() { _ = reconcile(t.Context(), run, false, collecting(&sent)) })
	})
}
