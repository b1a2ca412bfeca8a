package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// classifyPostgres reads the server's SQLSTATE. A server that does not let us
// in is unavailable here, whatever it says: a store that is open was let in once.
func classifyPostgres(err error) (fault, string) {
	if _, refused := errors.AsType[*pgconn.ConnectError](err); refused {
		return faultUnavailable, ""
	}
	broken, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return classifyConnection(err), ""
	}
	switch broken.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return faultRaced, ""
	case "23503":
		return faultReference, broken.ConstraintName
	case "23514":
		return faultCheck, broken.ConstraintName
	case "55P03", "57014": // lock_timeout, statement_timeout
		return faultBusy, ""
	case "57P01", "57P02", "57P03", "25P03": // server going down or starting, idle in transaction
		return faultUnavailable, ""
	case "53100": // disk full
		return faultFull, ""
	}
	if strings.HasPrefix(broken.Code, "08") || broken.Code == "53300" { // connection, too many connections
		return faultUnavailable, ""
	}
	return faultOther, ""
}

// classifyConnection tells a connection that broke from a fault of ours.
func classifyConnection(err error) fault {
	_, network := errors.AsType[net.Error](err)
	if network || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) {
		return faultUnavailable
	}
	return faultOther
}

// isPostgresDuplicate: a table or a row of the version table came up meanwhile.
func isPostgresDuplicate(err error) bool {
	broken, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (broken.Code == "42P07" || broken.Code == "23505")
}

// openPostgresFailed turns an error of opening into a sentence that says what to
// do.
func openPostgresFailed(ctx context.Context, settings *pgx.ConnConfig, err error) error {
	if broken, ok := errors.AsType[*pgconn.PgError](err); ok && iam.ReasonOf(err) == "" {
		switch broken.Code {
		case "28P01", "28000": // wrong password; nobody of that name may come from here
			return iam.Forbidden("DATABASE_REFUSED", "", "", "the database refused the user or the password").Because(err)
		case "3D000":
			return iam.Forbidden("DATABASE_UNKNOWN", "database", settings.Database, "does not exist on the server; create it first").Because(err)
		case "42704", "22023":
			return iam.Invalid("DSN_MALFORMED", "database", "",
				"is named with an option that the server does not know, or a value that it refuses").Because(err)
		case "42501":
			return iam.Forbidden("DATABASE_DENIED", "database", settings.Database,
				"does not let the user in, use the tables or create them; grant it, or run ambit migrate up as their owner").Because(err)
		}
	}
	return postgresDialect().translate(ctx, "open database", err)
}
