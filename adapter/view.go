package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// view returns a state of the relationships that is as fresh as asked for, and
// its token.
func (a *Adapter) view(ctx context.Context, at Freshness) (*index.Snapshot, Token, error) {
	// Delivers what the token names; all that the engine holds is read then.
	if _, err := a.consistency(ctx, at); err != nil {
		return nil, "", err
	}
	x := index.New(a.model)
	if err := x.Load(a.engine.Read(ctx, rel.Filter{})); err != nil {
		return nil, "", err
	}
	return x.Snapshot(), at.Token, nil
}
