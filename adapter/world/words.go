package world

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// ref reads "type:id". What was left out is the zero reference.
func (v value) ref() iam.Ref {
	text := v.text()
	if text == "" {
		return iam.Ref{}
	}
	ref, err := iam.ParseRef(v.path, text)
	if err != nil {
		v.domain(err, text)
		return iam.Ref{}
	}
	if v.model != nil && v.model.Type(ref.Type) == nil {
		v.refuse("TYPE_UNKNOWN", text, "the model "+v.model.Name+" has no type "+ref.Type)
	}
	return ref
}

// requiredRef reads a reference that must be there.
func (v value) requiredRef() iam.Ref {
	if v.absent() {
		v.required()
		return iam.Ref{}
	}
	return v.ref()
}

// refs reads a list of references, sorted and without repetitions; nil if it
// was left out.
func (v value) refs() []iam.Ref {
	return SortRefs(each(v, value.requiredRef))
}

// id reads an id without a type.
func (v value) id() string {
	text := v.required()
	if text == "" {
		return ""
	}
	if err := iam.CheckID(v.path, text); err != nil {
		v.domain(err, text)
	}
	return text
}

// roles reads a list of role ids: sorted and, if the model is known, without
// aliases. A role named twice stays: whether that is wrong is not said here.
func (v value) roles() []iam.RoleID {
	return canonicalRoles(v.model, each(v, func(item value) iam.RoleID { return iam.RoleID(item.id()) }))
}

// status reads active or inactive. What was left out stays empty: it is not
// mentioned, and must not wake a subject that somebody has switched off.
func (v value) status() iam.Status {
	status := iam.Status(v.text())
	switch status {
	case "", iam.Active, iam.Inactive:
	default:
		v.refuse(ReasonValue, string(status), "a status is active or inactive")
	}
	return status
}

// domain records an error of package iam, with the place added.
func (v value) domain(err error, text string) {
	if e, ok := errors.AsType[*iam.Error](err); ok {
		v.refuse(e.Reason, text, e.Message)
		return
	}
	v.refuse(ReasonValue, text, err.Error())
}

// each reads the items of a list; nil if it was left out.
func each[T any](v value, read func(value) T) []T {
	items := v.items()
	if items == nil {
		return nil
	}
	all := make([]T, len(items))
	for i, item := range items {
		all[i] = read(item)
	}
	return all
}

// SortRefs sorts references by type and id and drops repetitions, in place.
func SortRefs(refs []iam.Ref) []iam.Ref {
	slices.SortFunc(refs, func(a, b iam.Ref) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	return slices.Compact(refs)
}

// canonicalRoles returns the roles sorted and without aliases. A nil list stays
// nil.
func canonicalRoles(model *schema.Model, roles []iam.RoleID) []iam.RoleID {
	if roles == nil {
		return nil
	}
	known := make([]iam.RoleID, len(roles))
	for i, id := range roles {
		known[i] = id
		if model == nil {
			continue
		}
		if role := model.Role(string(id)); role != nil {
			known[i] = iam.RoleID(role.ID)
		}
	}
	slices.Sort(known)
	return known
}
