package world

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// step takes one step and reports whether it went as wanted.
func (t *trial) step(ctx context.Context, step Step) bool {
	if step.Error != "" {
		return t.refused(ctx, step)
	}
	if err := t.door.Do(ctx, step.Action); err != nil {
		t.fail(step.title(), "success", got(err))
		return false
	}
	return true
}

// refused takes a step that must be refused and must change nothing.
func (t *trial) refused(ctx context.Context, step Step) bool {
	wanted := strings.ToLower(string(step.Error))
	if step.Refusal != nil {
		return t.refusal(step, wanted, step.Refusal)
	}
	before, err := t.door.State(ctx)
	if err != nil {
		t.fail(step.title(), "the state before", got(err))
		return false
	}
	if !t.refusal(step, wanted, t.door.Do(ctx, step.Action)) {
		return false
	}
	after, err := t.door.State(ctx)
	if err != nil || !bytes.Equal(before, after) {
		t.fail(step.title(), wanted+" and no change", got(errors.Join(err, errors.New(difference(before, after)))))
		return false
	}
	return true
}

// refusal reports whether err is the wanted one.
func (t *trial) refusal(step Step, wanted string, err error) bool {
	if iam.CodeOf(err) == step.Error {
		return true
	}
	t.fail(step.title(), wanted, got(err))
	return false
}

// title names a step in failures.
func (s Step) title() string {
	if s.Action == nil {
		return s.Path
	}
	return s.Action.String()
}

// difference says in one line how two states differ.
func difference(before, after []byte) string {
	old, now := strings.Split(string(before), "\n"), strings.Split(string(after), "\n")
	for _, line := range now {
		if !slices.Contains(old, line) {
			return fmt.Sprintf("a change: %q is new", line)
		}
	}
	for _, line := range old {
		if !slices.Contains(now, line) {
			return fmt.Sprintf("a change: %q is gone", line)
		}
	}
	return "a change"
}
