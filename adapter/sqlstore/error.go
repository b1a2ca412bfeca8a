package sqlstore

import (
	"context"
	"errors"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// raceLost is the reason of an error after which the same transaction may
// succeed.
const raceLost = "RACE_LOST"

// translate makes a domain error of err. The end of a context passes through,
// so that callers recognise it; so does an error that is one of the domain
// already. Everything else keeps the driver's error as its cause.
func (d *dialect) translate(ctx context.Context, attempted string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*iam.Error](err); ok {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	kind, constraint := d.classify(err)
	switch kind {
	case faultRaced:
		return (&iam.Error{
			Code: iam.Aborted, Reason: raceLost,
			Message: "another change came first; read again and retry",
		}).Because(err)
	case faultBusy:
		return (&iam.Error{
			Code: iam.Unavailable, Reason: "DATABASE_BUSY",
			Message: "the database is busy with something else; try again later",
		}).Because(err)
	case faultUnavailable:
		return iam.Unreachable("the database", err)
	case faultFull:
		return (&iam.Error{
			Code: iam.ResourceExhausted, Reason: "DATABASE_FULL",
			Message: "the database has no space left",
		}).Because(err)
	case faultCheck:
		if broken := checkBroken(constraint); broken != nil {
			return broken.Because(err)
		}
	}
	return iam.Failed(attempted, err)
}

// isFault reports whether err is, or was made of, an error of that kind.
func (d *dialect) isFault(err error, kind fault) bool {
	if err == nil {
		return false
	}
	got, _ := d.classify(err)
	return got == kind
}

// checkBroken returns the domain error for a check constraint, or nil for a
// name that is not one of ours. Use cases test all of this earlier and with
// better words; here it only keeps nonsense out of the tables.
func checkBroken(constraint string) *iam.Error {
	switch constraint {
	case "scopes_named":
		return iam.Invalid("ID_EMPTY", "scope", "", "a scope needs a type and an id")
	case "scopes_parent_whole":
		return iam.Invalid("REFERENCE_MALFORMED", "scope.parent", "", "a parent needs a type and an id")
	case "scopes_parent_other":
		return iam.Forbidden("SCOPE_CYCLE", "scope.parent", "", "a scope cannot be its own parent")
	case "scopes_root_tenant":
		return iam.Invalid("TENANT_WRONG", "scope.tenant", "", "a scope without a parent is its own tenant")
	case "users_named", "service_accounts_named", "groups_named", "roles_named", "policies_named", "resources_named":
		return iam.Invalid("ID_EMPTY", "id", "", "an id must not be empty")
	case "users_status", "service_accounts_status":
		return iam.Invalid("STATUS_UNKNOWN", "status", "", "a status is active or inactive")
	case "policies_subject":
		return iam.Invalid("SUBJECT_EMPTY", "policy.subject", "", "a policy needs a subject")
	}
	return nil
}
