package spicedb

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		want := iam.Internal
		switch code {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted:
			want = iam.Unavailable
		}
		cause := status.Error(code, "text of the driver")
		err := failure(t.Context(), cause)
		if iam.CodeOf(err) != want || strings.Contains(err.Error(), "driver") || !errors.Is(err, cause) {
			t.Errorf("%v: got %v, want %v", code, err, want)
		}
	}
}

func TestFailureOfCaller(t *testing.T) {
	t.Parallel()
	cause := status.Error(codes.Canceled, "text of the driver")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := failure(cancelled, cause); err != context.Canceled {
		t.Errorf("cancelled: got %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	err := failure(late, cause)
	if iam.CodeOf(err) != iam.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: got %v", err)
	}
}

// TestNobodyListens asks a port that was just closed.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := New(conn).Write(t.Context(), rel.Write{}); iam.CodeOf(err) != iam.Unavailable {
		t.Errorf("Write: got %v, want UNAVAILABLE", err)
	}
}
