package spicedb

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
)

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
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted:
		return iam.Unreachable("SpiceDB", err)
	}
	return iam.Failed("asking SpiceDB", err)
}

// staleRevision tells whether SpiceDB refused to read at an exact revision:
// OUT_OF_RANGE once the revision was collected, UNKNOWN when it belongs to
// another datastore, as after a restart of an embedded server.
func staleRevision(err error) bool {
	code := status.Code(errors.Unwrap(err))
	return code == codes.OutOfRange || code == codes.Unknown
}
