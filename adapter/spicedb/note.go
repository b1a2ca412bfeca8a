package spicedb

import (
	"context"
	"maps"
	"slices"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

const (
	// notesPerCall bounds one write of notes: each has a precondition, and each
	// precondition is a query inside SpiceDB's transaction.
	notesPerCall = 100
	// maxRaces is how often a write is tried that others were faster than.
	maxRaces = 5
)

// note is a place where the engine keeps one text: a tuple whose subject is the
// text, encoded, so that changing it is deleting one tuple and touching another.
type note struct {
	resource rel.Object
	relation string
}

// tuple returns the note's tuple for an encoded text.
func (n note) tuple(id string) rel.Tuple {
	return rel.Tuple{Resource: n.resource, Relation: n.relation, Subject: rel.Object{Type: typeText, ID: id}}
}

// is returns the precondition that the note holds the encoded text.
func (n note) is(id string) *v1.Precondition {
	filter := n.filter()
	filter.OptionalSubjectFilter = &v1.SubjectFilter{SubjectType: typeText, OptionalSubjectId: id}
	return &v1.Precondition{Operation: v1.Precondition_OPERATION_MUST_MATCH, Filter: filter}
}

// isEmpty returns the precondition that the note holds nothing.
func (n note) isEmpty() *v1.Precondition {
	return &v1.Precondition{Operation: v1.Precondition_OPERATION_MUST_NOT_MATCH, Filter: n.filter()}
}

func (n note) filter() *v1.RelationshipFilter {
	return &v1.RelationshipFilter{
		ResourceType:       n.resource.Type,
		OptionalResourceId: n.resource.ID,
		OptionalRelation:   n.relation,
	}
}

func (n note) compare(other note) int { return n.tuple("").Compare(other.tuple("")) }

// notes returns what is noted at the head revision, encoded, and that revision;
// it has no name if nothing is. A note has more than one text only if somebody
// else wrote it. A schema without bookkeeping holds no notes.
func (e *Engine) notes(ctx context.Context, filter *v1.RelationshipFilter) (map[note][]string, rel.ZedToken, error) {
	head, err := e.atHead(ctx)
	if err != nil {
		return nil, "", err
	}
	request := &v1.ReadRelationshipsRequest{Consistency: head, RelationshipFilter: filter}
	stream, err := e.permissions.ReadRelationships(ctx, request)
	if err != nil {
		return nil, "", failure(ctx, err)
	}
	held := map[note][]string{}
	var token rel.ZedToken
	err = each(stream, func(message *v1.ReadRelationshipsResponse) bool {
		tuple := fromRelationship(message.GetRelationship())
		at := note{resource: tuple.Resource, relation: tuple.Relation}
		held[at] = append(held[at], tuple.Subject.ID)
		token = fromToken(message.GetReadAt())
		return true
	})
	if isReason(err, v1.ErrorReason_ERROR_REASON_UNKNOWN_DEFINITION) ||
		isReason(err, v1.ErrorReason_ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", failure(ctx, err)
	}
	return held, token, nil
}

// replace makes notes of one type hold these texts, "" for none, whatever they
// hold now. They change together as far as one write can take them.
func (e *Engine) replace(ctx context.Context, wanted map[note]string) error {
	places := slices.SortedFunc(maps.Keys(wanted), note.compare)
	if len(places) == 0 {
		return nil
	}
	filter := &v1.RelationshipFilter{ResourceType: places[0].resource.Type}
	if len(places) == 1 {
		filter = places[0].filter()
	}
	held, _, err := e.notes(ctx, filter)
	for some := range slices.Chunk(places, min(notesPerCall, e.maxUpdates/2)) {
		for attempt := 1; err == nil; attempt++ {
			var raced bool
			if raced, err = e.swap(ctx, exchange(some, held, wanted)); !raced {
				break
			}
			if attempt == maxRaces {
				return contended()
			}
			held, _, err = e.notes(ctx, filter)
		}
	}
	return err
}

// swap writes what exchange returned, and tells whether others were faster.
func (e *Engine) swap(ctx context.Context, request *v1.WriteRelationshipsRequest) (bool, error) {
	if len(request.Updates) == 0 {
		return false, nil
	}
	_, err := e.permissions.WriteRelationships(ctx, request)
	if isRaced(err) {
		return true, nil
	}
	return false, refused(ctx, err)
}

// exchange returns the write that leads from the texts held to those wanted, and
// that SpiceDB refuses if they are no longer held.
func exchange(places []note, held map[note][]string, wanted map[note]string) *v1.WriteRelationshipsRequest {
	request := &v1.WriteRelationshipsRequest{}
	for _, place := range places {
		var before, after []rel.Tuple
		for _, id := range held[place] {
			before = append(before, place.tuple(id))
		}
		if text := wanted[place]; text != "" {
			after = append(after, place.tuple(rel.EncodeID(text)))
		}
		updates := rel.Diff(before, after)
		if len(updates) == 0 {
			continue
		}
		for _, update := range updates {
			request.Updates = append(request.Updates, toUpdate(update))
		}
		for _, id := range held[place] {
			request.OptionalPreconditions = append(request.OptionalPreconditions, place.is(id))
		}
		if len(held[place]) == 0 {
			request.OptionalPreconditions = append(request.OptionalPreconditions, place.isEmpty())
		}
	}
	return request
}

// contended says that others were faster each time.
func contended() error {
	return &iam.Error{
		Code: iam.Unavailable, Reason: "SPICEDB_CONTENDED",
		Message: "others write to SpiceDB at the same time, and were faster each time; try again later",
	}
}
