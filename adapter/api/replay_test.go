package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

// counter is a create that says how often it ran.
type counter struct {
	runs int
	err  error
}

func (c *counter) create() (*ambitv1.UserReceipt, error) {
	c.runs++
	return &ambitv1.UserReceipt{Token: fmt.Sprint(c.runs)}, c.err
}

func creating(requestID, user string) *ambitv1.CreateUserRequest {
	return &ambitv1.CreateUserRequest{RequestId: requestID, User: &ambitv1.User{Id: user}}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	memory := newReplays(func() time.Time { return now })
	var users counter
	send := func(ctx context.Context, id, user string) string {
		answer, err := once(ctx, memory, creating(id, user), users.create)
		if err != nil {
			return faultOf(err)
		}
		return answer.GetToken()
	}
	ctx := t.Context()
	other := metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", "Bearer other"))
	require.Equal(t, "1", send(ctx, "", "a"))
	require.Equal(t, "2", send(ctx, "", "a"), "without an id every create is new")
	require.Equal(t, "3", send(ctx, "r", "a"))
	require.Equal(t, "3", send(ctx, "r", "a"), "sent again")
	require.Equal(t, "REQUEST_ID_REUSED request_id", send(ctx, "r", "b"))
	require.Equal(t, "4", send(other, "r", "a"), "of another caller")
	now = now.Add(replayAge)
	require.Equal(t, "5", send(ctx, "r", "b"), "a day later")
}

func TestOnceForgetsErrors(t *testing.T) {
	t.Parallel()
	memory := newReplays(time.Now)
	users := counter{err: errors.New("no luck")}
	_, err := once(t.Context(), memory, creating("r", "a"), users.create)
	require.Error(t, err)
	users.err = nil
	answer, err := once(t.Context(), memory, creating("r", "a"), users.create)
	require.NoError(t, err)
	require.Equal(t, "2", answer.GetToken())
}

func TestOnceIsBounded(t *testing.T) {
	t.Parallel()
	memory := newReplays(time.Now)
	var users counter
	for i := range replayCount + 10 {
		_, err := once(t.Context(), memory, creating(fmt.Sprint(i), "a"), users.create)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, memory.byAge.Len(), replayCount)
	require.Len(t, memory.byKey, memory.byAge.Len())
}

func TestOnceRefusesNothing(t *testing.T) {
	t.Parallel()
	var users counter
	_, err := once(t.Context(), newReplays(time.Now), &ambitv1.CreateUserRequest{}, users.create)
	require.Equal(t, "REQUIRED user", faultOf(err))
	require.Zero(t, users.runs)
}

func TestOnceAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := newReplays(time.Now)
		var users counter
		release := make(chan struct{})
		answers := make(chan string, 3)
		for range 3 {
			go func() {
				answer, _ := once(t.Context(), memory, creating("r", "a"), func() (*ambitv1.UserReceipt, error) {
					<-release
					return users.create()
				})
				answers <- answer.GetToken()
			}()
		}
		synctest.Wait() // one creates, two wait for it
		close(release)
		for range 3 {
			require.Equal(t, "1", <-answers)
		}
	})
}

func TestOnceIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	memory := newReplays(time.Now)
	large := &ambitv1.UserReceipt{Token: strings.Repeat("x", replayBytes/4)}
	for i := range 10 {
		_, err := once(t.Context(), memory, creating(fmt.Sprint(i), "a"), func() (*ambitv1.UserReceipt, error) { return large, nil })
		require.NoError(t, err)
	}
	require.Equal(t, 3, memory.byAge.Len())
	require.Equal(t, 3*proto.Size(large), memory.bytes)
}

func TestOnceSurvivesAPanic(t *testing.T) {
	t.Parallel()
	memory := newReplays(time.Now)
	require.Panics(t, func() {
		_, _ = once(t.Context(), memory, creating("r", "a"), func() (*ambitv1.UserReceipt, error) { panic("broken") })
	})
	var users counter
	_, err := once(t.Context(), memory, creating("r", "a"), users.create)
	require.NoError(t, err)
	require.Equal(t, 1, users.runs)
}
