package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// errNo is the answer no: it is printed as an answer, not as an error.
var errNo = errors.New("no")

// misuseError is about how ambit was called.
type misuseError struct {
	message string
	hint    string
	cause   error
}

// Error returns the sentence, without the hint.
func (e *misuseError) Error() string { return e.message }

// Unwrap returns what was wrong with a file, if it was one.
func (e *misuseError) Unwrap() error { return e.cause }

// here marks an error of a command that talks to no server: hints about one
// would mislead.
type here struct{ error }

// Unwrap returns the error.
func (h here) Unwrap() error { return h.error }

// misuse returns an error that ends in exit code 2. The hint may be empty.
func misuse(message, hint string) error { return &misuseError{message: message, hint: hint} }

// unreadable is an error about a file that cannot be used.
func unreadable(err error) error { return &misuseError{message: sentence(err), cause: err} }

// exit prints an error and returns the exit code.
func (a *app) exit(err error) int {
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, errNo):
		return ExitFailed
	}
	if a.settings.output == outputJSON {
		a.complainJSON(err)
	} else {
		a.complain(err)
	}
	if _, ok := errors.AsType[*misuseError](err); ok {
		return ExitMisuse
	}
	return ExitFailed
}

// complain prints an error for people.
func (a *app) complain(err error) {
	for text := range strings.SplitSeq(sentence(err), "\n") {
		a.tell("ambit: %s\n", printable(text))
	}
	if hint := hintOf(err); hint != "" {
		a.tell("  %s\n", hint)
	}
}

// complainJSON prints an error for programs, which cannot do with a sentence:
// they look at code and reason.
func (a *app) complainJSON(err error) {
	content := map[string]string{"message": sentence(err), "hint": hintOf(err)}
	if domain, ok := errors.AsType[*iam.Error](err); ok {
		content["code"], content["reason"] = string(domain.Code), domain.Reason
		content["field"], content["value"], content["message"] = domain.Field, domain.Value, domain.Message
	}
	maps.DeleteFunc(content, func(_, text string) bool { return text == "" })
	text, failed := json.Marshal(map[string]any{"error": content})
	if failed != nil {
		a.complain(err)
		return
	}
	a.tell("%s\n", text)
}

// tell writes to standard error. If that cannot be written, nothing can be said
// about it.
func (a *app) tell(format string, args ...any) { _, _ = fmt.Fprintf(a.stderr, format, args...) }

// sentence returns what an error says to a person: all faults of a file, the
// sentence of a domain error without what was attempted, or the text.
func sentence(err error) string {
	if wrong, ok := errors.AsType[*misuseError](err); ok {
		return wrong.message
	}
	if faults, ok := errors.AsType[world.Faults](err); ok {
		return faults.Error()
	}
	if domain, ok := errors.AsType[*iam.Error](err); ok {
		return domain.Error()
	}
	return err.Error()
}

// hintOf returns what a person can try next, or "".
func hintOf(err error) string {
	if wrong, ok := errors.AsType[*misuseError](err); ok {
		return wrong.hint
	}
	if _, ok := errors.AsType[here](err); ok {
		return ""
	}
	switch iam.CodeOf(err) {
	case iam.Unauthenticated:
		return "give the server's token with --token or AMBIT_TOKEN; ambit serve prints where it is kept"
	case iam.Aborted:
		return "somebody else was faster: read it again and retry"
	case iam.Unavailable:
		return "--endpoint or AMBIT_ENDPOINT says where the server is"
	}
	return ""
}
