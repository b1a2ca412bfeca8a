package sqlstore

import (
	"context"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// fault classes what a driver reports.
type fault int

const (
	faultOther       fault = iota // nothing that we know
	faultRaced                    // another transaction was faster; a new try may win
	faultBusy                     // something took too long: a lock, a statement
	faultUnavailable              // the server is gone, or does not let us in
	faultFull                     // no space left
	faultReference                // a foreign key
	faultCheck                    // a check constraint
)

// dialect is all that differs between the database products.
type dialect struct {
	goose      goose.Dialect
	migrations func() fs.FS
	// versioned counts the tables in which goose keeps versions: one or none.
	versioned string
	// numbered: arguments are written $1, $2 and not ?.
	numbered bool
	// prepares: statements are worth preparing by hand. A driver that caches
	// them itself would only make an extra round trip.
	prepares bool
	// enter makes the transaction share the lock of everything, lockAll take it
	// for itself alone; lockTenant makes it the only writer of a tenant, named by
	// its one argument. Empty where a write transaction is alone anyway.
	enter, lockAll, lockTenant string
	// detach: the driver must not watch the context. See detached.
	detach bool
	// classify tells what an error of the driver means, and which constraint it
	// names, if any.
	classify func(error) (fault, string)
	// isDuplicate: what was to be created is there already.
	isDuplicate func(error) bool
}

// detached returns the context for the driver. SQLite's answers come in
// microseconds, but watching a context costs it a goroutine per statement, and
// an interrupted connection leaves the pool. So a session looks at the context
// between statements instead.
func (d *dialect) detached(ctx context.Context) context.Context {
	if d.detach {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// rebind spells the arguments of query the way the product wants them. No text
// of ours holds a question mark that is not an argument.
func (d *dialect) rebind(query string) string {
	if !d.numbered {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}
