package adapter

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// IndexConfig says how an Adapter answers from memory. The zero value does so
// whenever it can.
type IndexConfig struct {
	// Off: SpiceDB answers everything.
	Off bool
	// Wait is how long a question waits for the index to have a write, before SpiceDB
	// is asked. Default: 20 ms; below 0: not at all.
	Wait time.Duration
	// Silence is how old the index may be, with Config.Shared, before SpiceDB is asked
	// whatever the question says. Default: 2 s.
	Silence time.Duration
	// Tenants are those that it holds; SpiceDB answers questions about others, and
	// those that are about no object. Default: all.
	Tenants []iam.Ref
	// Max is how much memory the relationships in it may take, in bytes, by an estimate
	// that is right within a factor of 1.5. Then it holds no tenant until somebody asks
	// about it, and lets go of those that were asked about longest ago; Tenants, if there
	// are any, are the only ones that it may hold. Default: no bound.
	Max int64
	// Stay is how long after a question about it a tenant does not give way to another,
	// with Max. Default: 1 min; below 0: it does so at once.
	Stay time.Duration
	// VerifySample is the share of answers, from 0 to 1, that are compared with those
	// of SpiceDB at the same revision, afterwards and in the background. Default: 0.
	VerifySample float64
}

// partial reports whether what the index knows depends on the question.
func (c IndexConfig) partial() bool { return len(c.Tenants) > 0 || c.Max > 0 }

// check refuses tenants that the model cannot have, and a bound that is none.
func (c IndexConfig) check(model *schema.Model) error {
	if c.Max < 0 {
		return iam.Invalid("MAX_NEGATIVE", "index.max", strconv.FormatInt(c.Max, 10), "is a size in bytes; 0 means no bound")
	}
	for i, tenant := range c.Tenants {
		field := fmt.Sprintf("index.tenants[%d]", i)
		if !model.IsTenant(tenant.Type) {
			return iam.Invalid("TENANT_REQUIRED", field, tenant.String(), "is no tenant of the model "+model.Name)
		}
		if err := iam.CheckID(field, tenant.ID); err != nil {
			return err
		}
	}
	return nil
}

// answering is what an Adapter needs to answer from memory.
type answering struct {
	follower *follow.Follower
	verifier *verifier
	newest   newest
	// label is the token of the state that was answered from last.
	label atomic.Pointer[label]
	// byIndex and byEngine count answers.
	byIndex, byEngine atomic.Uint64
}

type label struct {
	view  *follow.View
	token Token
}

// newAnswering returns what keeps the index, or nil if there is none.
func (a *Adapter) newAnswering() *answering {
	if a.config.Index.Off {
		return nil
	}
	return &answering{
		follower: follow.New(follow.Config{
			Model: a.model, Feed: a.config.Engine, Tenants: a.config.Index.Tenants, Delivered: a.delivered, Shared: a.config.Shared, Staleness: a.config.Staleness,
			Max: a.config.Index.Max, Stay: a.config.Index.Stay, Patience: a.config.Index.Wait, Silence: a.config.Index.Silence, Logger: a.config.Logger,
		}),
		verifier: newVerifier(a),
	}
}

// delivered returns, for each tenant, the number of a change that SpiceDB has. What
// waits is read after the numbers, so that none is too high.
func (a *Adapter) delivered(ctx context.Context) (map[iam.Ref]uint64, error) {
	held, err := a.positions(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := a.store.Outbox().Waiting(ctx)
	if err != nil {
		return nil, err
	}
	for _, backlog := range waiting {
		position, err := a.store.Outbox().Position(ctx, backlog.Tenant)
		if err != nil {
			return nil, err
		}
		held[backlog.Tenant] = min(held[backlog.Tenant], position.Delivered)
	}
	return held, nil
}

// look returns a state of the index that is fresh enough, or nil: then SpiceDB has
// to be asked. The objects, if there are any, are all that the question is about.
func (a *Adapter) look(ctx context.Context, at Freshness, objects ...iam.Ref) *follow.View {
	if view := a.atOnce(at); view != nil {
		return view
	}
	if a.index == nil || at.Full {
		return nil
	}
	need, ok := needOf(at, objects)
	if !ok {
		return nil
	}
	return a.index.follower.View(ctx, need)
}

// atOnce returns a state if there is one that is fresh enough for everything, which
// costs next to nothing to find out.
func (a *Adapter) atOnce(at Freshness) *follow.View {
	if a.index == nil || at != (Freshness{}) || a.config.Index.partial() {
		return nil
	}
	return a.index.follower.Current()
}

// needOf says what a state has to hold; false if the token cannot be read, about
// which the way to SpiceDB complains.
func needOf(at Freshness, objects []iam.Ref) (follow.Need, bool) {
	need := follow.Need{Objects: objects}
	if at.Token == "" {
		return need, true
	}
	content, err := parseToken(at.Token)
	if err != nil {
		return need, false
	}
	need.Revision = content.Revision
	for _, entry := range content.Entries {
		need.Changes = append(need.Changes, follow.Change{Tenant: refOf(entry.Tenant), Seq: entry.Seq})
	}
	// A token that names nothing asks for nothing; one whose changes were none, too.
	return need, true
}

// expect says that questions without a token have to see these changes.
func (a *Adapter) expect(entries []tokenEntry) {
	if a.index == nil {
		return
	}
	for _, entry := range entries {
		a.index.follower.Expect(refOf(entry.Tenant), entry.Seq)
	}
}

// tokenOf returns the token of a state.
func (a *Adapter) tokenOf(view *follow.View) Token {
	if last := a.index.label.Load(); last != nil && last.view == view {
		return last.token
	}
	fresh := &label{view: view, token: tokenContent{Revision: view.Revision}.token()}
	a.index.label.Store(fresh)
	return fresh.token
}

// view returns a state of the relationships that is as fresh as asked for, and where
// it is from: the index or, where that is behind or does not hold the tenants of the
// objects, SpiceDB, read as a whole. Without objects, those are all tenants.
func (a *Adapter) view(ctx context.Context, at Freshness, objects ...iam.Ref) (*index.Snapshot, Answered, error) {
	if view := a.look(ctx, at, objects...); view != nil {
		return view.Snapshot, a.answeredFrom(view), nil
	}
	revision, err := a.revision(ctx, at)
	if err != nil {
		return nil, Answered{}, err
	}
	x := index.New(a.model)
	if err := x.Load(a.engine.Read(ctx, rel.Filter{At: revision})); err != nil {
		return nil, Answered{}, err
	}
	return x.Snapshot(), Answered{Token: tokenContent{Revision: revision}.token(), Source: a.answered(nil)}, nil
}

// revision returns one of SpiceDB that is as fresh as asked for. SpiceDB names the
// revision of an answer, and not that of what is read: so it is asked something,
// whatever the answer.
func (a *Adapter) revision(ctx context.Context, at Freshness) (rel.ZedToken, error) {
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(a.model.Permissions, func(p *schema.Permission) bool { return len(p.At) > 0 })
	if i < 0 {
		return "", nil // of a model without questions every state says the same
	}
	asked := a.model.Permissions[i]
	nobody := iam.Ref{Type: a.model.TypeOf(schema.KindUser), ID: "nobody"}
	_, revision, err := a.engine.Check(ctx, consistency, a.translate.Question(nobody, asked.Name, iam.Ref{Type: asked.At[0], ID: "nothing"}))
	return revision, err
}

// Settle waits until the index has everything that this adapter has written, as
// long as ctx allows. Nobody has to call it: questions wait by themselves, or ask
// SpiceDB. It is for measurements and tests of the index itself.
//
// Errors: UNAVAILABLE, reason INDEX_BEHIND; FAILED_PRECONDITION, reason INDEX_OFF, if
// no question without a token can ever be answered from memory.
func (a *Adapter) Settle(ctx context.Context) error {
	if a.index == nil || a.config.Shared && a.config.Staleness <= 0 {
		return iam.Forbidden("INDEX_OFF", "", "", "there is no index, or others write too and nothing of theirs may be missed")
	}
	if a.index.follower.Settle(ctx) == nil {
		return &iam.Error{Code: iam.Unavailable, Reason: "INDEX_BEHIND", Message: "the index has not come so far yet"}
	}
	return nil
}

// IndexStats says how the index is and what it has answered.
type IndexStats struct {
	follow.Stats
	// ByIndex and ByEngine count questions by who answered.
	ByIndex, ByEngine uint64
	// Verified counts answers that SpiceDB was asked about, too, Different those to
	// which it said something else, and Unverified those that could not be compared.
	Verified, Different, Unverified uint64
}

// IndexStats returns how the index is now; zero without one.
func (a *Adapter) IndexStats() IndexStats {
	if a.index == nil {
		return IndexStats{}
	}
	v := a.index.verifier
	return IndexStats{
		Stats: a.index.follower.Stats(), ByIndex: a.index.byIndex.Load(), ByEngine: a.index.byEngine.Load(),
		Verified: v.same.Load() + v.different.Load(), Different: v.different.Load(), Unverified: v.failed.Load(),
	}
}

// answeredFrom counts an answer of the index.
func (a *Adapter) answeredFrom(view *follow.View) Answered {
	return Answered{Token: a.tokenOf(view), Source: a.answered(view)}
}

// answered counts an answer and returns who gave it.
func (a *Adapter) answered(view *follow.View) Source {
	switch {
	case a.index == nil:
		return SourceEngine
	case view == nil:
		a.index.byEngine.Add(1)
		return SourceEngine
	}
	a.index.byIndex.Add(1)
	return SourceIndex
}
