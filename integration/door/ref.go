package door

import (
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// Roles and policies have references, too, and no type in the model.
const (
	kindRole   schema.Kind = "role"
	kindPolicy schema.Kind = "policy"
)

// kindOf returns what a reference names, or "".
func kindOf(model *schema.Model, ref iam.Ref) schema.Kind {
	if found := model.Type(ref.Type); found != nil {
		return found.Kind
	}
	switch kind := schema.Kind(ref.Type); kind {
	case kindRole, kindPolicy:
		return kind
	}
	return ""
}

// text returns a reference, or "" for none.
func text(ref iam.Ref) string {
	if ref.IsZero() {
		return ""
	}
	return ref.String()
}

func texts(refs []iam.Ref) []string {
	all := make([]string, len(refs))
	for i, ref := range refs {
		all[i] = text(ref)
	}
	return all
}

func refs(texts []string) ([]iam.Ref, error) {
	all := make([]iam.Ref, len(texts))
	for i, text := range texts {
		ref, err := iam.ParseRef("", text)
		if err != nil {
			return nil, err
		}
		all[i] = ref
	}
	return all, nil
}

// each calls fn until it fails.
func each(refs []iam.Ref, fn func(iam.Ref) error) error {
	for _, ref := range refs {
		if err := fn(ref); err != nil {
			return err
		}
	}
	return nil
}

// unknown is for what a door cannot even say. Scenarios expect the same code
// from the Go API.
func unknown(action world.Action) error {
	return iam.Invalid("TYPE_NOT_ALLOWED", "", action.String(), "cannot be said here")
}
