package api

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/iam"
)

const (
	replayAge   = 24 * time.Hour
	replayCount = 10_000
	replayBytes = 32 << 20
)

// replays remember the answers to creates that carry a request_id, so that a
// client that lost an answer may ask again. They live in memory: after a
// restart, on another server, or behind ten thousand or 32 MiB of younger ones,
// a repeated create is an ordinary create and is refused as ALREADY_EXISTS.
type replays struct {
	now func() time.Time

	mu sync.Mutex
	// byKey finds elements of byAge, whose values are *replay, oldest first.
	byKey map[[sha256.Size]byte]*list.Element
	byAge *list.List
	// bytes is the size of all answers in byAge.
	bytes int
}

type replay struct {
	key, body [sha256.Size]byte
	began     time.Time
	// done is closed when answer is set, or when the create has failed and may
	// be tried again.
	done   chan struct{}
	answer proto.Message
	size   int
}

func newReplays(now func() time.Time) *replays {
	return &replays{now: now, byKey: map[[sha256.Size]byte]*list.Element{}, byAge: list.New()}
}

// creation is a request that may be sent twice.
type creation interface {
	proto.Message
	GetRequestId() string
}

// once runs create, unless the caller has sent the same request with the same
// id before: then it returns that answer. An error is not remembered. A request
// without an object is refused.
func once[Answer proto.Message](ctx context.Context, r *replays, req creation, create func() (Answer, error)) (Answer, error) {
	var none Answer
	if err := wantObject(req); err != nil {
		return none, err
	}
	if req.GetRequestId() == "" {
		return create()
	}
	for {
		entry, mine, err := r.enter(ctx, req)
		if err != nil {
			return none, err
		}
		if mine {
			return first(r, entry, create)
		}
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-entry.done:
		}
		if answer, ok := entry.answer.(Answer); ok {
			return answer, nil
		}
	}
}

// first runs create for the first time and tells those who wait, also if it
// panics: else its request_id could never be used again.
func first[Answer proto.Message](r *replays, entry *replay, create func() (Answer, error)) (answer Answer, err error) {
	err = errUnfinished
	defer func() { r.leave(entry, answer, err) }()
	return create()
}

// errUnfinished stays the error of a create that panics.
var errUnfinished = errors.New("the create did not return")

// enter finds the entry of a request, or makes one, which is then mine.
func (r *replays) enter(ctx context.Context, req creation) (entry *replay, mine bool, err error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return nil, false, iam.Failed("read the request", err)
	}
	fresh := &replay{key: replayKey(ctx, req), body: sha256.Sum256(body), began: r.now(), done: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	if found, ok := r.byKey[fresh.key]; ok {
		entry = replayOf(found)
		if entry.body != fresh.body {
			return nil, false, iam.Invalid("REQUEST_ID_REUSED", "request_id", req.GetRequestId(), "another request had this request_id")
		}
		return entry, false, nil
	}
	r.byKey[fresh.key] = r.byAge.PushBack(fresh)
	return fresh, true, nil
}

func (r *replays) leave(entry *replay, answer proto.Message, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(entry.done)
	found, ok := r.byKey[entry.key]
	kept := ok && found.Value == entry
	if err == nil {
		entry.answer = answer
	}
	switch {
	case kept && err != nil:
		r.remove(found)
	case kept:
		entry.size = proto.Size(answer)
		r.bytes += entry.size
		for r.bytes > replayBytes {
			r.remove(r.byAge.Front())
		}
	}
}

// forget drops what is too old or too much.
func (r *replays) forget() {
	for oldest := r.byAge.Front(); oldest != nil; oldest = r.byAge.Front() {
		if r.byAge.Len() < replayCount && r.now().Sub(replayOf(oldest).began) < replayAge {
			return
		}
		r.remove(oldest)
	}
}

func (r *replays) remove(element *list.Element) {
	r.byAge.Remove(element)
	r.bytes -= replayOf(element).size
	delete(r.byKey, replayOf(element).key)
}

func replayOf(element *list.Element) *replay {
	return element.Value.(*replay) //nolint:errcheck // the list holds nothing else
}

// replayKey tells callers apart by what they authenticate with, so that nobody
// reads another's answers.
func replayKey(ctx context.Context, req creation) [sha256.Size]byte {
	caller := metadata.ValueFromIncomingContext(ctx, "authorization")
	name := string(req.ProtoReflect().Descriptor().FullName())
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q", name, req.GetRequestId(), caller))
}
