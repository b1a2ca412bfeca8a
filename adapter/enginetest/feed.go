package enginetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// The marks of the tests. Their time is far away, so that no engine takes them
// for left behind.
const (
	firstMark  = "7zzzzzzzzz0000000000000001"
	secondMark = "7zzzzzzzzz0000000000000002"
	thirdMark  = "7zzzzzzzzz0000000000000003"
)

// told is what a stream said up to a mark and its checkpoint.
type told struct {
	held       map[string]bool
	entries    []rel.Entry
	marks      []string
	checkpoint rel.ZedToken
}

// listen follows the stream after a revision until it has told of a mark.
func listen(t *testing.T, subject Subject, from rel.ZedToken, held map[string]bool, mark string) told {
	t.Helper()
	all := told{held: held}
	for step, err := range subject.Watch(t.Context(), from) {
		if err != nil {
			t.Fatalf("Watch: %v", err)
		}
		for _, update := range step.Updates {
			delete(all.held, update.Tuple.String())
			if update.Op == rel.Touch {
				all.held[update.Tuple.String()] = true
			}
		}
		if len(step.Strange) > 0 {
			t.Errorf("strange updates in %+v", step)
		}
		all.entries, all.marks = append(all.entries, step.Entries...), append(all.marks, step.Marks...)
		if step.Checkpoint != "" && slices.Contains(all.marks, mark) {
			all.checkpoint = step.Checkpoint
			return all
		}
	}
	t.Fatal("Watch ended without an error")
	return all
}

func beat(t *testing.T, subject Subject, mark, before string) rel.ZedToken {
	t.Helper()
	token, err := subject.Beat(t.Context(), mark, before)
	if err != nil || token == "" {
		t.Fatalf("Beat: got %q, %v", token, err)
	}
	return token
}

func texts(held map[string]bool) []string {
	all := []string{}
	for text := range held {
		all = append(all, text)
	}
	return sorted(all)
}

// feedFollows: what a stream tells, put onto what was there when it began, is what
// is there at its end; changes of a tenant come in their order, marks after what
// was written before them.
func feedFollows(t *testing.T, subject Subject) {
	inhabited(t, subject)
	from := beat(t, subject, firstMark, "")
	held := map[string]bool{}
	for _, text := range contents(t, subject, rel.Filter{}) {
		held[text] = true
	}
	remove(t, subject, world()[3])
	touch(t, subject, world()[3], "team:ops#member@user:eve")
	remove(t, subject, world()[0])
	beat(t, subject, secondMark, firstMark)
	all := listen(t, subject, from, held, secondMark)
	expectSame(t, "what the stream told", texts(all.held), contents(t, subject, rel.Filter{}))
	expectSame(t, "marks", all.marks, []string{secondMark})
	if len(all.entries) != 3 {
		t.Fatalf("changes: got %v, want three", all.entries)
	}
	for i, entry := range all.entries[1:] { // without positions they all have the same number
		if entry.Tenant != tenant || entry.Seq < all.entries[i].Seq {
			t.Errorf("got %+v after %+v", entry, all.entries[i])
		}
	}
	// Whoever was cut off goes on at his last checkpoint, and misses nothing.
	touch(t, subject, world()[0])
	beat(t, subject, thirdMark, secondMark)
	rest := listen(t, subject, all.checkpoint, all.held, thirdMark)
	expectSame(t, "what the stream told later", texts(rest.held), contents(t, subject, rel.Filter{}))
	if len(rest.entries) != 1 {
		t.Errorf("changes after the checkpoint: got %v, want one", rest.entries)
	}
}

// feedLong: a change that had to be cut is named when its last part is there.
func feedLong(t *testing.T, subject Subject) {
	withSchema(t, subject)
	from := beat(t, subject, firstMark, "")
	long := rel.Write{Tenant: tenant, Seq: 1}
	for tuple := range members(2400) {
		long.Updates = append(long.Updates, rel.Update{Op: rel.Touch, Tuple: tuple})
	}
	deliver(t, subject, long)
	seen := 0
	for step, err := range subject.Watch(t.Context(), from) {
		if err != nil {
			t.Fatalf("Watch: %v", err)
		}
		seen += len(step.Updates)
		if len(step.Entries) > 0 {
			expectSame(t, "changes", step.Entries, []rel.Entry{{Tenant: tenant, Seq: 1}})
			break
		}
	}
	if seen != len(long.Updates) {
		t.Errorf("the change was named after %d of its %d updates", seen, len(long.Updates))
	}
}

// feedHidden: nobody sees marks among the tuples.
func feedHidden(t *testing.T, subject Subject) {
	inhabited(t, subject)
	beat(t, subject, firstMark, "")
	beat(t, subject, secondMark, firstMark)
	expectSame(t, "everything", contents(t, subject, rel.Filter{}), sorted(world()))
	expectSame(t, "by relation", contents(t, subject, rel.Filter{Relation: "beat"}), []string{})
}

// feedUnknown: a revision that the engine does not have ends the stream.
func feedUnknown(t *testing.T, subject Subject) {
	inhabited(t, subject)
	for _, from := range []rel.ZedToken{"nonsense", "bm9uc2Vuc2U="} {
		for step, err := range subject.Watch(t.Context(), from) {
			if err == nil {
				t.Fatalf("Watch from %q: got %+v", from, step)
			}
			if _, ok := errors.AsType[*iam.Error](err); !ok {
				t.Errorf("Watch from %q: got %v, want an error of the domain", from, err)
			}
		}
	}
}

// feedCalls are for the tests of failures.
func feedCalls(subject Subject) map[string]call {
	return map[string]call{
		"Watch": func(ctx context.Context) error { return firstError(subject.Watch(ctx, "")) },
		"Beat": func(ctx context.Context) error {
			_, err := subject.Beat(ctx, firstMark, "")
			return err
		},
	}
}

// firstError reads a stream to its end.
func firstError(stream iter.Seq2[rel.Step, error]) error {
	for _, err := range stream {
		if err != nil {
			return err
		}
	}
	return nil
}
