package spicedb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
)

const (
	// ReasonRefused is the reason of an INTERNAL error that says that SpiceDB
	// will never take what it was given: a tuple that the schema does not allow,
	// or a schema that does not compile or that its tuples contradict.
	ReasonRefused = "SPICEDB_REFUSED"
	// ReasonKeyRefused is the reason of an UNAVAILABLE error that says that
	// SpiceDB does not know the pre-shared key.
	ReasonKeyRefused = "SPICEDB_KEY_REFUSED"
)

// maxSaid bounds what is repeated of SpiceDB's words, in signs.
const maxSaid = 400

// failure turns an error of a call made for ctx into one of the domain. A
// caller who gave up gets his own context.Canceled back. A deadline counts as
// an engine that cannot be reached: who set it wants to know just that.
func failure(ctx context.Context, err error) error {
	switch ctx.Err() {
	case nil:
	case context.Canceled:
		return context.Canceled
	default:
		return iam.Unreachable("SpiceDB", fmt.Errorf("%w: %w", ctx.Err(), err))
	}
	if domain, ok := errors.AsType[*iam.Error](err); ok {
		return domain // of a call within this one
	}
	// The connection broke while gRPC repeated the request: it has no status.
	if errors.Is(err, io.EOF) {
		return iam.Unreachable("SpiceDB", err)
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted:
		return iam.Unreachable("SpiceDB", err)
	case codes.ResourceExhausted:
		// SpiceDB is busy, unless it is the question that goes too deep.
		if !isReason(err, v1.ErrorReason_ERROR_REASON_MAXIMUM_DEPTH_EXCEEDED) {
			return iam.Unreachable("SpiceDB", err)
		}
	case codes.Unauthenticated, codes.PermissionDenied:
		return (&iam.Error{
			Code: iam.Unavailable, Reason: ReasonKeyRefused, Message: "SpiceDB refused the pre-shared key",
		}).Because(err)
	}
	return iam.Failed("asking SpiceDB", err)
}

// refused is failure for calls that write. What SpiceDB does not take it does
// not take the next time either, so its words go to those who can mend it.
// They name types, relations and lines of the schema, and never the key.
func refused(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
	case status.Code(err) == codes.InvalidArgument, status.Code(err) == codes.FailedPrecondition:
		return (&iam.Error{Code: iam.Internal, Reason: ReasonRefused, Message: "SpiceDB refused it: " + said(err)}).Because(err)
	}
	return failure(ctx, err)
}

// said returns SpiceDB's own words on one line.
func said(err error) string {
	words := []rune(strings.Join(strings.Fields(status.Convert(err).Message()), " "))
	if len(words) > maxSaid {
		return string(words[:maxSaid]) + "..."
	}
	return string(words)
}

// isRaced tells whether SpiceDB did not write because a precondition failed.
func isRaced(err error) bool {
	return isReason(err, v1.ErrorReason_ERROR_REASON_WRITE_OR_DELETE_PRECONDITION_FAILURE)
}

// isReason tells whether SpiceDB gave this reason for an error.
func isReason(err error, reason v1.ErrorReason) bool {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetReason() == reason.String() {
			return true
		}
	}
	return false
}

// staleRevision tells whether SpiceDB refused to read at an exact revision:
// OUT_OF_RANGE once the revision was collected, UNKNOWN when it belongs to
// another datastore, as after a restart of an embedded server.
func staleRevision(err error) bool {
	code := status.Code(errors.Unwrap(err))
	return code == codes.OutOfRange || code == codes.Unknown
}
