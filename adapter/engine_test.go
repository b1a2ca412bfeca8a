package adapter_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// recorder is an engine that notes what reaches it, and can be cut off.
type recorder struct {
	adapter.ContentEngine
	mu     sync.Mutex
	down   bool
	writes []rel.Write
	asked  []rel.Consistency
	// wrote gets the tenant of each write that went through, if it has room.
	wrote chan string
}

func newRecorder(tb testing.TB) *recorder {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	return &recorder{ContentEngine: server.Engine(), wrote: make(chan string, 100)}
}

func (r *recorder) cut(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// fail is called with the lock held.
func (r *recorder) fail() error {
	if r.down {
		return iam.Unreachable("SpiceDB", errors.New("cut off"))
	}
	return nil
}

func (r *recorder) Write(ctx context.Context, write rel.Write) (rel.ZedToken, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.fail(); err != nil {
		return "", err
	}
	r.writes = append(r.writes, write)
	token, err := r.ContentEngine.Write(ctx, write)
	select {
	case r.wrote <- write.Tenant:
	default:
	}
	return token, err
}

func (r *recorder) Check(ctx context.Context, at rel.Consistency, question rel.Question) (bool, rel.ZedToken, error) {
	r.mu.Lock()
	r.asked = append(r.asked, at)
	err := r.fail()
	r.mu.Unlock()
	if err != nil {
		return false, "", err
	}
	return r.ContentEngine.Check(ctx, at, question)
}

func (r *recorder) Read(ctx context.Context, filter rel.Filter) iter.Seq2[rel.Tuple, error] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.fail(); err != nil {
		return func(yield func(rel.Tuple, error) bool) { yield(rel.Tuple{}, err) }
	}
	return r.ContentEngine.Read(ctx, filter)
}

// written returns the writes so far, and forgets them.
func (r *recorder) written() []rel.Write {
	r.mu.Lock()
	defer r.mu.Unlock()
	writes := r.writes
	r.writes = nil
	return writes
}

// lastAsked returns the consistency of the latest question.
func (r *recorder) lastAsked() rel.Consistency {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[len(r.asked)-1]
}

func newRecordedAcme(tb testing.TB) (*system, *recorder) {
	tb.Helper()
	engine := newRecorder(tb)
	s := newSystemOn(tb, builtin(tb, "scalr"), engine, withoutIndex)
	s.apply(tb, acme())
	engine.written()
	for len(engine.wrote) > 0 {
		<-engine.wrote
	}
	return s, engine
}

// seqs returns the numbers of a tenant's writes.
func seqs(writes []rel.Write, tenant iam.Ref) []uint64 {
	var numbers []uint64
	for _, write := range writes {
		if write.Tenant == tenant.String() {
			numbers = append(numbers, write.Seq)
		}
	}
	return slices.Clip(numbers)
}
