package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/relay"
)

// watched tells the relay which revisions of the head were seen, so that not
// every question has to ask for the head itself.
type watched struct {
	ContentEngine
	relay *relay.Relay
	index *answering
}

// Check tells the relay which revision answered, if the question was about the
// head.
func (w watched) Check(ctx context.Context, at rel.Consistency, question rel.Question) (bool, rel.ZedToken, error) {
	sight := w.relay.Sight()
	allowed, token, err := w.ContentEngine.Check(ctx, at, question)
	w.note(at, sight, token, err)
	return allowed, token, err
}

// CheckMany does as Check does, once for all questions.
func (w watched) CheckMany(ctx context.Context, at rel.Consistency, questions []rel.Question) ([]bool, rel.ZedToken, error) {
	sight := w.relay.Sight()
	allowed, token, err := w.ContentEngine.CheckMany(ctx, at, questions)
	w.note(at, sight, token, err)
	return allowed, token, err
}

// Write is for writes beside the outbox, which questions must see, too.
func (w watched) Write(ctx context.Context, write rel.Write) (rel.ZedToken, error) {
	sight := w.relay.Sight()
	token, err := w.ContentEngine.Write(ctx, write)
	w.note(rel.Consistency{}, sight, token, err)
	if w.index != nil {
		w.index.follower.ExpectMore()
	}
	return token, err
}

func (w watched) note(at rel.Consistency, sight relay.Sight, token rel.ZedToken, err error) {
	if err == nil && token != "" && at == (rel.Consistency{}) {
		w.relay.Saw(sight, token)
	}
}
