package iam

import (
	"errors"
	"fmt"
)

// Code classes an error by what the caller can do about it. The names are
// those of gRPC status codes.
type Code string

// The codes that Ambit answers with.
const (
	// InvalidArgument: the request is wrong in any state of the data.
	InvalidArgument Code = "INVALID_ARGUMENT"
	// NotFound: an object named in the request does not exist, or the caller
	// may not see it.
	NotFound Code = "NOT_FOUND"
	// AlreadyExists: what was to be created is there already.
	AlreadyExists Code = "ALREADY_EXISTS"
	// FailedPrecondition: today's state forbids what is asked.
	FailedPrecondition Code = "FAILED_PRECONDITION"
	// PermissionDenied: the caller may not do this.
	PermissionDenied Code = "PERMISSION_DENIED"
	// Unauthenticated: the caller did not say who he is, or not convincingly.
	Unauthenticated Code = "UNAUTHENTICATED"
	// Aborted: somebody else was faster; read again and retry.
	Aborted Code = "ABORTED"
	// Unavailable: a part that Ambit needs cannot be reached; retry later.
	Unavailable Code = "UNAVAILABLE"
	// ResourceExhausted: a limit was reached.
	ResourceExhausted Code = "RESOURCE_EXHAUSTED"
	// Internal: a fault of Ambit. Its cause is logged and never sent.
	Internal Code = "INTERNAL"
)

// Error is the one error type of the domain. The zero value is not useful;
// use the constructors.
type Error struct {
	// Code classes the error.
	Code Code
	// Reason is the machine-readable cause, such as ROLE_IN_USE.
	Reason string
	// Field names the request field at fault, such as "policy.scope"; may be empty.
	Field string
	// Value is the offending value; may be empty.
	Value string
	// Message is a sentence that a person can act on.
	Message string

	cause error
}

// Error returns the sentence with field and value. It never holds the text of
// the cause, which may come from a driver.
func (e *Error) Error() string {
	switch {
	case e.Field != "" && e.Value != "":
		return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Message)
	case e.Field != "":
		return e.Field + ": " + e.Message
	case e.Value != "":
		return fmt.Sprintf("%q: %s", e.Value, e.Message)
	}
	return e.Message
}

// Unwrap returns the cause, for logs and errors.Is.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e that remembers cause. The cause is for logs; it
// is not part of the message.
func (e *Error) Because(cause error) *Error {
	wrapped := *e
	wrapped.cause = cause
	return &wrapped
}

// At returns a copy of e whose field is prefix + "." + field.
func (e *Error) At(prefix string) *Error {
	moved := *e
	if moved.Field == "" {
		moved.Field = prefix
	} else {
		moved.Field = prefix + "." + moved.Field
	}
	return &moved
}

// Invalid returns an INVALID_ARGUMENT error.
func Invalid(reason, field, value, message string) *Error {
	return &Error{Code: InvalidArgument, Reason: reason, Field: field, Value: value, Message: message}
}

// Missing returns a NOT_FOUND error with reason NOT_FOUND.
func Missing(field, value string) *Error {
	return &Error{Code: NotFound, Reason: "NOT_FOUND", Field: field, Value: value, Message: "does not exist"}
}

// Exists returns an ALREADY_EXISTS error.
func Exists(reason, field, value, message string) *Error {
	return &Error{Code: AlreadyExists, Reason: reason, Field: field, Value: value, Message: message}
}

// Forbidden returns a FAILED_PRECONDITION error: today's state forbids it.
func Forbidden(reason, field, value, message string) *Error {
	return &Error{Code: FailedPrecondition, Reason: reason, Field: field, Value: value, Message: message}
}

// Failed returns an INTERNAL error that hides cause from the caller.
func Failed(attempted string, cause error) *Error {
	return (&Error{Code: Internal, Reason: "INTERNAL", Message: attempted + " failed"}).Because(cause)
}

// Unreachable returns an UNAVAILABLE error that hides cause from the caller.
func Unreachable(part string, cause error) *Error {
	return (&Error{Code: Unavailable, Reason: "UNAVAILABLE", Message: part + " cannot be reached; try again later"}).Because(cause)
}

// CodeOf returns the code of the first *Error in err's chain, INTERNAL if
// there is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// ReasonOf returns the reason of the first *Error in err's chain, or "".
func ReasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}
