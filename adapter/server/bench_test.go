//go:build unix

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
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/reference"
)

// clientsPerCore makes eight clients on the two cores of our machine.
const clientsPerCore = 4

// BenchmarkServer asks a server, as "ambit serve" runs it, over loopback, from one or
// eight clients on one connection.
//
// Bare is a server of nothing but gRPC, which says the same to everybody. What it takes
// is what there is to gain by; x-bare is how many times as much ours takes of the
// processors. That and allocations are of both sides together.
func BenchmarkServer(b *testing.B) {
	server := newCrowded(b)
	access := dialed(b, server.Server).Access
	bare := ambitv1.NewAccessServiceClient(bareServer(b))
	for clients := range 2 {
		one := clients == 0
		name := map[bool]string{true: "1-client", false: "8-clients"}[one]
		var least float64
		b.Run("check/bare/"+name, func(b *testing.B) { least = askAll(b, one, server.checking(bare)) })
		b.Run("check/ambit/"+name, func(b *testing.B) {
			if took := askAll(b, one, server.checking(access)); least > 0 {
				b.ReportMetric(took/least, "x-bare")
			}
		})
	}
	b.Run("check/rest/8-clients", func(b *testing.B) { askAll(b, false, server.checkingREST(b)) })
	b.Run("check-100/8-clients", func(b *testing.B) { askAll(b, false, server.checkingMany(access)) })
	b.Run("list-2000/1-client", func(b *testing.B) { askAll(b, true, server.listing(access)) })
}

// asking makes the call number i of a benchmark.
type asking func(ctx context.Context, i int) error

func (c crowded) checking(access ambitv1.AccessServiceClient) asking {
	return func(ctx context.Context, i int) error {
		_, err := access.Check(ctx, c.question(i))
		return err
	}
}

func (c crowded) checkingMany(access ambitv1.AccessServiceClient) asking {
	return func(ctx context.Context, i int) error {
		request := &ambitv1.CheckManyRequest{Items: make([]*ambitv1.Question, 100)}
		for j := range request.GetItems() {
			q := c.question(100*i + j)
			request.Items[j] = &ambitv1.Question{Subject: q.GetSubject(), Permission: q.GetPermission(), Object: q.GetObject()}
		}
		_, err := access.CheckMany(ctx, request)
		return err
	}
}

func (c crowded) checkingREST(b *testing.B) asking {
	web := browser(b, &http.Transport{MaxIdleConnsPerHost: 16})
	return func(ctx context.Context, i int) error {
		q := c.question(i)
		body, err := json.Marshal(map[string]string{"subject": q.GetSubject(), "permission": q.GetPermission(), "object": q.GetObject()})
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL()+"/v1/check", bytes.NewReader(body))
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
	}
}

// listing reads the workspaces of a user to their end.
func (c crowded) listing(access ambitv1.AccessServiceClient) asking {
	return func(ctx context.Context, i int) error {
		request := &ambitv1.ResourcesRequest{Subject: reference.Numbered("user", i%listers).String(), Permission: "workspaces:read", Type: "workspace", PageSize: 10_000}
		for found := 0; ; {
			page, err := access.Resources(ctx, request)
			if err != nil {
				return err
			}
			found += len(page.GetResources())
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() != "" {
				continue
			}
			if found != c.size.Workspaces {
				return fmt.Errorf("%d workspaces", found)
			}
			return nil
		}
	}
}

// askAll makes the calls, one after the other or from eight goroutines, and returns the
// microseconds of processor time per call. Others on the machine change them less than
// the time on the clock.
func askAll(b *testing.B, one bool, ask asking) float64 {
	b.Helper()
	ctx := b.Context()
	require.NoError(b, ask(ctx, 0))
	b.ReportAllocs()
	before := processorTime(b)
	b.ResetTimer()
	if one {
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
	each := float64((processorTime(b) - before).Nanoseconds()) / 1000 / float64(b.N)
	b.ReportMetric(each, "cpu-µs/op")
	return each
}

// processorTime is what this process has taken.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
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
