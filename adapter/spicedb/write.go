package spicedb

import (
	"context"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// The keys of the transaction metadata that Write leaves in the Watch stream.
// MetadataTenant holds a string, the others hold numbers. MetadataPart (from 1)
// and MetadataParts are there only when a write had to be cut.
const (
	MetadataTenant = "tenant"
	MetadataSeq    = "seq"
	MetadataPart   = "part"
	MetadataParts  = "parts"
)

// maxWriteBytes keeps one write below the 4 MiB that gRPC servers take.
const maxWriteBytes = 3 << 20

// Write applies the updates with one WriteRelationships call, so all of them or
// none. Only a write of more updates than MaxUpdates, or of more than 3 MiB, is
// cut into several calls, in the given order; if one fails, the calls before it
// stay applied and repeating the whole write completes it. SpiceDB refuses a
// write that names one tuple twice.
//
// With Bookkeeping, a write of a tenant is taken only if the tenant's position
// is After, and moves it to Seq together with its last update; where the two are
// equal, it stays. So changes take effect once and in order, whoever writes
// them, however often, and however late. A write whose Seq the position has
// reached already, or passed, is an *rel.AheadError and changes nothing.
// FAILED_PRECONDITION with reason OUT_OF_ORDER means that SpiceDB misses changes
// before it.
//
// An update that SpiceDB does not take, whatever it may be, is INTERNAL with
// ReasonRefused: trying it again is useless.
func (e *Engine) Write(ctx context.Context, write rel.Write) (rel.ZedToken, error) {
	if !e.books || write.Tenant == "" {
		token, err := e.send(ctx, requests(write, split(write.Updates, e.maxUpdates, maxWriteBytes)))
		return token, refused(ctx, err)
	}
	moves := movement(write)
	parts := split(write.Updates, e.maxUpdates-len(moves), maxWriteBytes)
	parts[len(parts)-1] = append(parts[len(parts)-1], moves...)
	calls := requests(write, parts)
	for _, call := range calls {
		call.OptionalPreconditions = []*v1.Precondition{condition(write)}
	}
	for range maxRaces {
		token, err := e.send(ctx, calls)
		if !isRaced(err) {
			return token, refused(ctx, err)
		}
		position, seen, err := e.position(ctx, write.Tenant)
		if err != nil {
			return "", err
		}
		if err := standing(write, position, seen); err != nil {
			return "", err
		}
	}
	return "", contended()
}

// send makes the calls of one write, up to the first that fails, and returns
// the revision of the last.
func (e *Engine) send(ctx context.Context, calls []*v1.WriteRelationshipsRequest) (rel.ZedToken, error) {
	var token rel.ZedToken
	for _, call := range calls {
		response, err := e.permissions.WriteRelationships(ctx, call)
		if err != nil {
			return "", err
		}
		token = fromToken(response.GetWrittenAt())
	}
	return token, nil
}

// requests returns the calls that write these parts.
func requests(write rel.Write, parts [][]*v1.RelationshipUpdate) []*v1.WriteRelationshipsRequest {
	calls := make([]*v1.WriteRelationshipsRequest, len(parts))
	for i, updates := range parts {
		calls[i] = &v1.WriteRelationshipsRequest{
			Updates:                     updates,
			OptionalTransactionMetadata: metadata(write, i+1, len(parts)),
		}
	}
	return calls
}

// split cuts updates into parts of at most limit updates and about size bytes.
// There is always one part, so that an empty write still names a revision.
func split(updates []rel.Update, limit, size int) [][]*v1.RelationshipUpdate {
	var parts [][]*v1.RelationshipUpdate
	part := make([]*v1.RelationshipUpdate, 0, min(len(updates), limit))
	bytes := 0
	for _, update := range updates {
		converted := toUpdate(update)
		weight := proto.Size(converted)
		if len(part) == limit || len(part) > 0 && bytes+weight > size {
			parts = append(parts, part)
			part, bytes = nil, 0
		}
		part = append(part, converted)
		bytes += weight
	}
	return append(parts, part)
}

func metadata(write rel.Write, part, parts int) *structpb.Struct {
	if write.Tenant == "" {
		return nil
	}
	fields := map[string]*structpb.Value{
		MetadataTenant: structpb.NewStringValue(write.Tenant),
		MetadataSeq:    structpb.NewNumberValue(float64(write.Seq)),
	}
	if parts > 1 {
		fields[MetadataPart] = structpb.NewNumberValue(float64(part))
		fields[MetadataParts] = structpb.NewNumberValue(float64(parts))
	}
	return &structpb.Struct{Fields: fields}
}
