package adapter

import (
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// named is a reference in a filter.
type named struct {
	field string
	ref   iam.Ref
	kinds []schema.Kind
}

// checkFilter refuses references whose type cannot stand where they do: an
// answer "none" to a mistyped question would read as "nobody".
func (a *Adapter) checkFilter(references ...named) error {
	for _, n := range references {
		if n.ref.IsZero() {
			continue
		}
		if err := a.wantKind(n.field, n.ref, n.kinds...); err != nil {
			return err
		}
		if n.field == "tenant" && !a.model.IsTenant(n.ref.Type) {
			return iam.Invalid("TENANT_REQUIRED", n.field, n.ref.String(), "is no tenant")
		}
	}
	return nil
}

// checkTypeFilter refuses an unknown type in a filter.
func (a *Adapter) checkTypeFilter(name string, kinds ...schema.Kind) error {
	if name == "" {
		return nil
	}
	return a.wantType("type", name, kinds...)
}

func inScope(field string, ref iam.Ref) named {
	return named{field: field, ref: ref, kinds: []schema.Kind{schema.KindScope}}
}

func bySubject(field string, ref iam.Ref) named {
	return named{field: field, ref: ref, kinds: []schema.Kind{schema.KindUser, schema.KindServiceAccount, schema.KindGroup}}
}
