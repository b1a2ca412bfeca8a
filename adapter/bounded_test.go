package adapter_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/schema"
)

// office is an account in which ann reads everything and bob nothing, with many
// environments.
func office(id string) iam.World {
	account := ref("account", id)
	world := iam.World{
		Scopes: []iam.Scope{{Ref: account}}, Users: []iam.User{{ID: "ann"}, {ID: "bob"}},
		Policies: []iam.Policy{{Subject: ann, Roles: []iam.RoleID{"read-only"}, Scope: account}},
	}
	for i := range 50 {
		world.Scopes = append(world.Scopes, iam.Scope{Ref: ref("environment", fmt.Sprint(id, i)), Parent: account})
	}
	return world
}

// visit asks in an account who may read an environment, and returns who answered.
func (s *system) visit(t *testing.T, account string) adapter.Source {
	t.Helper()
	var source adapter.Source
	for subject, want := range map[iam.Ref]bool{ann: true, bob: false} {
		decision, err := s.Check(t.Context(), adapter.CheckRequest{Subject: subject, Permission: "environments:read", Object: ref("environment", account+"7")}, adapter.Freshness{})
		require.NoError(t, err)
		require.Equal(t, want, decision.Allowed, "%s in %s by %s", subject, account, decision.Source)
		source = decision.Source
	}
	return source
}

// settles asks in an account until the index answers.
func (s *system) settles(t *testing.T, account string) {
	t.Helper()
	require.Eventually(t, func() bool { return s.visit(t, account) == adapter.SourceIndex }, 10*time.Second, time.Millisecond, account)
}

// TestBoundedIndex: of three tenants there is room for two. Answers are right whoever
// gives them, those about the tenants that were asked about last come from the index,
// and a tenant that is new is held when it is asked about.
func TestBoundedIndex(t *testing.T) {
	t.Parallel()
	const room = 20_000
	s := newSystem(t, builtin(t, "scalr"), func(c *adapter.Config) { c.Index.Max, c.Index.Stay = room, 50*time.Millisecond })
	for _, account := range []string{"A", "B", "C"} {
		s.apply(t, office(account))
	}
	require.NoError(t, s.Settle(t.Context()))
	require.Zero(t, s.IndexStats().Tenants)
	for range 3 {
		for _, account := range []string{"A", "B", "C"} {
			s.settles(t, account)
			stats := s.IndexStats()
			require.LessOrEqual(t, stats.Tenants, 2)
			require.LessOrEqual(t, stats.Bytes, int64(room))
		}
	}
	require.Equal(t, 2, s.IndexStats().Tenants)
	require.Equal(t, adapter.SourceIndex, s.visit(t, "C"))
	s.apply(t, office("D"))
	s.settles(t, "D")
	receipt, err := s.DeletePolicy(t.Context(), iam.DerivedPolicyID(ann, ref("account", "D"), []iam.RoleID{"read-only"}), 0)
	s.done(t, receipt, err)
	decision, err := s.Check(t.Context(), adapter.CheckRequest{Subject: ann, Permission: "environments:read", Object: ref("environment", "D7")}, adapter.Freshness{})
	require.NoError(t, err)
	assert.False(t, decision.Allowed)
	stats := s.IndexStats()
	assert.Positive(t, stats.Evicted)
	assert.EqualValues(t, 1, stats.Loaded)
}

// TestBoundedHistories runs random histories beside an index that is too small for
// them, whose stream breaks: whoever answers, the answers are the oracle's.
func TestBoundedHistories(t *testing.T) {
	t.Parallel()
	eachModel(t, func(t *testing.T, model *schema.Model) {
		s := newShakySystem(t, model, func(c *adapter.Config) { c.Index.Max, c.Index.Stay = 10_000, -1 })
		s.histories(t, 1, 4, (*history).compareBounded, func(*history, context.Context) {})
		require.Positive(t, s.IndexStats().TakenIn)
	})
}

// compareBounded asks about one object after the other, again after some marks, when
// its tenant may be there.
func (h *history) compareBounded(ctx context.Context) {
	world, err := h.Export(ctx, iam.Ref{})
	require.NoError(h.t, err)
	o := reference.New(h.Model(), world)
	for range 5 {
		request := h.question(o)
		for range 6 {
			require.NoError(h.t, h.Settle(ctx))
			decision, err := h.Check(ctx, request, adapter.Freshness{})
			require.NoError(h.t, err)
			require.Equal(h.t, o.Allowed(request.Subject, request.Permission, request.Object), decision.Allowed, "%v by %s", request, decision.Source)
			if decision.Source == adapter.SourceIndex {
				break
			}
			_, err = h.engine.Beat(ctx, strings.ToLower(rand.Text()), "")
			require.NoError(h.t, err)
		}
	}
}

// TestBoundedCheckAllocatesNothing runs alone, as others allocate meanwhile. What goes on
// in the background counts less than once a question.
func TestBoundedCheckAllocatesNothing(t *testing.T) { //nolint:paralleltest // see above
	s := newSystem(t, builtin(t, "scalr"), func(c *adapter.Config) { c.Index.Max = 1 << 20 })
	s.apply(t, office("A"))
	s.settles(t, "A")
	request := adapter.CheckRequest{Subject: ann, Permission: "environments:read", Object: ref("environment", "A7")}
	assert.Zero(t, testing.AllocsPerRun(20_000, func() {
		decision, err := s.Check(t.Context(), request, adapter.Freshness{})
		if err != nil || decision.Source != adapter.SourceIndex {
			t.Error(decision, err)
		}
	}))
}
