package adapter_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

var errBrittle = errors.New("the disk is gone")

// brittle is a store of which one read fails.
type brittle struct {
	adapter.Store

	// left is how many reads go well before the one that fails.
	left atomic.Int64
}

func (b *brittle) Read(ctx context.Context, fn func(adapter.Rows) error) error {
	return b.Store.Read(ctx, func(rows adapter.Rows) error { return fn(brittleRows{rows, b}) })
}

func (b *brittle) fails() bool { return b.left.Add(-1) == -1 }

type brittleRows struct {
	adapter.Rows

	store *brittle
}

func (r brittleRows) Scopes() adapter.Table[iam.Ref, iam.Scope, adapter.ScopeFilter] {
	return brittleTable[iam.Ref, iam.Scope, adapter.ScopeFilter]{r.Rows.Scopes(), r.store}
}

func (r brittleRows) Users() adapter.Table[iam.UserID, iam.User, adapter.UserFilter] {
	return brittleTable[iam.UserID, iam.User, adapter.UserFilter]{r.Rows.Users(), r.store}
}

func (r brittleRows) ServiceAccounts() adapter.Table[iam.ServiceAccountID, iam.ServiceAccount, adapter.ServiceAccountFilter] {
	return brittleTable[iam.ServiceAccountID, iam.ServiceAccount, adapter.ServiceAccountFilter]{r.Rows.ServiceAccounts(), r.store}
}

func (r brittleRows) Groups() adapter.Table[iam.GroupID, iam.Group, adapter.GroupFilter] {
	return brittleTable[iam.GroupID, iam.Group, adapter.GroupFilter]{r.Rows.Groups(), r.store}
}

func (r brittleRows) Roles() adapter.Table[iam.RoleID, iam.Role, adapter.RoleFilter] {
	return brittleTable[iam.RoleID, iam.Role, adapter.RoleFilter]{r.Rows.Roles(), r.store}
}

func (r brittleRows) Policies() adapter.Table[iam.PolicyID, iam.Policy, adapter.PolicyFilter] {
	return brittleTable[iam.PolicyID, iam.Policy, adapter.PolicyFilter]{r.Rows.Policies(), r.store}
}

func (r brittleRows) Resources() adapter.Table[iam.Ref, iam.Resource, adapter.ResourceFilter] {
	return brittleTable[iam.Ref, iam.Resource, adapter.ResourceFilter]{r.Rows.Resources(), r.store}
}

type brittleTable[K comparable, R, F any] struct {
	adapter.Table[K, R, F]

	store *brittle
}

func (t brittleTable[K, R, F]) Get(ctx context.Context, key K) (R, error) {
	if t.store.fails() {
		var none R
		return none, errBrittle
	}
	return t.Table.Get(ctx, key)
}

func (t brittleTable[K, R, F]) List(ctx context.Context, filter F) ([]R, error) {
	if t.store.fails() {
		return nil, errBrittle
	}
	return t.Table.List(ctx, filter)
}

// TestExplainStoreFails: whichever read of the store fails, the caller gets its
// error, and never half an explanation.
func TestExplainStoreFails(t *testing.T) {
	t.Parallel()
	systems := told(t)
	for _, test := range []struct {
		model      string
		subject    iam.Ref
		permission string
		object     iam.Ref
	}{
		{"scalr", ann, "workspaces:read", work1},
		{"scalr", off, "workspaces:read", work1},
		{"scalr", ann, "accounts:billing", work1},
		{"scalr", ann, "workspaces:read", ref("workspace", "core")},
		{"scalr", ref("user", "boss"), "service-accounts:update", ci},
		{"scalr-classic", ann, "access", env2},
		{"scalr-classic", bob, "farm/update", ref("farm", "F")},
		{"scalr-classic", bob, "farm/update", ref("farm", "G")},
		{"scalr-classic", ref("user", "eve"), "farm/update", ref("farm", "G")},
	} {
		s := systems[test.model]
		store := &brittle{Store: s.store}
		a, err := adapter.New(t.Context(), adapter.Config{Model: s.Model(), Store: store, Engine: s.engine, Index: adapter.IndexConfig{Off: true}})
		require.NoError(t, err)
		request := adapter.CheckRequest{Subject: test.subject, Permission: test.permission, Object: test.object}
		const many = 1 << 30
		store.left.Store(many)
		x, err := a.Explain(t.Context(), request, adapter.Freshness{})
		require.NoError(t, err)
		require.Equal(t, adapter.SourceEngine, x.Source, "without an index SpiceDB answers")
		reads := many - store.left.Load()
		require.Greater(t, reads, int64(2))
		for n := range reads {
			store.left.Store(n)
			_, err := a.Explain(t.Context(), request, adapter.Freshness{})
			require.ErrorIs(t, err, errBrittle, "%v: read %d of %d", request, n+1, reads)
		}
		assert.NoError(t, a.Close())
	}
}
