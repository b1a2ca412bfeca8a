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
func (e *Engine) Write(ctx context.Context, write rel.Write) (rel.ZedToken, error) {
	var token rel.ZedToken
	parts := split(write.Updates, e.maxUpdates, maxWriteBytes)
	for i, updates := range parts {
		response, err := e.permissions.WriteRelationships(ctx, &v1.WriteRelationshipsRequest{
			Updates:                     updates,
			OptionalTransactionMetadata: metadata(write, i+1, len(parts)),
		})
		if err != nil {
			return "", failure(ctx, err)
		}
		token = fromToken(response.GetWrittenAt())
	}
	return token, nil
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
