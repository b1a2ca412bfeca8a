package adapter_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// firsts names the first tenant of each of many histories.
func firsts(model *schema.Model, histories int) []iam.Ref {
	var tenants []iam.Ref
	for _, name := range model.ScopeTypes() {
		for n := range histories {
			if model.IsTenant(name) {
				tenants = append(tenants, iam.Ref{Type: name, ID: fmt.Sprintf("h%d-0", n)})
			}
		}
	}
	return tenants
}

// TestPartialHistories runs random histories beside an index of the first tenant of
// each. It answers about that tenant, as SpiceDB does; SpiceDB answers about others.
func TestPartialHistories(t *testing.T) {
	t.Parallel()
	const histories = 1000
	eachModel(t, func(t *testing.T, model *schema.Model) {
		held := firsts(model, histories)
		s := newShakySystem(t, model, func(c *adapter.Config) { c.Index.Tenants = held })
		s.histories(t, 0, 15, (*history).compareEvaluators, func(h *history, ctx context.Context) {
			require.Less(h.t, h.number, histories)
			h.compareHeld(ctx, held)
		})
	})
}

// compareHeld asks many questions one by one: the answers are SpiceDB's, and the
// index gives all those about objects of its tenants. Then it compares what an index
// holds that begins now with what its tenants need.
func (h *history) compareHeld(ctx context.Context, held []iam.Ref) {
	world, err := h.Export(ctx, iam.Ref{})
	require.NoError(h.t, err)
	o := reference.New(h.Model(), world)
	tenantOf := h.tenantsOf(world)
	require.NoError(h.t, h.Settle(ctx))
	for range 60 {
		request := h.question(o)
		mine, err := h.Check(ctx, request, adapter.Freshness{})
		require.NoError(h.t, err)
		require.Equal(h.t, o.Allowed(request.Subject, request.Permission, request.Object), mine.Allowed, "%v by %s", request, mine.Source)
		tenant, exists := tenantOf[request.Object]
		switch {
		case exists && tenant != request.Object && slices.Contains(held, tenant):
			require.Equal(h.t, adapter.SourceIndex, mine.Source, "%v", request)
		case !slices.Contains(held, tenant):
			require.Equal(h.t, adapter.SourceEngine, mine.Source, "%v", request)
		}
	}
	require.Equal(h.t, h.needed(ctx, held), h.loaded(ctx, held))
}

func (h *history) tenantsOf(world iam.World) map[iam.Ref]iam.Ref {
	tenants := map[iam.Ref]iam.Ref{}
	for _, account := range world.ServiceAccounts {
		tenants[iam.Ref{Type: h.Model().TypeOf(schema.KindServiceAccount), ID: string(account.ID)}] = account.Tenant
	}
	for _, scope := range world.Scopes {
		tenants[scope.Ref] = scope.Tenant
	}
	for _, resource := range world.Resources {
		tenants[resource.Ref] = resource.Tenant
	}
	return tenants
}

// loaded is how many tuples an index of some tenants reads.
func (h *history) loaded(ctx context.Context, tenants []iam.Ref) int {
	ctx, stop := context.WithCancel(ctx)
	follower := follow.New(follow.Config{
		Model: h.Model(), Feed: h.engine, Tenants: tenants, Logger: slog.New(slog.DiscardHandler),
		Delivered: func(context.Context) (map[iam.Ref]uint64, error) { return nil, nil },
	})
	done := make(chan struct{})
	go func() { defer close(done); follower.Run(ctx) }()
	defer func() { stop(); <-done }()
	require.NotNil(h.t, follower.Settle(ctx))
	return follower.Stats().Tuples
}

// needed is how many tuples can matter to tenants: of what lies in them and of what
// that leads to, found in the most naive way.
func (h *history) needed(ctx context.Context, tenants []iam.Ref) int {
	all := map[rel.Tuple]bool{}
	for tuple, err := range h.engine.Read(ctx, rel.Filter{}) {
		require.NoError(h.t, err)
		all[tuple] = true
	}
	whole := map[rel.Object]bool{}
	for _, tenant := range tenants {
		whole[rel.Object{Type: tenant.Type, ID: rel.EncodeID(tenant.ID)}] = true
	}
	inside := maps.Clone(whole)
	for size := -1; size != len(whole); {
		size = len(whole)
		for tuple := range all {
			if inside[tuple.Subject] && (tuple.Relation == "parent" || tuple.Relation == "scope") {
				inside[tuple.Resource], whole[tuple.Resource] = true, true
			}
			direct := h.Model().Type(tuple.Subject.Type) != nil && h.Model().Type(tuple.Subject.Type).Kind != schema.KindScope && tuple.SubjectRelation == ""
			if whole[tuple.Resource] && !direct {
				whole[tuple.Subject] = true
			}
		}
	}
	needed := 0
	for tuple := range all {
		if whole[tuple.Resource] {
			needed++
		}
	}
	return needed
}
