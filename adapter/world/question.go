package world

import (
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Kind says what a question asks.
type Kind string

// The kinds of questions.
const (
	// KindCheck asks whether Subject has Permission on Object.
	KindCheck Kind = "check"
	// KindCanAccess asks for the objects of Type on which Subject has Permission.
	KindCanAccess Kind = "can_access"
	// KindWhoCan asks for the subjects that have Permission on Object.
	KindWhoCan Kind = "who_can"
	// KindPermissions asks for all that Subject may do on Object.
	KindPermissions Kind = "permissions"
)

// Question is one line under then, with the answer it wants.
type Question struct {
	Kind Kind
	// Subject, Permission, Object and Type are set as the kind needs them.
	Subject    iam.Ref
	Permission string
	Object     iam.Ref
	Type       string
	// Allowed is the wanted answer of a check.
	Allowed bool
	// Exactly is the wanted answer of the other kinds: references or
	// permissions, sorted.
	Exactly []string
}

// String returns the question as people write it, without the answer.
func (q Question) String() string {
	words := []string{string(q.Kind), q.Subject.String(), q.Permission, q.Object.String(), q.Type}
	if q.Kind == KindCheck {
		words[0] = ""
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// then reads all questions of a case.
func (v value) then() []Question {
	rec := v.record("allow", "deny", "can_access", "who_can", "permissions")
	return slices.Concat(
		each(rec.at("allow"), func(v value) Question { return v.check(true) }),
		each(rec.at("deny"), func(v value) Question { return v.check(false) }),
		each(rec.at("can_access"), value.canAccess),
		each(rec.at("who_can"), value.whoCan),
		each(rec.at("permissions"), value.permissions),
	)
}

// check reads "subject permission object".
func (v value) check(allowed bool) Question {
	text := v.text()
	words := strings.Fields(text)
	if len(words) != 3 {
		v.refuse(ReasonValue, text, "a question is written: subject permission object")
		return Question{}
	}
	return Question{
		Kind: KindCheck, Subject: v.refOf(words[0]), Permission: words[1], Object: v.refOf(words[2]), Allowed: allowed,
	}
}

// refOf reads a reference that is a part of the value's text.
func (v value) refOf(word string) iam.Ref {
	ref, err := iam.ParseRef(v.path, word)
	if err != nil {
		v.domain(err, word)
	}
	return ref
}

func (v value) canAccess() Question {
	rec := v.record("subject", "permission", "type", "exactly")
	return Question{
		Kind: KindCanAccess, Subject: rec.at("subject").requiredRef(), Permission: rec.at("permission").required(),
		Type: rec.at("type").required(), Exactly: rec.at("exactly").exactly(value.reference),
	}
}

func (v value) whoCan() Question {
	rec := v.record("permission", "object", "exactly")
	return Question{
		Kind: KindWhoCan, Permission: rec.at("permission").required(), Object: rec.at("object").requiredRef(),
		Exactly: rec.at("exactly").exactly(value.reference),
	}
}

func (v value) permissions() Question {
	rec := v.record("subject", "object", "exactly")
	return Question{
		Kind: KindPermissions, Subject: rec.at("subject").requiredRef(), Object: rec.at("object").requiredRef(),
		Exactly: rec.at("exactly").exactly(value.required),
	}
}

func (v value) reference() string { return v.requiredRef().String() }

// exactly reads the wanted list, which must be there, even if it is empty.
func (v value) exactly(read func(value) string) []string {
	if v.absent() {
		v.refuse(ReasonRequired, "", "is required; [] wants nothing")
	}
	texts := each(v, read)
	slices.Sort(texts)
	return slices.Compact(texts)
}
