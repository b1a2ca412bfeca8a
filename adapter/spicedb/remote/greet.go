package remote

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/spicedb"
)

// pause is how long Dial rests before it asks again whether SpiceDB is there.
const pause = 200 * time.Millisecond

// greet asks SpiceDB something, until it answers or time is up.
func (c *Conn) greet(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	for {
		_, err := c.Engine().Schema(asking)
		switch {
		case err == nil:
			return nil
		case ctx.Err() == context.Canceled:
			return context.Canceled
		case status.Code(err) == codes.Unimplemented:
			return iam.Forbidden("SPICEDB_FOREIGN", "", "", "what answers at "+c.config.Endpoint+" is not SpiceDB").Because(err)
		case iam.ReasonOf(err) == spicedb.ReasonKeyRefused, iam.CodeOf(err) != iam.Unavailable:
			return err
		}
		if fault := c.handshakeFault(asking); fault != nil {
			return fault
		}
		if !rest(asking) {
			return c.unreachable(err)
		}
	}
}

// rest waits a moment, and tells whether there is still time.
func rest(ctx context.Context) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Conn) unreachable(cause error) error {
	return (&iam.Error{
		Code: iam.Unavailable, Reason: "UNAVAILABLE",
		Message: fmt.Sprintf("SpiceDB cannot be reached at %s", c.config.Endpoint),
	}).Because(cause)
}
