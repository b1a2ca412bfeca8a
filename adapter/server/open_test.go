package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

func TestOpenRoutes(t *testing.T) {
	t.Parallel()
	server := started(t, testConfig(t))
	web := browser(t, &http.Transport{})
	for path, want := range map[string]string{
		"/healthz": `{"ok":true}`, "/readyz": `{"ready":true,"degraded":[]}`, "/openapi.json": `"openapi": "3.1.0"`,
		"/metrics": "ambit_outbox_pending 0",
	} {
		code, body := send(t, web, http.MethodGet, server.URL()+path, "")
		require.Equal(t, http.StatusOK, code, path)
		require.Contains(t, body, want, path)
	}
	conn := connect(t, server)
	health, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, grpc_health_v1.HealthCheckResponse_SERVING, health.GetStatus())

	require.Equal(t, codes.Unauthenticated, status.Code(reflects(t.Context(), t, conn)))
	require.NoError(t, reflects(metadata.AppendToOutgoingContext(t.Context(), "authorization", bearer), t, conn))
}

// reflects lists the services by reflection.
func reflects(ctx context.Context, t testing.TB, conn *grpc.ClientConn) error {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	require.NoError(t, err)
	err = stream.Send(&grpc_reflection_v1.ServerReflectionRequest{
		MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{},
	})
	if !errors.Is(err, io.EOF) { // refused already: Recv says why
		require.NoError(t, err)
	}
	answer, err := stream.Recv()
	if err == nil {
		require.Contains(t, answer.String(), "ambit.v1.AccessService")
	}
	return err
}

func TestReady(t *testing.T) {
	t.Parallel()
	well := func(context.Context) error { return nil }
	ill := func(context.Context) error { return iam.Unreachable("SpiceDB", errors.New("dial tcp: secret")) }
	state := ready(t.Context(), []probe{{part: "store", needed: true, ask: well}, {part: "outbox", ask: ill}})
	require.Equal(t, readiness{Ready: true, Degraded: []string{"outbox: SpiceDB cannot be reached; try again later"}}, state)
	state = ready(t.Context(), []probe{{part: "spicedb", needed: true, ask: ill}, {part: "store", needed: true, ask: well}})
	require.False(t, state.Ready)
	require.Len(t, state.Degraded, 1)
}

func TestOpenEmbedded(t *testing.T) {
	t.Parallel()
	model, err := schema.Builtin("scalr")
	require.NoError(t, err)
	embedded, err := OpenEmbedded(t.Context(), model)
	require.NoError(t, err)
	_, done, err := embedded.Adapter.CreateUser(t.Context(), iam.User{ID: "ann"})
	require.NoError(t, err)
	require.True(t, done.Applied)
	require.NoError(t, embedded.Close())
	require.NoError(t, embedded.Close())
}
