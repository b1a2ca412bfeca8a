package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// call is a call of one method.
type call func(ctx context.Context) error

// calls holds one call of each method that asks every engine, in a world where
// all would succeed.
func calls(t *testing.T, subject Subject) map[string]call {
	asked := question(environment("E1"), "read", "ann")
	change := rel.Write{Updates: updates(t, rel.Touch, world()...)}
	return map[string]call{
		"Write": func(ctx context.Context) error {
			_, err := subject.Write(ctx, change)
			return err
		},
		"Check": func(ctx context.Context) error {
			_, _, err := subject.Check(ctx, rel.Consistency{}, asked)
			return err
		},
		"CheckMany": func(ctx context.Context) error {
			_, _, err := subject.CheckMany(ctx, rel.Consistency{}, []rel.Question{asked})
			return err
		},
		"Resources": func(ctx context.Context) error {
			_, err := subject.Resources(ctx, rel.Consistency{}, readableBy("ann"))
			return err
		},
		"Subjects": func(ctx context.Context) error {
			query := rel.SubjectQuery{Resource: environment("E1"), Permission: "read", Type: "user"}
			_, err := subject.Subjects(ctx, rel.Consistency{}, query)
			return err
		},
		"Schema": func(ctx context.Context) error {
			_, err := subject.Schema(ctx)
			return err
		},
		"WriteSchema": func(ctx context.Context) error { return subject.WriteSchema(ctx, schemaText) },
		"SchemaDifference": func(ctx context.Context) error {
			_, err := subject.SchemaDifference(ctx, schemaText)
			return err
		},
		"Import": func(ctx context.Context) error {
			_, err := subject.Import(ctx, members(10))
			return err
		},
		"Read": func(ctx context.Context) error { return lastError(ctx, subject, rel.Filter{}) },
		"Read filtered": func(ctx context.Context) error {
			return lastError(ctx, subject, rel.Filter{ResourceType: "team"})
		},
	}
}

// booksCalls holds one call of each method that asks engines with bookkeeping.
func booksCalls(t *testing.T, subject Subject) map[string]call {
	return map[string]call{
		"Write of a tenant": func(ctx context.Context) error {
			_, err := subject.Write(ctx, step(t, 2))
			return err
		},
		"Identity": func(ctx context.Context) error {
			_, err := subject.Identity(ctx)
			return err
		},
		"SetIdentity": func(ctx context.Context) error { return subject.SetIdentity(ctx, rel.Identity{Model: "m"}) },
		"Positions": func(ctx context.Context) error {
			_, err := subject.Positions(ctx)
			return err
		},
		"SetPositions": func(ctx context.Context) error {
			return subject.SetPositions(ctx, map[string]uint64{tenant: 5})
		},
	}
}

func lastError(ctx context.Context, subject Subject, filter rel.Filter) error {
	var last error
	for _, err := range subject.Read(ctx, filter) {
		last = err
	}
	return last
}

// cancelled: who gives up gets his own error back.
func cancelled(t *testing.T, subject Subject, calls map[string]call) {
	inhabited(t, subject)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls {
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", name, err)
		}
	}
}

// unreachable: an engine that is away says so, and says nothing else.
func unreachable(t *testing.T, subject Subject, calls map[string]call) {
	severable, ok := subject.(Severable)
	if !ok {
		t.Skip("this engine is always there: it is not Severable")
	}
	inhabited(t, subject)
	severable.Sever(t)
	for name, call := range calls {
		err := call(t.Context())
		if iam.CodeOf(err) != iam.Unavailable {
			t.Errorf("%s: got %v, want UNAVAILABLE", name, err)
			continue
		}
		if domain, ok := errors.AsType[*iam.Error](err); !ok || err.Error() != domain.Error() {
			t.Errorf("%s: %q says more than the domain error", name, err)
		}
	}
}
