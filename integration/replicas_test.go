package integration_test

import (
	"context"
	"slices"
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

// BenchmarkReplicaLag measures how long after its acknowledgement a write of one
// replica is in the index of another, which nobody tells about it.
func BenchmarkReplicaLag(b *testing.B) {
	ctx := b.Context()
	system := ambittest.Run(b, ambittest.World(`
scopes: [{id: "account:acme"}]
users:  [{id: ann}]
`))
	other := replica(b, system, time.Second, func(s adapter.Store) adapter.Store { return s })
	policy := iam.Policy{ID: "p", Subject: iam.Ref{Type: "user", ID: "ann"}, Roles: []iam.RoleID{"admin"}, Scope: iam.Ref{Type: "account", ID: "acme"}}
	question := adapter.CheckRequest{Subject: policy.Subject, Permission: "accounts:read", Object: policy.Scope}
	shows := func(allowed bool) {
		for {
			decision, err := other.Check(ctx, question, adapter.Freshness{})
			require.NoError(b, err)
			if decision.Source == adapter.SourceIndex && decision.Allowed == allowed {
				return
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
	shows(false)
	var lags []time.Duration
	for b.Loop() {
		_, _, err := system.Adapter.CreatePolicy(ctx, policy)
		require.NoError(b, err)
		acknowledged := time.Now()
		shows(true)
		lags = append(lags, time.Since(acknowledged))
		_, err = system.Adapter.DeletePolicy(ctx, policy.ID, 0)
		require.NoError(b, err)
		acknowledged = time.Now()
		shows(false)
		lags = append(lags, time.Since(acknowledged))
	}
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Nanoseconds())/1e6, "p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Nanoseconds())/1e6, "p99-ms")
	b.ReportMetric(0, "ns/op") // the writes count for most of it
}

// slowReplica returns another adapter on the same database and SpiceDB, which
// others always forestall. An hour: what it sees of its own writes must not come
// from looking at the head now and then.
func slowReplica(t testing.TB, system *ambittest.System) *adapter.Adapter {
	t.Helper()
	return replica(t, system, time.Hour, func(s adapter.Store) adapter.Store { return slowStore{s} })
}

// replica returns another adapter on the same database and SpiceDB.
func replica(t testing.TB, system *ambittest.System, staleness time.Duration, wrap func(adapter.Store) adapter.Store) *adapter.Adapter {
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
	other, err := adapter.New(ctx, adapter.Config{Model: system.Model, Store: wrap(store), Engine: spiceDB.Engine(), Shared: true, Staleness: staleness})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	return other
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
