package api_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/api/apitest"
)

// local serves the API of a without a transport; seen is called for every call.
func local(a *apitest.API, seen func(ctx context.Context)) *api.Local {
	errs := api.UnaryErrors(slog.New(slog.DiscardHandler))
	l := api.NewLocal(nil, func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		seen(ctx)
		return errs(ctx, req, info, next)
	})
	api.Register(l, a.Adapter)
	return l
}

func TestLocalCallsServices(t *testing.T) {
	t.Parallel()
	calls := 0
	users := ambitv1.NewUserServiceClient(local(apitest.Start(t), func(ctx context.Context) {
		calls++
		received, _ := metadata.FromIncomingContext(ctx)
		assert.Equal(t, []string{"Bearer of-ann"}, received.Get("authorization"))
		sent, _ := metadata.FromOutgoingContext(ctx)
		assert.Empty(t, sent, "the token is not for SpiceDB")
	}))
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer of-ann")
	create := &ambitv1.CreateUserRequest{User: &ambitv1.User{Id: "ann"}, RequestId: "once"}
	made, err := users.CreateUser(ctx, create)
	require.NoError(t, err)
	require.Equal(t, "ann", made.GetUser().GetId())
	made.User.Id = "spoilt"
	again, err := users.CreateUser(ctx, create)
	require.NoError(t, err)
	require.Equal(t, "ann", again.GetUser().GetId(), "answers are not shared")
	require.Equal(t, 2, calls)
}

func TestLocalRefuses(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	l := local(apitest.Start(t), func(context.Context) {
		entered <- struct{}{}
		<-leave
	})
	err := l.Invoke(t.Context(), "/ambit.v1.UserService/Juggle", &ambitv1.GetUserRequest{}, &ambitv1.User{})
	require.Equal(t, codes.Unimplemented, status.Code(err))
	users := ambitv1.NewUserServiceClient(l)
	_, err = users.GetUser(t.Context(), &ambitv1.GetUserRequest{Id: "\xff"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))

	answered := make(chan error, api.MaxLocal)
	for range api.MaxLocal {
		go func() {
			_, err := users.GetUser(t.Context(), &ambitv1.GetUserRequest{Id: "ann"})
			answered <- err
		}()
		<-entered
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = users.GetUser(impatient, &ambitv1.GetUserRequest{Id: "ann"})
	require.Equal(t, codes.Canceled, status.Code(err), "there is no place any more")
	close(leave)
	for range api.MaxLocal {
		require.Equal(t, codes.NotFound, status.Code(<-answered))
	}
}
