package spicedb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// because returns an error of SpiceDB with a reason.
func because(t *testing.T, code codes.Code, reason v1.ErrorReason) error {
	t.Helper()
	with, err := status.New(code, "text of the driver").WithDetails(&errdetails.ErrorInfo{Reason: reason.String()})
	if err != nil {
		t.Fatal(err)
	}
	return with.Err()
}

func TestFailure(t *testing.T) {
	t.Parallel()
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		want, reason := iam.Internal, "INTERNAL"
		switch code {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
			want, reason = iam.Unavailable, "UNAVAILABLE"
		case codes.Unauthenticated, codes.PermissionDenied:
			want, reason = iam.Unavailable, ReasonKeyRefused
		}
		cause := status.Error(code, "text of the driver")
		err := failure(t.Context(), cause)
		if iam.CodeOf(err) != want || iam.ReasonOf(err) != reason {
			t.Errorf("%v: got %v, want %v and %v", code, err, want, reason)
		}
		if strings.Contains(err.Error(), "driver") || !errors.Is(err, cause) {
			t.Errorf("%v: got %v, want the cause in the chain only", code, err)
		}
	}
}

// TestFailureOfDepth: a question that goes too deep will do so tomorrow.
func TestFailureOfDepth(t *testing.T) {
	t.Parallel()
	cause := because(t, codes.ResourceExhausted, v1.ErrorReason_ERROR_REASON_MAXIMUM_DEPTH_EXCEEDED)
	if err := failure(t.Context(), cause); iam.CodeOf(err) != iam.Internal {
		t.Errorf("got %v, want INTERNAL", err)
	}
}

// exhausted is a stream whose request gRPC could not repeat any more.
type exhausted struct{ grpc.ClientStream }

func (exhausted) Recv() (*v1.ReadRelationshipsResponse, error) {
	return nil, fmt.Errorf("max retries exhausted: failed after 4 attempts: %w", io.EOF)
}

// TestExhaustedRetries: gRPC wraps the EOF of its writer, which is not the end
// of the answer. Taken for one, a SpiceDB that is away would look empty.
func TestExhaustedRetries(t *testing.T) {
	t.Parallel()
	err := each(exhausted{}, func(*v1.ReadRelationshipsResponse) bool { return true })
	if err == nil {
		t.Fatal("taken for the end of the stream")
	}
	if err := failure(t.Context(), err); iam.CodeOf(err) != iam.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	if err := refused(t.Context(), nil); err != nil {
		t.Errorf("no error: got %v", err)
	}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		cause := status.Error(code, "there is\n\tno galaxy "+strings.Repeat("far away ", 100))
		err := refused(t.Context(), cause)
		if code != codes.InvalidArgument && code != codes.FailedPrecondition {
			if want := failure(t.Context(), cause); err.Error() != want.Error() {
				t.Errorf("%v: got %v, want %v", code, err, want)
			}
			continue
		}
		if iam.CodeOf(err) != iam.Internal || iam.ReasonOf(err) != ReasonRefused || !errors.Is(err, cause) {
			t.Errorf("%v: got %v, want INTERNAL and %s", code, err, ReasonRefused)
		}
		if !strings.HasPrefix(err.Error(), "SpiceDB refused it: there is no galaxy far") || len(err.Error()) > 2*maxSaid {
			t.Errorf("%v: got %q", code, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := refused(ctx, status.Error(codes.InvalidArgument, "no")); err != context.Canceled {
		t.Errorf("cancelled: got %v", err)
	}
}

func TestIsRaced(t *testing.T) {
	t.Parallel()
	raced := because(t, codes.FailedPrecondition, v1.ErrorReason_ERROR_REASON_WRITE_OR_DELETE_PRECONDITION_FAILURE)
	other := because(t, codes.FailedPrecondition, v1.ErrorReason_ERROR_REASON_UNKNOWN_DEFINITION)
	if !isRaced(raced) || isRaced(other) || isRaced(nil) || isRaced(status.Error(codes.FailedPrecondition, "")) {
		t.Error("a failed precondition is not told apart from other refusals")
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
