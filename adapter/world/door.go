package world

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Door is a system under test, fresh and empty. Errors carry an *iam.Error, as
// far as the way to the system lets them.
type Door interface {
	Steps
	Questions
}

// Steps is the side of a Door that changes things.
type Steps interface {
	// Do carries out one action.
	Do(ctx context.Context, action Action) error
	// State returns a text of all that people decided, such as an export: the
	// same text as long as nothing changed.
	State(ctx context.Context) ([]byte, error)
	// Close lets go of the system.
	Close() error
}

// Questions is the side of a Door that answers. Every answer has seen every
// action before it.
type Questions interface {
	// Check asks whether a subject has a permission on an object.
	Check(ctx context.Context, subject iam.Ref, permission string, object iam.Ref) (Answer, error)
	// Resources lists the objects of a type on which a subject has a permission.
	Resources(ctx context.Context, subject iam.Ref, permission, typeName string) ([]iam.Ref, error)
	// Subjects lists who has a permission on an object.
	Subjects(ctx context.Context, permission string, object iam.Ref) ([]iam.Ref, error)
	// Permissions lists all that a subject may do on an object.
	Permissions(ctx context.Context, subject, object iam.Ref) ([]string, error)
}

// Answer is yes or no, and why.
type Answer struct {
	Allowed bool
	// Reason is for the person who reads a failure; may be empty.
	Reason string
}
