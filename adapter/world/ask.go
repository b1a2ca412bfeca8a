package world

import (
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// ask puts one question and records an answer that was not wanted.
func (t *trial) ask(ctx context.Context, q Question) {
	if q.Kind == KindCheck {
		t.check(ctx, q)
		return
	}
	answer, err := t.list(ctx, q)
	wanted := "[" + strings.Join(q.Exactly, ", ") + "]"
	if err != nil {
		t.fail(q.String(), wanted, got(err))
		return
	}
	slices.Sort(answer)
	if !slices.Equal(answer, q.Exactly) {
		t.fail(q.String(), wanted, "["+strings.Join(answer, ", ")+"]"+apart(q.Exactly, answer))
	}
}

func (t *trial) check(ctx context.Context, q Question) {
	answer, err := t.door.Check(ctx, q.Subject, q.Permission, q.Object)
	switch {
	case err != nil:
		t.fail(q.String(), decision(q.Allowed), got(err))
	case answer.Allowed != q.Allowed && answer.Reason != "":
		t.fail(q.String(), decision(q.Allowed), decision(answer.Allowed)+" ("+answer.Reason+")")
	case answer.Allowed != q.Allowed:
		t.fail(q.String(), decision(q.Allowed), decision(answer.Allowed))
	}
}

func (t *trial) list(ctx context.Context, q Question) ([]string, error) {
	switch q.Kind {
	case KindCanAccess:
		refs, err := t.door.Resources(ctx, q.Subject, q.Permission, q.Type)
		return texts(refs), err
	case KindWhoCan:
		refs, err := t.door.Subjects(ctx, q.Permission, q.Object)
		return texts(refs), err
	case KindPermissions:
		return t.door.Permissions(ctx, q.Subject, q.Object)
	}
	return nil, iam.Invalid(ReasonValue, "", string(q.Kind), "is no kind of question")
}

func decision(allowed bool) string {
	if allowed {
		return "allow"
	}
	return "deny"
}

func texts(refs []iam.Ref) []string {
	all := make([]string, len(refs))
	for i, ref := range refs {
		all[i] = ref.String()
	}
	return all
}

// apart names what two sorted lists do not share, so that nobody compares long
// lists by eye.
func apart(wanted, answer []string) string {
	missing, extra := without(wanted, answer), without(answer, wanted)
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, "missing "+strings.Join(missing, ", "))
	}
	if len(extra) > 0 {
		parts = append(parts, "extra "+strings.Join(extra, ", "))
	}
	if len(parts) == 0 {
		return " (one of them twice)"
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(text string) bool {
		_, found := slices.BinarySearch(some, text)
		return found
	})
}
