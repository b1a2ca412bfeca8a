package rel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Wildcard is the subject identifier that stands for every object of a type.
const Wildcard = "*"

// Object names one SpiceDB object. ID is already encoded (see EncodeID).
type Object struct {
	Type string
	ID   string
}

// String returns "type:id".
func (o Object) String() string { return o.Type + ":" + o.ID }

// Tuple is one relationship: the subject stands in Relation to the resource.
// SubjectRelation is empty for a plain subject and names a relation for a set
// of subjects ("team:dev#member"). Tuples are comparable and serve as map keys.
type Tuple struct {
	Resource        Object
	Relation        string
	Subject         Object
	SubjectRelation string
}

// String returns the tuple the way zed prints it.
func (t Tuple) String() string {
	s := t.Resource.String() + "#" + t.Relation + "@" + t.Subject.String()
	if t.SubjectRelation != "" {
		s += "#" + t.SubjectRelation
	}
	return s
}

// Compare orders tuples by resource, relation and subject.
func (t Tuple) Compare(other Tuple) int {
	return cmp.Or(
		cmp.Compare(t.Resource.Type, other.Resource.Type),
		cmp.Compare(t.Resource.ID, other.Resource.ID),
		cmp.Compare(t.Relation, other.Relation),
		cmp.Compare(t.Subject.Type, other.Subject.Type),
		cmp.Compare(t.Subject.ID, other.Subject.ID),
		cmp.Compare(t.SubjectRelation, other.SubjectRelation),
	)
}

// ParseTuple reads what Tuple.String writes.
func ParseTuple(text string) (Tuple, error) {
	resource, subject, ok := strings.Cut(text, "@")
	if !ok {
		return Tuple{}, fmt.Errorf("tuple %q has no @", text)
	}
	resource, relation, ok := strings.Cut(resource, "#")
	if !ok || relation == "" {
		return Tuple{}, fmt.Errorf("tuple %q names no relation", text)
	}
	subject, subjectRelation, marked := strings.Cut(subject, "#")
	if marked && subjectRelation == "" {
		return Tuple{}, fmt.Errorf("tuple %q has an empty subject relation", text)
	}
	r, err := parseObject(resource)
	if err != nil {
		return Tuple{}, fmt.Errorf("tuple %q: %w", text, err)
	}
	s, err := parseObject(subject)
	if err != nil {
		return Tuple{}, fmt.Errorf("tuple %q: %w", text, err)
	}
	return Tuple{Resource: r, Relation: relation, Subject: s, SubjectRelation: subjectRelation}, nil
}

func parseObject(text string) (Object, error) {
	kind, id, ok := strings.Cut(text, ":")
	if !ok || kind == "" || id == "" {
		return Object{}, fmt.Errorf("object %q is not type:id", text)
	}
	return Object{Type: kind, ID: id}, nil
}

// Op says what an Update does.
type Op string

// The two operations of an Update. Both may be repeated without harm.
const (
	Touch  Op = "TOUCH"
	Delete Op = "DELETE"
)

// Update adds or removes one tuple.
type Update struct {
	Op    Op
	Tuple Tuple
}

// Diff returns the updates that lead from before to after: first the
// additions, then the removals, each sorted. A prefix of them never grants
// less than both ends do, because no rule of a model takes access away.
func Diff(before, after []Tuple) []Update {
	had, has := toSet(before), toSet(after)
	updates := appendMissing(nil, Touch, has, had)
	return appendMissing(updates, Delete, had, has)
}

func toSet(tuples []Tuple) map[Tuple]struct{} {
	set := make(map[Tuple]struct{}, len(tuples))
	for _, t := range tuples {
		set[t] = struct{}{}
	}
	return set
}

// appendMissing appends an op update for each tuple of from that other lacks.
func appendMissing(updates []Update, op Op, from, other map[Tuple]struct{}) []Update {
	start := len(updates)
	for t := range from {
		if _, ok := other[t]; !ok {
			updates = append(updates, Update{Op: op, Tuple: t})
		}
	}
	slices.SortFunc(updates[start:], func(a, b Update) int { return a.Tuple.Compare(b.Tuple) })
	return updates
}
