package spicedb

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
)

const (
	// importBatch is how many tuples travel in one message.
	importBatch = 1000
	// importBatches is how many messages travel in one stream. SpiceDB ends an
	// import stream after 30 s, however busy it is.
	importBatches = 20
)

// Import adds tuples in bulk and returns how many were added. Each 20,000 are
// one transaction. A tuple that is there already fails the transaction it is
// in, and with it the import; the transactions before stay. A tuple that the
// schema does not allow does the same, INTERNAL with ReasonRefused.
func (e *Engine) Import(ctx context.Context, tuples iter.Seq[rel.Tuple]) (uint64, error) {
	// Ends the open stream when the import fails in the middle.
	streamContext, cancel := context.WithCancel(ctx)
	defer cancel()
	load := &importer{ctx: streamContext, client: e.permissions}
	if err := load.all(tuples); err != nil {
		return load.loaded, refused(ctx, err)
	}
	return load.loaded, nil
}

// importer is one import on its way.
type importer struct {
	ctx    context.Context
	client v1.PermissionsServiceClient
	// stream is nil between two transactions.
	stream v1.PermissionsService_ImportBulkRelationshipsClient
	sent   int
	loaded uint64
}

func (i *importer) all(tuples iter.Seq[rel.Tuple]) error {
	batch := make([]*v1.Relationship, 0, importBatch)
	for tuple := range tuples {
		batch = append(batch, toRelationship(tuple))
		if len(batch) < importBatch {
			continue
		}
		if err := i.send(batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	if len(batch) > 0 {
		if err := i.send(batch); err != nil {
			return err
		}
	}
	return i.commit()
}

func (i *importer) send(batch []*v1.Relationship) error {
	if i.stream == nil {
		stream, err := i.client.ImportBulkRelationships(i.ctx)
		if err != nil {
			return err
		}
		i.stream, i.sent = stream, 0
	}
	err := i.stream.Send(&v1.ImportBulkRelationshipsRequest{Relationships: batch})
	if errors.Is(err, io.EOF) {
		// The server has ended the stream; why comes with its answer.
		return cmp.Or(i.commit(), io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	i.sent++
	if i.sent == importBatches {
		return i.commit()
	}
	return nil
}

// commit ends the open stream, if any, which makes its tuples visible.
func (i *importer) commit() error {
	if i.stream == nil {
		return nil
	}
	response, err := i.stream.CloseAndRecv()
	i.stream = nil
	if err != nil {
		return err
	}
	i.loaded += response.GetNumLoaded()
	return nil
}
