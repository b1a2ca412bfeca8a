package remote

import (
	"context"
	"time"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/spicedb"
)

// watchSilence is how long a refusal to watch may take: a SpiceDB that watches
// says nothing until something changes.
const watchSilence = time.Second

// RequireWatch returns an error unless SpiceDB tells who asks what changes: a
// FAILED_PRECONDITION with reason SPICEDB_WITHOUT_WATCH if it does not, as on a
// PostgreSQL without track_commit_timestamp; UNAVAILABLE if it cannot be asked.
// It takes a second.
func (c *Conn) RequireWatch(ctx context.Context) error {
	watching, cancel := context.WithTimeout(ctx, watchSilence)
	defer cancel()
	stream, err := v1.NewWatchServiceClient(c.grpc).Watch(watching, &v1.WatchRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() == context.Canceled:
		return context.Canceled
	case status.Code(err) == codes.DeadlineExceeded && ctx.Err() == nil:
		return nil // silence: it watches
	}
	switch status.Code(err) {
	case codes.Unimplemented, codes.FailedPrecondition:
		return iam.Forbidden("SPICEDB_WITHOUT_WATCH", "", "",
			"SpiceDB at "+c.config.Endpoint+" has its Watch API switched off; on PostgreSQL it needs track_commit_timestamp=on").Because(err)
	case codes.Unauthenticated, codes.PermissionDenied:
		return (&iam.Error{
			Code: iam.Unavailable, Reason: spicedb.ReasonKeyRefused, Message: "SpiceDB refused the pre-shared key",
		}).Because(err)
	}
	return c.unreachable(err)
}
