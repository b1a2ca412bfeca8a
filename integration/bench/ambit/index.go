package main

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// alone is the index with nobody who feeds it but the benchmark.
type alone struct {
	*index.Index
	translate *translate.Translator
}

func openIndex(_ context.Context, w *world.World) (peer.Engine, error) {
	model, err := modelOf(w)
	if err != nil {
		return nil, err
	}
	a := alone{index.New(model), translate.New(model)}
	return a, a.Load(func(yield func(rel.Tuple, error) bool) {
		for _, tuple := range a.tuplesOf(w) {
			if !yield(tuple, nil) {
				return
			}
		}
	})
}

func active(iam.Ref) bool { return true }

// tuplesOf is all that SpiceDB would hold.
func (a alone) tuplesOf(w *world.World) []rel.Tuple {
	rows := rowsOf(w)
	tuples := a.translate.SystemRoles()
	for _, scope := range rows.Scopes {
		tuples = append(tuples, a.translate.Scope(scope)...)
	}
	for _, role := range rows.Roles {
		tuples = append(tuples, a.translate.Role(role)...)
	}
	for _, group := range rows.Groups {
		tuples = append(tuples, a.translate.Group(group, active)...)
	}
	for at, subjects := range w.Holders() {
		tuples = append(tuples, a.translate.Binding(ref(at.Scope), iam.RoleID(at.Role), refs(subjects), active)...)
	}
	return tuples
}

// Check is a call of the present state of the index. There is no consistency to ask
// for.
func (a alone) Check(_ context.Context, q world.Question) (bool, error) {
	return a.Index.Check(ref(q.User), q.Permission, ref(q.Object)), nil
}

// CheckMany asks one state, so that all answers are of the same moment.
func (a alone) CheckMany(_ context.Context, questions []world.Question) ([]bool, error) {
	now, answers := a.Snapshot(), make([]bool, len(questions))
	for i, q := range questions {
		answers[i] = now.Check(ref(q.User), q.Permission, ref(q.Object))
	}
	return answers, nil
}

// Permissions is one call of one state.
func (a alone) Permissions(_ context.Context, user, object string) ([]string, error) {
	return a.Snapshot().Permissions(ref(user), ref(object)), nil
}

// Workspaces takes the whole list at once: the index needs no pages.
func (a alone) Workspaces(_ context.Context, user, permission string) ([]string, error) {
	found, _ := a.Snapshot().Resources(ref(user), permission, "workspace", index.Page{})
	return texts(found), nil
}

// WhoCan takes the whole list at once.
func (a alone) WhoCan(_ context.Context, permission, object string) ([]string, error) {
	found, _ := a.Snapshot().Subjects(permission, ref(object), "user", index.Page{})
	return texts(found), nil
}

// SetRole applies the difference of the role's tuples, as the adapter would, without a
// store or SpiceDB.
func (a alone) SetRole(_ context.Context, role world.Role, was []string) error {
	held := func(permissions []string) []rel.Tuple {
		return a.translate.Role(iam.Role{ID: iam.RoleID(role.Name), Permissions: permissions})
	}
	a.Apply(rel.Diff(held(was), held(role.Permissions)))
	return nil
}

// Grant adds the subject to the tuples of a binding.
func (a alone) Grant(_ context.Context, p world.Policy) error {
	a.Apply(rel.Diff(nil, a.subject(p)))
	return nil
}

// Revoke takes the subject out of the tuples of a binding.
func (a alone) Revoke(_ context.Context, p world.Policy) error {
	a.Apply(rel.Diff(a.subject(p), nil))
	return nil
}

// subject is what a policy adds to a binding that others have already.
func (a alone) subject(p world.Policy) []rel.Tuple {
	binding := translate.BindingObject(ref(p.Scope), iam.RoleID(p.Role))
	var added []rel.Tuple
	for _, tuple := range a.translate.Binding(ref(p.Scope), iam.RoleID(p.Role), refs([]string{p.Subject}), active) {
		if tuple.Resource == binding && tuple.Relation == "subject" {
			added = append(added, tuple)
		}
	}
	return added
}

// Close has nothing to close: the index is memory.
func (a alone) Close() error { return nil }
