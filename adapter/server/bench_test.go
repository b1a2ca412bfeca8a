package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

// clientsPerCore makes eight clients on the two cores of our machine.
const clientsPerCore = 4

// BenchmarkCheck asks over gRPC on loopback: a server of nothing but gRPC, which says
// the same to everybody, and ours as "ambit serve" runs it. What the first takes is
// what there is to gain by. x-bare is how many times as long ours takes. Allocations
// are of both sides together.
func BenchmarkCheck(b *testing.B) {
	server := started(b, benchConfig(b))
	loadBench(b, server)
	ways := []struct {
		name   string
		access ambitv1.AccessServiceClient
	}{
		{"bare", ambitv1.NewAccessServiceClient(bareServer(b))},
		{"ambit", dialed(b, server).Access},
	}
	for _, clients := range []int{1, 0} {
		var bare float64
		for _, way := range ways {
			name := map[int]string{0: "clients=8", 1: "clients=1"}[clients]
			b.Run(name+"/"+way.name, func(b *testing.B) {
				took := askAll(b, clients, func(ctx context.Context, i int) error {
					_, err := way.access.Check(ctx, benchQuestion(i))
					return err
				})
				if way.name == "bare" {
					bare = took
				} else if bare > 0 {
					b.ReportMetric(took/bare, "x-bare")
				}
			})
		}
	}
}

// BenchmarkCheckMany asks a hundred questions in a call, eight callers.
func BenchmarkCheckMany(b *testing.B) {
	server := started(b, benchConfig(b))
	loadBench(b, server)
	access := dialed(b, server).Access
	askAll(b, 0, func(ctx context.Context, i int) error {
		request := &ambitv1.CheckManyRequest{Items: make([]*ambitv1.Question, 100)}
		for j := range request.GetItems() {
			q := benchQuestion(100*i + j)
			request.Items[j] = &ambitv1.Question{Subject: q.GetSubject(), Permission: q.GetPermission(), Object: q.GetObject()}
		}
		_, err := access.CheckMany(ctx, request)
		return err
	})
}

// BenchmarkList reads the 2,000 workspaces of a user to their end, one caller.
func BenchmarkList(b *testing.B) {
	server := started(b, benchConfig(b))
	loadBench(b, server)
	access := dialed(b, server).Access
	askAll(b, 1, func(ctx context.Context, i int) error {
		request := &ambitv1.ResourcesRequest{Subject: fmt.Sprint("user:u", i%benchListers), Permission: "workspaces:read", Type: "workspace", PageSize: 1000}
		for found := 0; ; {
			page, err := access.Resources(ctx, request)
			if err != nil {
				return err
			}
			found += len(page.GetResources())
			request.PageToken = page.GetNextPageToken()
			if request.GetPageToken() == "" && found != benchWorkspaces {
				return fmt.Errorf("%d workspaces", found)
			} else if request.GetPageToken() == "" {
				return nil
			}
		}
	})
}

// BenchmarkREST asks like BenchmarkCheck, in JSON.
func BenchmarkREST(b *testing.B) {
	server := started(b, benchConfig(b))
	loadBench(b, server)
	web := browser(b, &http.Transport{MaxIdleConnsPerHost: 16})
	askAll(b, 0, func(ctx context.Context, i int) error {
		q := benchQuestion(i)
		body, err := json.Marshal(map[string]string{"subject": q.GetSubject(), "permission": q.GetPermission(), "object": q.GetObject()})
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL()+"/v1/check", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", bearer)
		response, err := web.Do(request)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("the answer is %s", response.Status)
		}
		return response.Body.Close()
	})
}

// askAll calls ask from eight goroutines, or from one if clients is 1, and returns
// the nanoseconds per call.
func askAll(b *testing.B, clients int, ask func(ctx context.Context, i int) error) float64 {
	b.Helper()
	ctx := b.Context()
	require.NoError(b, ask(ctx, 0))
	b.ReportAllocs()
	b.ResetTimer()
	if clients == 1 {
		for i := range b.N {
			require.NoError(b, ask(ctx, i))
		}
	} else {
		var next atomic.Int64
		b.SetParallelism(clientsPerCore)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := ask(ctx, int(next.Add(1))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

// constant answers what a check may look like, and reads no question.
type constant struct {
	ambitv1.UnimplementedAccessServiceServer
}

func (constant) Check(context.Context, *ambitv1.CheckRequest) (*ambitv1.CheckResponse, error) {
	return &ambitv1.CheckResponse{Allowed: true, Reason: "GRANTED", Token: "eyJ6IjoiR2hVS0V6RTNPRE01TVRReU5EVTBNalF5TVRNd05EQT0ifQ", Source: "INDEX"}, nil
}

// bareServer returns a connection to a server without interceptors or options.
func bareServer(b *testing.B) *grpc.ClientConn {
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := grpc.NewServer()
	ambitv1.RegisterAccessServiceServer(server, constant{})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, conn.Close())
		server.Stop()
		require.NoError(b, <-ended)
	})
	return conn
}
