package adapter_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// TestIndexAnswers: once the index is there it answers every kind of question, and
// not those that ask for the head of SpiceDB.
func TestIndexAnswers(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	require.NoError(t, s.Settle(ctx))
	question := adapter.CheckRequest{Subject: ann, Permission: "environments:read", Object: env1}
	for want, at := range map[adapter.Source]adapter.Freshness{adapter.SourceIndex: {}, adapter.SourceEngine: {Full: true}} {
		decision, err := s.Check(ctx, question, at)
		require.NoError(t, err)
		assert.Equal(t, want, decision.Source)
		assert.True(t, decision.Allowed)
		assert.NotEmpty(t, decision.Token)
		many, err := s.CheckMany(ctx, []adapter.CheckRequest{question}, at)
		require.NoError(t, err)
		assert.Equal(t, want, many[0].Source)
		_, answered, err := s.Permissions(ctx, ann, env1, at)
		require.NoError(t, err)
		assert.Equal(t, want, answered.Source)
		_, answered, err = s.Resources(ctx, adapter.ResourcesRequest{Subject: ann, Permission: question.Permission, Type: "environment"}, adapter.Page{}, at)
		require.NoError(t, err)
		assert.Equal(t, want, answered.Source)
		assert.NotEmpty(t, answered.Token)
		_, answered, err = s.Subjects(ctx, adapter.SubjectsRequest{Permission: question.Permission, Object: env1}, adapter.Page{}, at)
		require.NoError(t, err)
		assert.Equal(t, want, answered.Source)
		assert.NotEmpty(t, answered.Token)
	}
	stats := s.IndexStats()
	assert.True(t, stats.Live)
	assert.Positive(t, stats.Tuples)
	assert.EqualValues(t, 5, stats.ByIndex)
	assert.EqualValues(t, 5, stats.ByEngine)
}

// TestIndexTokens: tokens of answers and of writes are good for the index, however
// they came about.
func TestIndexTokens(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	require.NoError(t, s.Settle(ctx))
	receipt, err := grantBob(ctx, s)
	s.done(t, receipt, err)
	decision, err := s.Check(ctx, bobEnters, adapter.Freshness{Token: receipt.Token})
	require.NoError(t, err)
	assert.True(t, decision.Allowed)
	for _, at := range []adapter.Freshness{{Token: decision.Token}, {Full: true}} {
		decision, err = s.Check(ctx, bobEnters, at)
		require.NoError(t, err)
		assert.True(t, decision.Allowed)
	}
	require.Eventually(t, func() bool { // a revision that SpiceDB named: a mark has to come back
		again, err := s.Check(ctx, bobEnters, adapter.Freshness{Token: decision.Token})
		require.NoError(t, err)
		return again.Source == adapter.SourceIndex
	}, 10*time.Second, 10*time.Millisecond)
	unwritten := adapter.Token(base64.RawURLEncoding.EncodeToString([]byte(`{"e":[{"t":"account:A","s":999}]}`)))
	_, err = s.Check(ctx, bobEnters, adapter.Freshness{Token: "nonsense"})
	assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
	_, err = s.Check(ctx, bobEnters, adapter.Freshness{Token: unwritten})
	assert.Equal(t, "TOKEN_UNKNOWN", iam.ReasonOf(err))
}

// TestIndexSeesNothingOld: a grant and a revocation are seen by the very next
// question, thousands of times, while another tenant is written to as well.
func TestIndexSeesNothingOld(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	require.NoError(t, s.Settle(ctx))
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			_, receipt, err := s.AddMembers(ctx, "teamB", []iam.Ref{ann})
			assert.NoError(t, err)
			assert.True(t, receipt.Applied)
			_, _, err = s.RemoveMembers(ctx, "teamB", []iam.Ref{ann})
			assert.NoError(t, err)
		}
	})
	bySource := map[adapter.Source]int{}
	for range 200 {
		policy, receipt, err := s.CreatePolicy(ctx, iam.Policy{Subject: bob, Scope: env1, Roles: []iam.RoleID{"environment-min-access"}})
		require.NoError(t, err)
		require.True(t, receipt.Applied)
		decision, err := s.Check(ctx, bobEnters, adapter.Freshness{})
		require.NoError(t, err)
		require.True(t, decision.Allowed, "by %s", decision.Source)
		bySource[decision.Source]++
		_, err = s.DeletePolicy(ctx, policy.ID, 0)
		require.NoError(t, err)
		decision, err = s.Check(ctx, bobEnters, adapter.Freshness{})
		require.NoError(t, err)
		require.False(t, decision.Allowed, "by %s", decision.Source)
		bySource[decision.Source]++
	}
	close(stop)
	writing.Wait()
	assert.Positive(t, bySource[adapter.SourceIndex], bySource)
}

// TestIndexOfReplica: a token of one server is good on another; without one, after
// the bound, the index of the other has seen the write.
func TestIndexOfReplica(t *testing.T) {
	t.Parallel()
	const bound = 300 * time.Millisecond
	first, second, _ := twins(t, bound, adapter.IndexConfig{})
	ctx := t.Context()
	require.NoError(t, first.Settle(ctx))
	require.NoError(t, second.Settle(ctx))
	receipt, err := grantBob(ctx, first)
	require.NoError(t, err)
	decision, err := second.Check(ctx, bobEnters, adapter.Freshness{Token: receipt.Token})
	require.NoError(t, err)
	assert.True(t, decision.Allowed, "by %s", decision.Source)
	time.Sleep(bound) //nolint:forbidigo // what is promised is a time
	decision, err = second.Check(ctx, bobEnters, adapter.Freshness{})
	require.NoError(t, err)
	assert.True(t, decision.Allowed, "by %s", decision.Source)
	require.Eventually(t, func() bool {
		decision, err := second.Check(ctx, bobEnters, adapter.Freshness{})
		return err == nil && decision.Allowed && decision.Source == adapter.SourceIndex
	}, 10*time.Second, 5*time.Millisecond)
}

// TestIndexWithoutStaleness: where nothing of others may be missed, only a token lets
// the index answer, and nobody waits for what cannot come.
func TestIndexWithoutStaleness(t *testing.T) {
	t.Parallel()
	first, second, _ := twins(t, 0, adapter.IndexConfig{Wait: time.Minute})
	ctx := t.Context()
	assert.Equal(t, "INDEX_OFF", iam.ReasonOf(second.Settle(ctx)))
	receipt, err := grantBob(ctx, first)
	require.NoError(t, err)
	decision, err := second.Check(ctx, bobEnters, adapter.Freshness{})
	require.NoError(t, err)
	assert.True(t, decision.Allowed)
	assert.Equal(t, adapter.SourceEngine, decision.Source)
	require.Eventually(t, func() bool {
		decision, err := second.Check(ctx, bobEnters, adapter.Freshness{Token: receipt.Token})
		return err == nil && decision.Allowed && decision.Source == adapter.SourceIndex
	}, 10*time.Second, 5*time.Millisecond)
}

// TestIndexBesideForeignWrites: what somebody writes beside Ambit counts, and when
// it is mended, the next question sees that.
func TestIndexBesideForeignWrites(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	require.NoError(t, s.Settle(ctx))
	require.False(t, s.can(t, bob, "environments:read", env1))
	foreign, err := rel.ParseTuple("role_binding:environment/E1/owner#subject@user:bob")
	require.NoError(t, err)
	for tuple := range s.tuplesAt(t, env1) {
		if tuple.Relation == "subject" {
			foreign.Resource = tuple.Resource
		}
	}
	_, err = s.engine.Write(ctx, rel.Write{Updates: []rel.Update{{Op: rel.Touch, Tuple: foreign}}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		decision, err := s.Check(ctx, bobEnters, adapter.Freshness{})
		return err == nil && decision.Allowed && decision.Source == adapter.SourceIndex
	}, 10*time.Second, time.Millisecond)
	drift, err := s.Reconcile(ctx, adapter.ReconcileOptions{Fix: true})
	require.NoError(t, err)
	require.EqualValues(t, 1, drift.Foreign)
	decision, err := s.Check(ctx, bobEnters, adapter.Freshness{})
	require.NoError(t, err)
	assert.False(t, decision.Allowed, "by %s", decision.Source)
}

// tuplesAt yields what hangs on the bindings of a scope.
func (s *system) tuplesAt(t *testing.T, scope iam.Ref) map[rel.Tuple]bool {
	t.Helper()
	found := map[rel.Tuple]bool{}
	for tuple, err := range s.engine.Read(t.Context(), rel.Filter{ResourceType: "role_binding"}) {
		require.NoError(t, err)
		if strings.HasPrefix(tuple.Resource.ID, scope.Type+"/"+scope.ID+"/") {
			found[tuple] = true
		}
	}
	require.NotEmpty(t, found)
	return found
}

// liar is an engine that answers the wrong way round, as nothing should.
type liar struct{ adapter.ContentEngine }

func (l liar) Check(ctx context.Context, at rel.Consistency, question rel.Question) (bool, rel.ZedToken, error) {
	allowed, token, err := l.ContentEngine.Check(ctx, at, question)
	return allowed != at.Exact, token, err
}

// TestVerifySample: answers are compared with SpiceDB's at the same revision, and
// a difference is told.
func TestVerifySample(t *testing.T) {
	t.Parallel()
	for name, lies := range map[string]bool{"the truth": false, "a lie": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := embedded.Start(t.Context(), embedded.Config{})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, server.Close()) })
			var engine adapter.ContentEngine = server.Engine()
			if lies {
				engine = liar{engine}
			}
			var log lockedLog
			s := newSystemOn(t, builtin(t, "scalr"), engine, func(c *adapter.Config) {
				c.Index.VerifySample, c.Logger = 1, slog.New(slog.NewTextHandler(&log, nil))
			})
			s.apply(t, acme())
			require.NoError(t, s.Settle(t.Context()))
			writes := 0
			require.Eventually(t, func() bool {
				_, err := s.Check(t.Context(), bobEnters, adapter.Freshness{})
				require.NoError(t, err)
				writes++
				_, receipt, err := s.UpdateScope(t.Context(), env1, adapter.ScopeChange{Name: to(fmt.Sprint(writes))})
				s.done(t, receipt, err)
				return s.IndexStats().Verified >= 20
			}, 20*time.Second, time.Millisecond)
			stats := s.IndexStats()
			assert.Equal(t, lies, stats.Different > 0)
			assert.Equal(t, lies, strings.Contains(log.String(), "differ"))
			assert.Zero(t, stats.Unverified)
		})
	}
}

// lockedLog is where goroutines may write.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestIndexOffOrBehind: without an index nothing waits for one, and one that lacks
// an acknowledged write does not answer.
func TestIndexOffOrBehind(t *testing.T) {
	t.Parallel()
	s := newSystem(t, builtin(t, "scalr"), withoutIndex)
	s.apply(t, acme())
	assert.Equal(t, "INDEX_OFF", iam.ReasonOf(s.Settle(t.Context())))
	assert.Equal(t, adapter.IndexStats{}, s.IndexStats())
	// A write that is not there yet: whoever does not want to wait is told.
	engine := newRecorder(t)
	with := newSystemOn(t, builtin(t, "scalr"), engine)
	with.apply(t, acme())
	require.NoError(t, with.Settle(t.Context()))
	engine.cut(true)
	_, err := grantBob(t.Context(), with)
	require.NoError(t, err)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, "INDEX_BEHIND", iam.ReasonOf(with.Settle(gone)))
	_, err = with.Check(t.Context(), bobEnters, adapter.Freshness{})
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err), "the index does not answer either: it would deny what was acknowledged")
}
