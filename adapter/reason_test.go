package adapter_test

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// withholding is an engine whose stream, from some moment on, leaves out the changes
// of a tenant, and the marks by which that would be noticed.
type withholding struct {
	adapter.ContentEngine
	tenant iam.Ref
	on     *atomic.Bool
}

func (w withholding) Watch(ctx context.Context, from rel.ZedToken) iter.Seq2[rel.Step, error] {
	return func(yield func(rel.Step, error) bool) {
		for step, err := range w.ContentEngine.Watch(ctx, from) {
			if w.on.Load() {
				step.Marks = nil
				if slices.ContainsFunc(step.Entries, func(e rel.Entry) bool { return e.Tenant == w.tenant.String() }) {
					step = rel.Step{Checkpoint: step.Checkpoint}
				}
			}
			if !yield(step, err) {
				return
			}
		}
	}
}

// TestReasonWhileAnotherTenantLacksAChange: the index answers about a tenant of which
// it has everything, and another one still names the user. That is no reason.
func TestReasonWhileAnotherTenantLacksAChange(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(t.Context(), embedded.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	engine := withholding{server.Engine(), accountB, new(atomic.Bool)}
	s, ctx := newSystemOn(t, builtin(t, "scalr"), engine), t.Context()
	w := iam.World{Scopes: []iam.Scope{{Ref: accountA}, {Ref: accountB}, {Ref: env1, Parent: accountA}}, Users: []iam.User{{ID: iam.UserID(ann.ID)}}}
	for _, account := range []iam.Ref{accountA, accountB} {
		w.Policies = append(w.Policies, iam.Policy{Subject: ann, Roles: []iam.RoleID{"admin"}, Scope: account})
	}
	s.apply(t, w)
	require.NoError(t, s.Settle(ctx))

	engine.on.Store(true)
	_, receipt, err := s.UpdateUser(ctx, iam.UserID(ann.ID), adapter.UserChange{Status: to(iam.Inactive)})
	s.done(t, receipt, err)
	request := adapter.CheckRequest{Subject: ann, Permission: "environments:read", Object: env1}
	one, err := s.Check(ctx, request, adapter.Freshness{})
	require.NoError(t, err)
	many, err := s.CheckMany(ctx, []adapter.CheckRequest{request}, adapter.Freshness{})
	require.NoError(t, err)
	for _, decision := range append(many, one) {
		assert.Equal(t, adapter.SourceIndex, decision.Source, "else this shows nothing")
		assert.False(t, decision.Allowed)
		assert.Equal(t, adapter.ReasonSubjectInactive, decision.Reason)
	}
}
