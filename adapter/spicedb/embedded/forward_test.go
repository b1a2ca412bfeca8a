package embedded

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
)

// talkative is a backend that says more than SpiceDB does: it answers with the
// request's "question" in a header and a trailer, and "fail" makes it fail.
type talkative struct {
	grpc_health_v1.UnimplementedHealthServer
	key []string
}

func (h *talkative) Check(ctx context.Context, request *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	incoming, _ := metadata.FromIncomingContext(ctx)
	h.key = incoming.Get("authorization")
	said := metadata.MD{"answer": incoming.Get("question")}
	if err := grpc.SetHeader(ctx, said); err != nil {
		return nil, err
	}
	if err := grpc.SetTrailer(ctx, said); err != nil {
		return nil, err
	}
	if request.GetService() == "fail" {
		return nil, status.Error(codes.NotFound, "as you wish")
	}
	return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING}, nil
}

// behind returns a client that reaches backend through a door.
func behind(t *testing.T, backend grpc_health_v1.HealthServer) grpc_health_v1.HealthClient {
	t.Helper()
	back, front := bufconn.Listen(bufferSize), bufconn.Listen(bufferSize)
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, backend)
	served := make(chan error, 1)
	go func() { served <- server.Serve(back) }()
	conn := connect(t, back)
	d := openDoor(front, "k", conn)
	client := connect(t, front)
	t.Cleanup(func() {
		_ = client.Close()
		d.close()
		_ = conn.Close()
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return grpc_health_v1.NewHealthClient(client)
}

func connect(t *testing.T, listener *bufconn.Listener) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///buffer",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestForwardMetadata(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]codes.Code{"": codes.OK, "fail": codes.NotFound} {
		backend := &talkative{}
		client := behind(t, backend)
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer k", "question", "how many?")
		var header, trailer metadata.MD
		_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service}, grpc.Header(&header), grpc.Trailer(&trailer))
		if status.Code(err) != want {
			t.Errorf("service %q: got %v, want %v", service, err, want)
		}
		for where, found := range map[string]metadata.MD{"header": header, "trailer": trailer} {
			if got := found.Get("answer"); len(got) != 1 || got[0] != "how many?" {
				t.Errorf("service %q, %s: got %v", service, where, found)
			}
		}
		if len(backend.key) != 0 {
			t.Error("the key of the door goes on to the backend")
		}
	}
}

func TestPassThroughTakesFramesOnly(t *testing.T) {
	t.Parallel()
	if _, err := (passThrough{}).Marshal("text"); err == nil {
		t.Error("Marshal takes a string")
	}
	if err := (passThrough{}).Unmarshal(nil, "text"); err == nil {
		t.Error("Unmarshal takes a string")
	}
}
