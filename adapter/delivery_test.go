package adapter_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

func grantBob(ctx context.Context, s *system) (adapter.Receipt, error) {
	_, receipt, err := s.CreatePolicy(ctx, iam.Policy{Subject: bob, Scope: env1, Roles: []iam.RoleID{"environment-min-access"}})
	return receipt, err
}

var bobEnters = adapter.CheckRequest{Subject: bob, Permission: "environments:read", Object: env1}

// TestUnreachableEngine: a write that SpiceDB cannot take is durable and says
// so; questions that ask for it wait for it, or fail, and never lie.
func TestUnreachableEngine(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	ctx := t.Context()
	engine.cut(true)
	receipt, err := grantBob(ctx, s)
	require.NoError(t, err)
	assert.False(t, receipt.Applied)
	policies, _, err := s.Policies(ctx, adapter.PolicyFilter{Subject: bob, Scope: env1}, adapter.Page{})
	require.NoError(t, err)
	assert.Len(t, policies, 1, "durable")

	for _, at := range []adapter.Freshness{{Token: receipt.Token}, {}, {Full: true}} {
		decision, err := s.Check(ctx, bobEnters, at)
		assert.Equal(t, iam.Unavailable, iam.CodeOf(err), "%+v", at)
		assert.False(t, decision.Allowed)
	}
	engine.cut(false)
	decision, err := s.Check(ctx, bobEnters, adapter.Freshness{Token: receipt.Token})
	require.NoError(t, err)
	assert.True(t, decision.Allowed, "the question itself delivers what its token names")
	s.exact(t)
}

// TestBackgroundDelivery: what was not applied is delivered without anybody
// asking, each tenant's entries in their order, and nothing twice.
func TestBackgroundDelivery(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	ctx := t.Context()
	engine.cut(true)
	for _, name := range []string{"one", "two", "three"} {
		for _, account := range []iam.Ref{accountA, accountB} {
			_, receipt, err := s.CreateScope(ctx, iam.Scope{Ref: ref("environment", name+account.ID), Parent: account})
			require.NoError(t, err)
			require.False(t, receipt.Applied)
		}
	}
	engine.cut(false)
	for range 6 {
		select {
		case <-engine.wrote:
		case <-ctx.Done():
			require.Fail(t, "not delivered")
		}
	}
	writes := engine.written()
	assert.Len(t, writes, 6)
	for _, account := range []iam.Ref{accountA, accountB} {
		numbers := seqs(writes, account)
		require.Len(t, numbers, 3)
		assert.Equal(t, []uint64{numbers[0], numbers[0] + 1, numbers[0] + 2}, numbers)
	}
	// The last entry is recorded after it is written.
	_, receipt, err := s.UpdateScope(ctx, ref("environment", "oneA"), adapter.ScopeChange{Isolated: to(true)})
	s.done(t, receipt, err)
}

// open makes an adapter on a database file and an engine, as a process would.
func open(tb testing.TB, path string, engine adapter.ContentEngine) (s *system, stop func()) {
	tb.Helper()
	store, err := sqlstore.OpenSQLite(context.Background(), path, sqlstore.Config{Subjects: sqlstore.SubjectsOf(builtin(tb, "scalr"))})
	require.NoError(tb, err)
	a, err := adapter.New(context.Background(), adapter.Config{Model: builtin(tb, "scalr"), Store: store, Engine: engine})
	require.NoError(tb, err)
	return &system{Adapter: a, store: store, engine: engine}, func() {
		require.NoError(tb, a.Close())
		require.NoError(tb, store.Close())
	}
}

// TestRestart: the last entries never reached SpiceDB, and the process ended.
// The next one, with a new and empty engine, serves what was decided.
func TestRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ambit.db")
	engine := newRecorder(t)
	before, stop := open(t, path, engine)
	before.apply(t, acme())
	engine.cut(true)
	receipt, err := grantBob(t.Context(), before)
	require.NoError(t, err)
	gone, err := before.DeletePolicy(t.Context(), "p-dev", 0)
	require.NoError(t, err)
	require.False(t, gone.Applied)
	stop()

	server, err := embedded.Start(t.Context(), embedded.Config{})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	after, stop := open(t, path, server.Engine())
	defer stop()
	after.exact(t)
	assert.True(t, after.can(t, bob, "environments:read", env1))
	assert.False(t, after.can(t, ann, "environments:read", env1))
	for _, token := range []adapter.Token{receipt.Token, gone.Token} {
		decision, err := after.Check(t.Context(), bobEnters, adapter.Freshness{Token: token})
		require.NoError(t, err, "tokens outlive the process")
		assert.True(t, decision.Allowed)
	}
	next, err := after.DeletePolicy(t.Context(), "p-ann", 0)
	after.done(t, next, err)
}

// TestRestartBesideAnEngineThatStayed: a remote SpiceDB has the schema and all
// but the last entries; they are delivered before the adapter serves.
func TestRestartBesideAnEngineThatStayed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ambit.db")
	engine := newRecorder(t)
	before, stop := open(t, path, engine)
	before.apply(t, acme())
	engine.cut(true)
	receipt, err := grantBob(t.Context(), before)
	require.NoError(t, err)
	require.False(t, receipt.Applied)
	stop()
	engine.cut(false)
	engine.written()
	after, stop := open(t, path, engine)
	defer stop()
	after.exact(t)
	assert.Len(t, engine.written(), 1, "what it had is not sent again")
	assert.True(t, after.can(t, bob, "environments:read", env1))
}

// TestTokenOfTwoTenants: the deactivation of a user changes two tenants. When
// the second one's entry was delivered by somebody else before, its revision is
// older than the first one's, and must not stand for both.
func TestTokenOfTwoTenants(t *testing.T) {
	t.Parallel()
	s, engine := newRecordedAcme(t)
	_, receipt, err := s.UpdateUser(t.Context(), "bob", adapter.UserChange{Status: to(iam.Inactive)})
	s.done(t, receipt, err)
	assert.Len(t, engine.written(), 2)
	decision, err := s.Check(t.Context(), bobEnters, adapter.Freshness{Token: receipt.Token})
	require.NoError(t, err)
	assert.Equal(t, adapter.ReasonSubjectInactive, decision.Reason)
	assert.Equal(t, rel.Consistency{}, engine.lastAsked(), "the head holds both")

	_, receipt, err = s.UpdateScope(t.Context(), env2, adapter.ScopeChange{Isolated: to(true)})
	s.done(t, receipt, err)
	_, err = s.Check(t.Context(), bobEnters, adapter.Freshness{Token: receipt.Token})
	require.NoError(t, err)
	assert.NotEmpty(t, engine.lastAsked().AtLeast, "one tenant's token names its revision")
}

// racing is a store whose transactions each lose one race, after their work.
type racing struct{ adapter.Store }

func (r racing) Write(ctx context.Context, fn func(adapter.Tx) error) error {
	lost := false
	return r.Store.Write(ctx, func(tx adapter.Tx) error {
		if err := fn(tx); err != nil || lost {
			return err
		}
		lost = true
		return &iam.Error{Code: iam.Aborted, Reason: "RACE_LOST", Message: "try again"}
	})
}

// losing fails in the middle, where a row is written.
type losing struct{ adapter.Store }

func (l losing) Write(ctx context.Context, fn func(adapter.Tx) error) error {
	lost := false
	return l.Store.Write(ctx, func(tx adapter.Tx) error {
		if lost {
			return fn(tx)
		}
		lost = true
		return fn(losingTx{tx})
	})
}

type losingTx struct{ adapter.Tx }

func (losingTx) Enqueue(context.Context, iam.Ref, []rel.Update) (uint64, error) { return 0, raceLost() }

func (l losingTx) Users() adapter.Table[iam.UserID, iam.User, adapter.UserFilter] {
	return losingUsers{l.Tx.Users()}
}

type losingUsers struct {
	adapter.Table[iam.UserID, iam.User, adapter.UserFilter]
}

func (losingUsers) Put(context.Context, iam.User) (iam.User, error) { return iam.User{}, raceLost() }

func raceLost() error {
	return (&iam.Error{Code: iam.Aborted, Reason: "RACE_LOST", Message: "try again"}).Because(errors.New("40001"))
}

// TestLostRace: a store may run a use case again; the second run must do what
// the first one was asked to.
func TestLostRace(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(adapter.Store) adapter.Store{
		"at the end":    func(s adapter.Store) adapter.Store { return racing{s} },
		"in the middle": func(s adapter.Store) adapter.Store { return losing{s} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, ctx := newAcme(t), t.Context()
			a, err := adapter.New(ctx, adapter.Config{Model: base.Model(), Store: wrap(base.store), Engine: base.engine})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, a.Close()) })
			s := &system{Adapter: a, store: base.store, engine: base.engine}
			scope, receipt, err := s.CreateScope(ctx, iam.Scope{Ref: ref("environment", "new"), Parent: accountA})
			s.done(t, receipt, err)
			assert.Equal(t, ref("environment", "new"), scope.Ref)
			user, receipt, err := s.CreateUser(ctx, iam.User{ID: "new", Name: "N"})
			s.done(t, receipt, err)
			assert.Equal(t, "N", user.Name)
			_, receipt, err = s.CreateGroup(ctx, iam.Group{ID: "new", Scope: accountA, Members: []iam.Ref{ann}})
			s.done(t, receipt, err)
			_, receipt, err = s.CreateRole(ctx, iam.Role{ID: "new", Scope: accountA, Permissions: []string{"modules:read"}})
			s.done(t, receipt, err)
			_, receipt, err = s.CreateServiceAccount(ctx, iam.ServiceAccount{ID: "new", Scope: accountA})
			s.done(t, receipt, err)
			_, receipt, err = s.CreatePolicy(ctx, iam.Policy{Subject: ann, Scope: env2, Roles: []iam.RoleID{"new"}})
			s.done(t, receipt, err)
			_, receipt, err = s.UpdateUser(ctx, "ann", adapter.UserChange{Status: to(iam.Inactive)})
			s.done(t, receipt, err)
			receipt, err = s.Delete(ctx, []iam.Ref{ann, env1})
			s.done(t, receipt, err)
		})
	}
}
