package spicedb

import (
	"context"
	"iter"
	"strings"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// Watch streams what changes after a revision, in SpiceDB's order, with
// checkpoints, until ctx ends or it fails; it always ends with an error. Tuples of
// Ambit's own bookkeeping are left out.
func (e *Engine) Watch(ctx context.Context, from rel.ZedToken) iter.Seq2[rel.Step, error] {
	return func(yield func(rel.Step, error) bool) {
		// Ends the stream when the reader stops before its end.
		streamContext, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := e.watch.Watch(streamContext, &v1.WatchRequest{
			OptionalStartCursor: &v1.ZedToken{Token: string(from)},
			OptionalUpdateKinds: []v1.WatchKind{
				v1.WatchKind_WATCH_KIND_INCLUDE_RELATIONSHIP_UPDATES, v1.WatchKind_WATCH_KIND_INCLUDE_CHECKPOINTS,
			},
		})
		for err == nil {
			var message *v1.WatchResponse
			if message, err = stream.Recv(); err == nil && !yield(toStep(message), nil) {
				return
			}
		}
		yield(rel.Step{}, failure(ctx, err))
	}
}

func toStep(message *v1.WatchResponse) rel.Step {
	var step rel.Step
	for _, update := range message.GetUpdates() {
		relationship := update.GetRelationship()
		typeName := relationship.GetResource().GetObjectType()
		if strings.HasPrefix(typeName, ownPrefix) {
			continue
		}
		plain := relationship.GetOptionalCaveat() == nil && relationship.GetOptionalExpiresAt() == nil
		op, known := fromOperation(update.GetOperation())
		if !plain || !known {
			step.Strange = append(step.Strange, typeName)
			continue
		}
		step.Updates = append(step.Updates, rel.Update{Op: op, Tuple: fromRelationship(relationship)})
	}
	if message.GetIsCheckpoint() {
		step.Checkpoint = fromToken(message.GetChangesThrough())
		return step // what it belongs to came before, with its metadata
	}
	for _, metadata := range message.GetFullRevisionMetadata() {
		readMetadata(&step, metadata.GetFields())
	}
	return step
}

func fromOperation(operation v1.RelationshipUpdate_Operation) (rel.Op, bool) {
	switch operation {
	case v1.RelationshipUpdate_OPERATION_CREATE, v1.RelationshipUpdate_OPERATION_TOUCH:
		return rel.Touch, true
	case v1.RelationshipUpdate_OPERATION_DELETE:
		return rel.Delete, true
	}
	return "", false
}

// readMetadata reads what Write and Beat noted. Whatever else is there was written
// by others, and means nothing.
func readMetadata(step *rel.Step, fields map[string]*structpb.Value) {
	if mark := fields[MetadataMark].GetStringValue(); mark != "" {
		step.Marks = append(step.Marks, mark)
	}
	tenant, seq := fields[MetadataTenant].GetStringValue(), fields[MetadataSeq].GetNumberValue()
	last := fields[MetadataPart].GetNumberValue() == fields[MetadataParts].GetNumberValue()
	if tenant != "" && seq >= 1 && last {
		step.Entries = append(step.Entries, rel.Entry{Tenant: tenant, Seq: uint64(seq)})
	}
}
