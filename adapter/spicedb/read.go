package spicedb

import (
	"context"
	"io"
	"iter"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// exportBatch is how many tuples SpiceDB puts into one message of an export.
const exportBatch = 1000

// Read streams the tuples that match filter, at its revision or at the head, but for
// those that the engine keeps for itself. After an error it yields nothing more. SpiceDB
// cancels a stream whose reader rests for 30 s: gather the tuples first if each of
// them takes long.
func (e *Engine) Read(ctx context.Context, filter rel.Filter) iter.Seq2[rel.Tuple, error] {
	return func(yield func(rel.Tuple, error) bool) {
		// Ends the stream when the reader stops before its end.
		streamContext, cancel := context.WithCancel(ctx)
		defer cancel()
		read := e.readMatching
		if filter == (rel.Filter{At: filter.At}) {
			read = e.readAll
		}
		more := true
		err := read(streamContext, filter, func(relationship *v1.Relationship) bool {
			tuple := fromRelationship(relationship)
			more = hidden(tuple) || yield(tuple, nil)
			return more
		})
		if err != nil && more {
			yield(rel.Tuple{}, failure(ctx, err))
		}
	}
}

func (e *Engine) readMatching(ctx context.Context, filter rel.Filter, visit func(*v1.Relationship) bool) error {
	consistency, err := e.consistency(ctx, rel.Consistency{AtLeast: filter.At, Exact: true})
	if err != nil {
		return err
	}
	wanted := &v1.RelationshipFilter{
		ResourceType:       filter.ResourceType,
		OptionalResourceId: filter.ResourceID,
		OptionalRelation:   filter.Relation,
	}
	if filter.Subject.Type != "" {
		wanted.OptionalSubjectFilter = &v1.SubjectFilter{SubjectType: filter.Subject.Type, OptionalSubjectId: filter.Subject.ID}
	}
	stream, err := e.permissions.ReadRelationships(ctx, &v1.ReadRelationshipsRequest{Consistency: consistency, RelationshipFilter: wanted})
	if err != nil {
		return err
	}
	return each(stream, func(message *v1.ReadRelationshipsResponse) bool {
		return visit(message.GetRelationship())
	})
}

func (e *Engine) readAll(ctx context.Context, filter rel.Filter, visit func(*v1.Relationship) bool) error {
	consistency, err := e.consistency(ctx, rel.Consistency{AtLeast: filter.At, Exact: true})
	if err != nil {
		return err
	}
	stream, err := e.permissions.ExportBulkRelationships(ctx, &v1.ExportBulkRelationshipsRequest{
		Consistency:   consistency,
		OptionalLimit: exportBatch,
	})
	if err != nil {
		return err
	}
	return each(stream, func(message *v1.ExportBulkRelationshipsResponse) bool {
		for _, relationship := range message.GetRelationships() {
			if !visit(relationship) {
				return false
			}
		}
		return true
	})
}

// each gives the messages of stream to visit until it returns false.
func each[T any](stream grpc.ServerStreamingClient[T], visit func(*T) bool) error {
	for {
		message, err := stream.Recv()
		// Wrapped it is no end but a failure: gRPC wraps the EOF of a request that
		// it could not repeat any more ("max retries exhausted").
		if err == io.EOF { //nolint:errorlint // see above
			return nil
		}
		if err != nil {
			return err
		}
		if !visit(message) {
			return nil
		}
	}
}
