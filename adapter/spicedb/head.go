package spicedb

import (
	"context"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// HeadFrom lets the engine ask head for the newest revision, which is then read
// exactly. It is for who runs SpiceDB in his own process. Default: SpiceDB chooses
// what it calls fully consistent.
func HeadFrom(head func(ctx context.Context) (rel.ZedToken, error)) Option {
	return func(e *Engine) { e.head = head }
}

// HeadReads answers questions that ask for "at least this revision" at the head
// revision, without looking at the token. It is for SpiceDB's memory datastore:
// there the head costs nothing, while the revision that SpiceDB would choose by
// itself lies between two writes, and reading that one again after another
// write shows the later state.
func HeadReads() Option {
	return func(e *Engine) { e.headReads = true }
}

// consistency says to SpiceDB how fresh an answer must be.
func (e *Engine) consistency(ctx context.Context, at rel.Consistency) (*v1.Consistency, error) {
	switch {
	case at.AtLeast == "":
		return e.atHead(ctx)
	case at.Exact:
		return exactly(at.AtLeast), nil
	case e.headReads:
		return e.atHead(ctx)
	}
	token := &v1.ZedToken{Token: string(at.AtLeast)}
	return &v1.Consistency{Requirement: &v1.Consistency_AtLeastAsFresh{AtLeastAsFresh: token}}, nil
}

// atHead returns what makes a call see the newest revision.
//
// SpiceDB's "fully consistent" is a little less: calls that come while others look
// for the head get what those find, and that may be from before a write that was
// confirmed since. Where nearly all questions ask for the head, as with its memory
// datastore, that is often: hence HeadFrom.
func (e *Engine) atHead(ctx context.Context) (*v1.Consistency, error) {
	if e.head != nil {
		token, err := e.head(ctx)
		return exactly(token), err
	}
	return &v1.Consistency{Requirement: &v1.Consistency_FullyConsistent{FullyConsistent: true}}, nil
}

func exactly(token rel.ZedToken) *v1.Consistency {
	return &v1.Consistency{Requirement: &v1.Consistency_AtExactSnapshot{
		AtExactSnapshot: &v1.ZedToken{Token: string(token)},
	}}
}
