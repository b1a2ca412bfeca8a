package embedded

import (
	"context"

	"github.com/authzed/spicedb/pkg/datalayer"
	"github.com/authzed/spicedb/pkg/zedtoken"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Head returns the newest revision. Asked for it over its API, SpiceDB may answer
// with one from before the question: see spicedb.HeadFrom.
func (s *Server) Head(ctx context.Context) (rel.ZedToken, error) {
	found, err := s.store.HeadRevision(ctx)
	if err != nil { // it is closed
		return "", iam.Unreachable("SpiceDB", err)
	}
	token, err := zedtoken.NewFromRevision(ctx, found.Revision, datalayer.SchemaHash(found.SchemaHash), s.store)
	if err != nil {
		return "", iam.Failed("naming the newest revision of SpiceDB", err)
	}
	return rel.ZedToken(token.GetToken()), nil
}
