package adapter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// The references of the world that most tests begin with.
func ref(typeName, id string) iam.Ref { return iam.Ref{Type: typeName, ID: id} }

var (
	accountA   = ref("account", "A")
	accountB   = ref("account", "B")
	env1       = ref("environment", "E1")
	env2       = ref("environment", "E2")
	envB       = ref("environment", "EB")
	work1      = ref("workspace", "W1")
	work2      = ref("workspace", "W2")
	ann        = ref("user", "ann")
	bob        = ref("user", "bob")
	off        = ref("user", "off")
	nobody     = ref("user", "nobody")
	dev        = ref("team", "dev")
	ops        = ref("team", "ops")
	teamB      = ref("team", "teamB")
	ci         = ref("service_account", "ci")
	freeRobot  = ref("service_account", "free")
	robotB     = ref("service_account", "robotB")
	ghostScope = ref("environment", "ghost")
)

// acme is two accounts: A with two environments of a workspace each, people,
// teams, service accounts, roles and policies; B with one of each.
func acme() iam.World {
	return iam.World{
		Scopes: []iam.Scope{
			{Ref: accountA, Name: "Acme"}, {Ref: accountB},
			{Ref: env1, Parent: accountA, Name: "First"}, {Ref: env2, Parent: accountA}, {Ref: envB, Parent: accountB},
			{Ref: work1, Parent: env1}, {Ref: work2, Parent: env2},
		},
		Users: []iam.User{
			{ID: "ann", Name: "Ann", Email: "ann@example.com"}, {ID: "bob"}, {ID: "off", Status: iam.Inactive},
		},
		Groups: []iam.Group{
			{ID: "dev", Scope: accountA, Members: []iam.Ref{ann}}, {ID: "ops", Scope: accountA, Members: []iam.Ref{bob, off}},
			{ID: "teamB", Scope: accountB},
		},
		ServiceAccounts: []iam.ServiceAccount{
			{ID: "ci", Scope: accountA, Owners: []iam.Ref{dev}}, {ID: "free", Scope: accountA}, {ID: "robotB", Scope: accountB},
		},
		Roles: []iam.Role{
			{ID: "vars", Scope: accountA, Permissions: []string{"variables:*"}},
			{ID: "spare", Scope: accountA, Permissions: []string{"plans:read-json-output"}},
			{ID: "roleB", Scope: accountB, Permissions: []string{"plans:read-json-output"}},
		},
		Policies: []iam.Policy{
			{ID: "p-dev", Subject: dev, Scope: env1, Roles: []iam.RoleID{"admin"}},
			{ID: "p-ann", Subject: ann, Scope: work2, Roles: []iam.RoleID{"vars", "read-only"}},
			{ID: "p-off", Subject: off, Scope: accountA, Roles: []iam.RoleID{"admin"}},
			{ID: "p-ci", Subject: ci, Scope: env2, Roles: []iam.RoleID{"user"}},
			{ID: "p-bob", Subject: bob, Scope: accountB, Roles: []iam.RoleID{"read-only"}},
		},
	}
}

func newAcme(tb testing.TB) *system {
	tb.Helper()
	s := newSystem(tb, builtin(tb, "scalr"))
	s.apply(tb, acme())
	return s
}

func (s *system) apply(tb testing.TB, w iam.World) {
	tb.Helper()
	receipt, err := s.Apply(context.Background(), w)
	require.NoError(tb, err)
	require.True(tb, receipt.Applied)
}

// can asks at what this server has acknowledged: the index, unless it is behind, and
// SpiceDB.
func (s *system) can(tb testing.TB, subject iam.Ref, permission string, object iam.Ref) bool {
	tb.Helper()
	question := adapter.CheckRequest{Subject: subject, Permission: permission, Object: object}
	decision, err := s.Check(context.Background(), question, adapter.Freshness{})
	require.NoError(tb, err)
	other, err := s.Check(context.Background(), question, adapter.Freshness{Full: true})
	require.NoError(tb, err)
	require.Equal(tb, adapter.SourceEngine, other.Source)
	require.Equal(tb, other.Allowed, decision.Allowed, "%+v by %s", question, decision.Source)
	require.Equal(tb, other.Reason, decision.Reason)
	return decision.Allowed
}

// done checks what every accepted write must do: it is applied, and SpiceDB
// holds exactly what follows from the rows.
func (s *system) done(tb testing.TB, receipt adapter.Receipt, err error) {
	tb.Helper()
	require.NoError(tb, err)
	require.True(tb, receipt.Applied)
	require.NotEmpty(tb, receipt.Token)
	s.exact(tb)
}

// exact: SpiceDB holds what the store translates to, no more and no less.
func (s *system) exact(tb testing.TB) {
	tb.Helper()
	want := map[string]bool{}
	for tuple, err := range s.Tuples(context.Background()) {
		require.NoError(tb, err)
		want[tuple.String()] = true
	}
	have := map[string]bool{}
	for _, tuple := range tuplesIn(tb, s.engine) {
		have[tuple.String()] = true
	}
	require.Equal(tb, want, have)
}

// state is all that a refusal must leave as it was.
type state struct {
	world  iam.World
	tuples []rel.Tuple
	audit  []adapter.AuditEntry
}

func (s *system) state(tb testing.TB) state {
	tb.Helper()
	world, err := s.Export(context.Background(), iam.Ref{})
	require.NoError(tb, err)
	audit, err := s.AuditEntries(context.Background(), adapter.AuditFilter{Limit: 1000})
	require.NoError(tb, err)
	return state{world: world, tuples: tuplesIn(tb, s.engine), audit: audit}
}

// refusal is a use case that must fail, and how.
type refusal struct {
	name   string
	do     func(ctx context.Context, s *system) error
	code   iam.Code
	reason string
	field  string
}

// refuse tries all of them; each must fail as it says and change nothing.
func (s *system) refuse(t *testing.T, refusals []refusal) {
	t.Helper()
	before := s.state(t)
	for _, test := range refusals {
		ok := t.Run(test.name, func(t *testing.T) {
			err := test.do(t.Context(), s)
			e := new(iam.Error)
			require.ErrorAs(t, err, &e)
			assert.Equal(t, []string{string(test.code), test.reason, test.field}, []string{string(e.Code), e.Reason, e.Field}, "%v", err)
			assert.NotEmpty(t, e.Message)
			after := s.state(t)
			require.Equal(t, before.audit, after.audit, "a refusal changes nothing")
			require.Equal(t, before.world, after.world)
			require.Equal(t, before.tuples, after.tuples)
		})
		require.True(t, ok, "the next one would find another world")
	}
}

func invalid(name, reason, field string, do func(context.Context, *system) error) refusal {
	return refusal{name: name, do: do, code: iam.InvalidArgument, reason: reason, field: field}
}

func missing(name, field string, do func(context.Context, *system) error) refusal {
	return refusal{name: name, do: do, code: iam.NotFound, reason: "NOT_FOUND", field: field}
}

func forbidden(name, reason, field string, do func(context.Context, *system) error) refusal {
	return refusal{name: name, do: do, code: iam.FailedPrecondition, reason: reason, field: field}
}

func taken(name, reason, field string, do func(context.Context, *system) error) refusal {
	return refusal{name: name, do: do, code: iam.AlreadyExists, reason: reason, field: field}
}

func stale(name string, do func(context.Context, *system) error) refusal {
	return refusal{name: name, do: do, code: iam.Aborted, reason: "ETAG_MISMATCH", field: "etag"}
}

// testModel is a model made for a test.
func testModel(tb testing.TB, text string) *schema.Model {
	tb.Helper()
	model, err := schema.Load("test.yaml", []byte(text))
	require.NoError(tb, err)
	return model
}

func to[T any](value T) *T { return &value }
