package follow_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/schema"
)

// link is a SpiceDB whose stream of changes can be held up, cut and falsified.
type link struct {
	*spicedb.Engine

	mu sync.Mutex
	// held is closed when steps may pass; nil: they may.
	held chan struct{}
	// cut ends the streams that run.
	cut chan struct{}
	// gone: no revision is old enough to be known.
	gone bool
	// mute: marks are not written.
	mute bool
	// unread is why nothing can be read; nil: it can.
	unread error
	// slow is closed when what stands at a revision may be read; nil: it may.
	slow chan struct{}
	// waiting counts those who want to, and old the tuples that were read at a revision.
	waiting, old int
	// extra is told before the next step.
	extra []rel.Step
	// watched and read count streams.
	watched, read int
}

func newLink(tb testing.TB) *link {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	l := &link{Engine: server.Engine(), cut: make(chan struct{})}
	require.NoError(tb, l.WriteSchema(context.Background(), model(tb).Compile()))
	return l
}

func model(tb testing.TB) *schema.Model {
	tb.Helper()
	m, err := schema.Builtin("scalr")
	require.NoError(tb, err)
	return m
}

// hold keeps steps back until release is called.
func (l *link) hold() (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := make(chan struct{})
	l.held = held
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.held = nil
		close(held)
	}
}

// sever cuts the streams that run; others may begin.
func (l *link) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.cut)
	l.cut = make(chan struct{})
}

func (l *link) set(change func(l *link)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

func (l *link) counts() (watched, read int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.watched, l.read
}

func (l *link) Read(ctx context.Context, filter rel.Filter) iter.Seq2[rel.Tuple, error] {
	var unread error
	var slow chan struct{}
	l.set(func(l *link) { l.read++; unread, slow = l.unread, l.slow })
	if slow != nil && filter.At != "" {
		l.set(func(l *link) { l.waiting++ })
		select {
		case <-slow:
		case <-ctx.Done():
			unread = ctx.Err()
		}
	}
	if unread != nil {
		return func(yield func(rel.Tuple, error) bool) { yield(rel.Tuple{}, unread) }
	}
	return func(yield func(rel.Tuple, error) bool) {
		for tuple, err := range l.Engine.Read(ctx, filter) {
			if filter.At != "" {
				l.set(func(l *link) { l.old++ })
			}
			if !yield(tuple, err) {
				return
			}
		}
	}
}

var errAway = iam.Unreachable("SpiceDB", errors.New("away"))

func (l *link) Beat(ctx context.Context, mark, before string) (rel.ZedToken, error) {
	l.mu.Lock()
	mute := l.mute
	l.mu.Unlock()
	if mute {
		return "", errAway
	}
	return l.Engine.Beat(ctx, mark, before)
}

func (l *link) Watch(ctx context.Context, from rel.ZedToken) iter.Seq2[rel.Step, error] {
	return func(yield func(rel.Step, error) bool) {
		l.mu.Lock()
		l.watched++
		cut, gone := l.cut, l.gone
		l.gone = false
		l.mu.Unlock()
		if gone {
			yield(rel.Step{}, errors.New("no such revision"))
			return
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go func() {
			select {
			case <-cut:
				stop()
			case <-ctx.Done():
			}
		}()
		for step, err := range l.Engine.Watch(ctx, from) {
			if err != nil {
				yield(step, err)
				return
			}
			for _, s := range append(l.before(ctx), step) {
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

// before waits while steps are held, and returns what is told before the next.
func (l *link) before(ctx context.Context) []rel.Step {
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	extra := l.extra
	l.extra = nil
	return extra
}

// harness is a follower on a link, and the changes that it is told of.
type harness struct {
	*follow.Follower
	tb   testing.TB
	link *link
	seq  map[string]uint64
}

func start(tb testing.TB, options ...func(*follow.Config)) *harness {
	tb.Helper()
	h := &harness{tb: tb, link: newLink(tb), seq: map[string]uint64{}}
	config := follow.Config{
		Model: model(tb), Feed: h.link, Retry: time.Millisecond, Patience: 5 * time.Second, Logger: slog.New(slog.DiscardHandler),
		Delivered: func(context.Context) (map[iam.Ref]uint64, error) { return map[iam.Ref]uint64{}, nil },
	}
	for _, option := range options {
		option(&config)
	}
	h.Follower = follow.New(config)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	tb.Cleanup(func() { stop(); running.Wait() })
	return h
}

// write is a change of a tenant, as the relay makes it.
func (h *harness) write(op rel.Op, tenant iam.Ref, texts ...string) uint64 {
	h.tb.Helper()
	h.seq[tenant.ID]++
	seq := h.seq[tenant.ID]
	w := rel.Write{Tenant: tenant.String(), Seq: seq, After: seq - 1}
	for _, text := range texts {
		w.Updates = append(w.Updates, rel.Update{Op: op, Tuple: tuple(h.tb, text)})
	}
	h.Expect(tenant, seq)
	_, err := h.link.Write(context.Background(), w)
	require.NoError(h.tb, err)
	h.Arrived(tenant, seq)
	return seq
}

func tuple(tb testing.TB, text string) rel.Tuple {
	tb.Helper()
	parsed, err := rel.ParseTuple(text)
	require.NoError(tb, err)
	return parsed
}

func ref(kind, id string) iam.Ref { return iam.Ref{Type: kind, ID: id} }

var (
	accountA = ref("account", "A")
	accountB = ref("account", "B")
	ann      = ref("user", "ann")
	envA     = ref("environment", "EA")
	envB     = ref("environment", "EB")
)

// grant is all that it takes for ann to read environments of A and B.
var grant = []string{
	"role:reader#environments__read@user:*",
	"role_binding:a#role@role:reader", "role_binding:a#subject@user:ann", "account:A#role_binding@role_binding:a", "environment:EA#parent@account:A",
	"role_binding:b#role@role:reader", "role_binding:b#subject@user:ann", "account:B#role_binding@role_binding:b", "environment:EB#parent@account:B",
}

// reads reports whether a View that is fresh enough for an object says yes.
func (h *harness) reads(object iam.Ref) (yes, fresh bool) {
	h.tb.Helper()
	view := h.View(context.Background(), follow.Need{Objects: []iam.Ref{object}})
	return view != nil && view.Check(ann, "environments:read", object), view != nil
}
