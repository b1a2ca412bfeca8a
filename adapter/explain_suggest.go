package adapter

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Bounds of what is suggested.
const (
	// maxSuggestions is how many suggestions an explanation has.
	maxSuggestions = 5
	// maxOfOnePlace is how many of them are of one kind at one scope.
	maxOfOnePlace = 2
	// maxTried bounds the candidates that are put together in pairs.
	maxTried = 24
	// maxGroups bounds the groups to join that are looked at: what each holds has to
	// be read to tell the smallest.
	maxGroups = 10
)

// candidate is a change that may make the answer yes.
type candidate struct {
	Suggestion
	// distance is how far above the object it is: what is nearer reaches less.
	distance int
	updates  []rel.Update
}

// suggestions returns the smallest changes that make the answer yes: of one
// step, and if there is none, of two. For a subject that is switched off each
// begins with switching it on.
func (e *evidence) suggestions(ctx context.Context, inactive bool) ([]Suggestion, error) {
	first := candidate{}
	if inactive {
		var err error
		if first, err = e.activation(ctx); err != nil {
			return nil, err
		}
		if e.works(first.updates) {
			return []Suggestion{first.Suggestion}, nil
		}
	}
	all, err := e.candidates(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i] = first.then(all[i])
	}
	slices.SortStableFunc(all, compareCandidates)
	if found := e.working(all); len(found) > 0 {
		return found, nil
	}
	var pairs []candidate
	tried := all[:min(len(all), maxTried)]
	for i, one := range tried {
		for _, other := range tried[i+1:] {
			other.Steps = other.Steps[len(first.Steps):]
			pairs = append(pairs, one.then(other))
		}
	}
	slices.SortStableFunc(pairs, compareCandidates)
	return e.working(pairs), nil
}

// then returns both changes as one.
func (c candidate) then(next candidate) candidate {
	return candidate{
		Suggestion: Suggestion{Steps: slices.Concat(c.Steps, next.Steps), Permissions: c.Permissions + next.Permissions},
		distance:   max(c.distance, next.distance),
		updates:    slices.Concat(c.updates, next.updates),
	}
}

// compareCandidates puts the smallest first.
func compareCandidates(a, b candidate) int {
	return cmp.Or(
		cmp.Compare(len(a.Steps), len(b.Steps)), cmp.Compare(a.Permissions, b.Permissions),
		cmp.Compare(a.distance, b.distance), strings.Compare(a.words(), b.words()),
	)
}

func (s Suggestion) words() string {
	words := make([]string, len(s.Steps))
	for i, step := range s.Steps {
		words[i] = step.String()
	}
	return strings.Join(words, ", then ")
}

// works tries changes out.
func (e *evidence) works(updates []rel.Update) bool {
	fork := e.state.Fork()
	fork.Apply(updates)
	return fork.Check(e.request.Subject, e.request.Permission, e.request.Object)
}

// working returns the first candidates that make the answer yes.
func (e *evidence) working(sorted []candidate) []Suggestion {
	var found []Suggestion
	places := map[Step]int{}
	for _, c := range sorted {
		last := c.Steps[len(c.Steps)-1]
		place := Step{Kind: last.Kind}
		if last.Kind == StepGrant {
			place.Object = last.Object
		}
		if len(found) == maxSuggestions {
			break
		}
		if places[place] < maxOfOnePlace && e.works(c.updates) {
			places[place]++
			found = append(found, c.Suggestion)
		}
	}
	return found
}

// activation switches the subject on.
func (e *evidence) activation(ctx context.Context) (candidate, error) {
	subject := e.request.Subject
	on := candidate{Suggestion: Suggestion{Steps: []Step{{Kind: StepActivate, Subject: subject}}}}
	groups, err := e.rows.Groups().List(ctx, GroupFilter{Tenant: e.tenant, Member: subject, Brief: true})
	if err != nil {
		return on, err
	}
	for _, group := range groups {
		on.updates = append(on.updates, e.member(e.groupRef(group.ID))...)
	}
	for _, grant := range e.grants {
		if grant.Subject == subject {
			on.updates = append(on.updates, e.binding(grant.Scope, grant.Role, subject)...)
		}
	}
	if e.owned != nil && slices.Contains(e.owned.Owners, subject) {
		owns, err := e.ownership(ctx, e.owned.Owners)
		if err != nil {
			return on, err
		}
		on.updates = append(on.updates, owns...)
	}
	return on, nil
}

// member returns the relationships of the subject in a group.
func (e *evidence) member(group iam.Ref) []rel.Update {
	row := iam.Group{ID: iam.GroupID(group.ID), Members: []iam.Ref{e.request.Subject}}
	return rel.Diff(nil, e.translate.Group(row, everybody))
}

// binding returns the relationships of somebody who holds a role at a scope.
func (e *evidence) binding(scope iam.Ref, role iam.RoleID, subject iam.Ref) []rel.Update {
	return rel.Diff(nil, e.translate.Binding(scope, role, []iam.Ref{subject}, everybody))
}

// ownership returns what leads from the owners that the object has to others.
func (e *evidence) ownership(ctx context.Context, owners []iam.Ref) ([]rel.Update, error) {
	counts := map[iam.Ref]bool{}
	for _, owner := range owners {
		linked, err := e.linked(ctx, owner)
		if err != nil {
			return nil, err
		}
		counts[owner] = linked || owner == e.request.Subject
	}
	after := e.owned.Owned
	after.Owners = owners
	before := e.translate.Owned(e.owned.Owned, everybody)
	return rel.Diff(before, e.translate.Owned(after, func(owner iam.Ref) bool { return counts[owner] })), nil
}

// everybody counts every subject.
func everybody(iam.Ref) bool { return true }
