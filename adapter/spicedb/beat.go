package spicedb

import (
	"context"
	"time"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// MetadataMark is the key of the transaction metadata of a beat.
const MetadataMark = "mark"

// beatNote is where marks are noted: one of each process that lives.
var beatNote = note{resource: rel.Object{Type: typeHeartbeat, ID: "main"}, relation: relationBeat}

// forgotten is how old the mark of a process has to be to be swept up by others.
const forgotten = time.Hour

// Beat writes a mark, a ULID, which comes back in the stream of Watch after
// everything that was written before, and returns its revision. It takes back the
// mark before, if there is one; with the first beat of a process, which has none,
// go those that processes left behind more than an hour ago.
//
// A SpiceDB that follows its changes by asking for them, as on PostgreSQL, says
// nothing while nothing is written: without beats nobody could tell a stream at
// rest from one that is broken.
func (e *Engine) Beat(ctx context.Context, mark, before string) (rel.ZedToken, error) {
	updates := []rel.Update{{Op: rel.Touch, Tuple: beatNote.tuple(rel.EncodeID(mark))}}
	if before != "" {
		updates = append(updates, rel.Update{Op: rel.Delete, Tuple: beatNote.tuple(rel.EncodeID(before))})
	} else {
		left, err := e.leftBehind(ctx)
		if err != nil {
			return "", err
		}
		updates = append(updates, left...)
	}
	request := &v1.WriteRelationshipsRequest{
		OptionalTransactionMetadata: &structpb.Struct{Fields: map[string]*structpb.Value{MetadataMark: structpb.NewStringValue(mark)}},
	}
	for _, update := range updates {
		request.Updates = append(request.Updates, toUpdate(update))
	}
	response, err := e.permissions.WriteRelationships(ctx, request)
	return fromToken(response.GetWrittenAt()), refused(ctx, err)
}

// leftBehind returns updates that remove old marks, as many as fit into a write.
func (e *Engine) leftBehind(ctx context.Context) ([]rel.Update, error) {
	held, _, err := e.notes(ctx, beatNote.filter())
	if err != nil {
		return nil, err
	}
	var updates []rel.Update
	for _, id := range held[beatNote] {
		text, err := rel.DecodeID(id)
		if made, malformed := ulid.ParseStrict(text); err == nil && malformed == nil && time.Since(made.Timestamp()) < forgotten {
			continue
		}
		if len(updates)+1 < e.maxUpdates {
			updates = append(updates, rel.Update{Op: rel.Delete, Tuple: beatNote.tuple(id)})
		}
	}
	return updates, nil
}
