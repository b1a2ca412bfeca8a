package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/integration/ambittest"
	"github.com/ambit-iam/ambit/schema"
)

// TestOwnWrites: a server sees what it wrote itself, also where another replica
// was faster to deliver that to SpiceDB.
func TestOwnWrites(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	// Its adapter is the other replica: it delivers whatever it finds.
	system := ambittest.Run(t, ambittest.World(`
scopes: [{id: "account:acme"}]
users:  [{id: ann}]
`))
	slow := slowReplica(t, system)
	policy := iam.Policy{ID: "p", Subject: iam.Ref{Type: "user", ID: "ann"}, Roles: []iam.RoleID{"admin"}, Scope: iam.Ref{Type: "account", ID: "acme"}}
	allowed := func() bool {
		t.Helper()
		question := adapter.CheckRequest{Subject: policy.Subject, Permission: "accounts:read", Object: policy.Scope}
		decision, err := slow.Check(ctx, question, adapter.Freshness{})
		require.NoError(t, err)
		return decision.Allowed
	}
	require.False(t, allowed())
	for range 2 {
		_, _, err := slow.CreatePolicy(ctx, policy)
		require.NoError(t, err)
		require.True(t, allowed(), "after a grant")
		_, err = slow.DeletePolicy(ctx, policy.ID, 0)
		require.NoError(t, err)
		require.False(t, allowed(), "after a revocation")
	}
}

// slowReplica returns another adapter on the same database and SpiceDB, which
// others always forestall.
func slowReplica(t testing.TB, system *ambittest.System) *adapter.Adapter {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	store, err := sqlstore.OpenPostgres(ctx, system.Backing.Database, sqlstore.Config{Subjects: sqlstore.SubjectTypes{
		User: system.Model.TypeOf(schema.KindUser), ServiceAccount: system.Model.TypeOf(schema.KindServiceAccount),
		Group: system.Model.TypeOf(schema.KindGroup),
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	spiceDB, err := remote.Dial(ctx, remote.Config{
		Endpoint: system.Backing.SpiceDBEndpoint, PresharedKey: system.Backing.SpiceDBKey, Insecure: true,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, spiceDB.Close()) })
	slow, err := adapter.New(ctx, adapter.Config{
		// An hour: what it sees of its own writes must not come from looking at the
		// head now and then.
		Model: system.Model, Store: slowStore{store}, Engine: spiceDB.Engine(), Shared: true, Staleness: time.Hour,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, slow.Close()) })
	return slow
}

// slowStore looks into its outbox only when that is empty.
type slowStore struct{ adapter.Store }

// Outbox returns the slow one.
func (s slowStore) Outbox() adapter.Outbox { return slowOutbox{s.Store.Outbox()} }

type slowOutbox struct{ adapter.Outbox }

// Pending waits until somebody else has delivered everything.
func (o slowOutbox) Pending(ctx context.Context, tenant iam.Ref, limit int) ([]adapter.OutboxEntry, error) {
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for {
		position, err := o.Position(ctx, tenant)
		if err != nil || position.Delivered == position.Last {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-every.C:
		}
	}
	return o.Outbox.Pending(ctx, tenant, limit)
}
