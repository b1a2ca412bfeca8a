package adapter_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// shrink takes away and gives: bob gets variables at a workspace, and ann leaves
// the team that is admin of an environment.
func shrink() iam.World {
	return iam.World{
		Groups:   []iam.Group{{ID: "dev", Members: []iam.Ref{}}},
		Policies: []iam.Policy{{Subject: bob, Scope: work1, Roles: []iam.RoleID{"vars"}}},
	}
}

func (s *system) planned(tb testing.TB, w iam.World, page adapter.Page) adapter.Plan {
	tb.Helper()
	plan, err := s.Plan(context.Background(), w, page, adapter.Freshness{})
	require.NoError(tb, err)
	return plan
}

func TestPlan(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	before, backlog := s.state(t), s.positions(t)
	plan := s.planned(t, shrink(), adapter.Page{Size: 1000})
	assert.Equal(t, before, s.state(t), "rows, relationships and the audit log stay")
	assert.Equal(t, backlog, s.positions(t), "and so does the outbox")
	assert.Empty(t, engine.written())

	assert.EqualValues(t, 4, plan.Gains, "variables:* has four permissions")
	assert.EqualValues(t, 2, plan.Subjects)
	assert.Empty(t, plan.Next)
	require.Len(t, plan.Changes, int(plan.Gains+plan.Losses))
	assert.Contains(t, plan.Changes, adapter.PlanChange{Subject: ann, Permission: "variables:read", Object: work1})
	assert.Equal(t, adapter.PlanChange{Subject: bob, Permission: "variables:update", Object: work1, Gained: true}, plan.Changes[len(plan.Changes)-1])
	assert.False(t, plan.Changes[0].Gained, "losses come first")

	s.apply(t, shrink())
	assert.False(t, s.can(t, ann, "variables:read", work1))
	assert.True(t, s.can(t, bob, "variables:update", work1))
	again := s.planned(t, shrink(), adapter.Page{})
	assert.Zero(t, again.Gains+again.Losses, "applying twice changes nothing")
	assert.Empty(t, again.Changes)
}

// positions returns how far each tenant is.
func (s *system) positions(tb testing.TB) (all map[iam.Ref]uint64) {
	tb.Helper()
	require.NoError(tb, s.store.Read(context.Background(), func(rows adapter.Rows) (err error) {
		all, err = rows.Positions(context.Background())
		return err
	}))
	return all
}

func TestPlanPages(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	whole := s.planned(t, shrink(), adapter.Page{Size: 1000})
	var all []adapter.PlanChange
	page := adapter.Page{Size: 7}
	for {
		plan := s.planned(t, shrink(), page)
		assert.Equal(t, []uint64{whole.Gains, whole.Losses, whole.Subjects, whole.Objects}, []uint64{plan.Gains, plan.Losses, plan.Subjects, plan.Objects})
		all = append(all, plan.Changes...)
		if page.Token = plan.Next; plan.Next == "" {
			break
		}
		require.Len(t, plan.Changes, 7)
	}
	assert.Equal(t, whole.Changes, all)
	assert.Greater(t, len(all), 7)
}

// TestPlanSubjects: who is switched off loses, who is new gains.
func TestPlanSubjects(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	plan := s.planned(t, iam.World{Users: []iam.User{{ID: "ann", Status: iam.Inactive}}}, adapter.Page{Size: 1000})
	assert.Positive(t, plan.Losses)
	assert.Zero(t, plan.Gains)
	assert.EqualValues(t, 1, plan.Subjects)
	eve := ref("user", "eve")
	plan = s.planned(t, iam.World{
		Scopes: []iam.Scope{{Ref: ref("workspace", "new"), Parent: env2}}, Users: []iam.User{{ID: "eve"}},
		Policies: []iam.Policy{{Subject: eve, Scope: ref("workspace", "new"), Roles: []iam.RoleID{"vars"}}},
	}, adapter.Page{Size: 1000})
	assert.Zero(t, plan.Losses)
	assert.Contains(t, plan.Changes, adapter.PlanChange{Subject: eve, Permission: "variables:read", Object: ref("workspace", "new"), Gained: true})
	assert.Contains(t, plan.Changes, adapter.PlanChange{Subject: ci, Permission: "workspaces:read", Object: ref("workspace", "new"), Gained: true})
}

func TestPlanRefusals(t *testing.T) {
	t.Parallel()
	plan := func(w iam.World, page adapter.Page, at adapter.Freshness) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, err := s.Plan(ctx, w, page, at)
			return err
		}
	}
	s := newAcme(t)
	policies := []iam.Policy{{Subject: ann, Scope: work1, Roles: []iam.RoleID{"vars"}}, {Subject: bob, Scope: work1, Roles: []iam.RoleID{"ghost"}}}
	other := s.planned(t, shrink(), adapter.Page{Size: 1}).Next
	s.refuse(t, []refusal{
		{"unknown role", plan(iam.World{Policies: policies}, adapter.Page{}, adapter.Freshness{}), iam.NotFound, "NOT_FOUND", "policies[1].roles[0]"},
		{"token of nothing", plan(shrink(), adapter.Page{Token: "x"}, adapter.Freshness{}), iam.InvalidArgument, "PAGE_TOKEN", "page_token"},
		{"token of another world", plan(iam.World{}, adapter.Page{Token: other}, adapter.Freshness{}), iam.InvalidArgument, "PAGE_TOKEN", "page_token"},
		{"page size", plan(shrink(), adapter.Page{Size: -1}, adapter.Freshness{}), iam.InvalidArgument, "PAGE_SIZE", "page_size"},
		{"malformed token", plan(shrink(), adapter.Page{}, adapter.Freshness{Token: "x"}), iam.InvalidArgument, "TOKEN_MALFORMED", "token"},
	})
}

// rival is a store where every write loses its first race, or joins a
// transaction.
type rival struct {
	adapter.Store
	joins bool
}

func (r rival) Joined(context.Context) bool { return r.joins }

func (r rival) Write(ctx context.Context, fn func(adapter.Tx) error) error {
	errLost := errors.New("lost")
	err := r.Store.Write(ctx, func(tx adapter.Tx) error {
		_ = fn(tx) // nobody hears of what a lost race found
		return errLost
	})
	if !errors.Is(err, errLost) {
		return err
	}
	return r.Store.Write(ctx, fn)
}

func TestPlanAfterALostRace(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	want := s.planned(t, shrink(), adapter.Page{Size: 1000})
	retried, err := adapter.New(t.Context(), adapter.Config{Model: s.Model(), Store: rival{Store: s.store}, Engine: s.engine})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, retried.Close()) })
	plan, err := retried.Plan(t.Context(), shrink(), adapter.Page{Size: 1000}, adapter.Freshness{})
	require.NoError(t, err)
	plan.Token, want.Token = "", ""
	assert.Equal(t, want, plan)

	joined, err := adapter.New(t.Context(), adapter.Config{Model: s.Model(), Store: rival{Store: s.store, joins: true}, Engine: s.engine})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, joined.Close()) })
	_, err = joined.Plan(t.Context(), shrink(), adapter.Page{}, adapter.Freshness{})
	var refused *iam.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "PLAN_IN_TRANSACTION", refused.Reason)
}

// TestPlanFollowsTheCaller: who gives up is not served, and an engine that is
// away is no reason to guess.
func TestPlanFollowsTheCaller(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Plan(ctx, shrink(), adapter.Page{}, adapter.Freshness{})
	require.ErrorIs(t, err, context.Canceled)
	engine.cut(true)
	_, err = s.Plan(t.Context(), shrink(), adapter.Page{}, adapter.Freshness{})
	assert.Equal(t, iam.Unavailable, iam.CodeOf(err))
	engine.cut(false)
	assert.Equal(t, []rel.Write(nil), engine.written())
}
