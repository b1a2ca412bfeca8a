package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
)

// handled returns what a handler with a time limit of a second returns.
func handled(ctx context.Context, handle func(ctx context.Context) error) error {
	_, err := deadline(Config{RequestTimeout: time.Second})(ctx, nil, &grpc.UnaryServerInfo{}, func(ctx context.Context, _ any) (any, error) {
		return nil, handle(ctx)
	})
	return err
}

func TestRequestsEndInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		assert.ErrorIs(t, handled(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}), context.DeadlineExceeded)
		assert.ErrorIs(t, handled(t.Context(), func(ctx context.Context) error {
			<-time.After(2 * time.Second) // it did not look at the context before
			return ctx.Err()
		}), context.DeadlineExceeded)
	})
}

func TestRequestsEndWithTheirCallers(t *testing.T) {
	t.Parallel()
	left, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, handled(left, func(ctx context.Context) error {
		require.NoError(t, ctx.Err())
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}), context.Canceled)

	hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, handled(hurried, func(ctx context.Context) error {
		ours, _ := ctx.Deadline()
		theirs, _ := hurried.Deadline()
		assert.Equal(t, theirs, ours, "the shorter one holds")
		<-ctx.Done()
		return ctx.Err()
	}), context.DeadlineExceeded)
}

// TestRequestsAreOverWhenAnswered: whatever a handler has left behind ends.
func TestRequestsAreOverWhenAnswered(t *testing.T) {
	t.Parallel()
	type key struct{}
	left := make(chan context.Context, 3)
	require.NoError(t, handled(context.WithValue(t.Context(), key{}, "of the caller"), func(ctx context.Context) error {
		assert.Equal(t, "of the caller", ctx.Value(key{}))
		left <- ctx
		return nil
	}))
	require.NoError(t, handled(t.Context(), func(ctx context.Context) error {
		left <- ctx
		left <- context.WithValue(ctx, key{}, "of the handler")
		return ctx.Err()
	}))
	for range cap(left) {
		ctx := <-left
		<-ctx.Done()
		assert.ErrorIs(t, ctx.Err(), context.Canceled)
	}
}
