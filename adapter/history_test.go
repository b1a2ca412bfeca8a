package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

// system is an adapter on a private database and an embedded SpiceDB.
type system struct {
	*adapter.Adapter
	store  adapter.Store
	engine adapter.ContentEngine
}

func newSystem(tb testing.TB, model *schema.Model, options ...func(*adapter.Config)) *system {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	return newSystemOn(tb, model, server.Engine(), options...)
}

// withoutIndex is for what is to be seen of SpiceDB.
func withoutIndex(config *adapter.Config) { config.Index.Off = true }

func newSystemOn(tb testing.TB, model *schema.Model, engine adapter.ContentEngine, options ...func(*adapter.Config)) *system {
	tb.Helper()
	store, err := sqlstore.OpenSQLite(context.Background(), ":memory:", sqlstore.Config{Subjects: sqlstore.SubjectsOf(model)})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	config := adapter.Config{Model: model, Store: store, Engine: engine}
	for _, option := range options {
		option(&config)
	}
	a, err := adapter.New(context.Background(), config)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, a.Close()) })
	return &system{Adapter: a, store: store, engine: engine}
}

func builtin(tb testing.TB, name string) *schema.Model {
	tb.Helper()
	model, err := schema.Builtin(name)
	require.NoError(tb, err)
	return model
}

// history draws random use cases on a small world of one model.
type history struct {
	*system
	t *rapid.T
	// number counts histories, and prefix keeps the objects of one apart from those of
	// another.
	number int
	prefix string
}

func (h *history) id(pool int) string {
	return fmt.Sprintf("%s%d", h.prefix, rapid.IntRange(0, pool-1).Draw(h.t, "id"))
}

func (h *history) pick(names []string) string {
	return rapid.SampledFrom(names).Draw(h.t, "pick")
}

func (h *history) kinds(kinds ...schema.Kind) []string {
	return slices.DeleteFunc(h.Model().TypeNames(), func(name string) bool {
		return !slices.Contains(kinds, h.Model().Type(name).Kind)
	})
}

func (h *history) ref(kinds ...schema.Kind) iam.Ref {
	names := h.kinds(kinds...)
	if len(names) == 0 {
		return iam.Ref{}
	}
	return iam.Ref{Type: h.pick(names), ID: h.id(3)}
}

func (h *history) refs(kinds ...schema.Kind) []iam.Ref {
	refs := make([]iam.Ref, rapid.IntRange(0, 3).Draw(h.t, "n"))
	for i := range refs {
		refs[i] = h.ref(kinds...)
	}
	return slices.DeleteFunc(refs, iam.Ref.IsZero)
}

func (h *history) in(typeName string) iam.Ref {
	in := h.Model().Type(typeName).In
	if len(in) == 0 {
		return iam.Ref{}
	}
	return iam.Ref{Type: h.pick(in), ID: h.id(3)}
}

func (h *history) role() iam.RoleID {
	if h.Model().CustomRoles != nil && rapid.IntRange(0, 2).Draw(h.t, "custom") == 0 {
		return iam.RoleID(h.id(3))
	}
	return iam.RoleID(rapid.SampledFrom(h.Model().Roles).Draw(h.t, "role").ID)
}

func (h *history) roles() []iam.RoleID {
	roles := make([]iam.RoleID, rapid.IntRange(1, 2).Draw(h.t, "roles"))
	for i := range roles {
		roles[i] = h.role()
	}
	return roles
}

func (h *history) patterns() []string {
	patterns := make([]string, rapid.IntRange(0, 3).Draw(h.t, "patterns"))
	for i := range patterns {
		p := h.related(nil, rapid.SampledFrom(h.Model().Grantable()).Draw(h.t, "permission"))
		if patterns[i] = p.Name; p.Tiers != nil {
			patterns[i] = h.pick([]string{p.Tiers.All, p.Tiers.Groups, p.Tiers.Own})
		}
		if p = h.Model().Permission(patterns[i]); p == nil || p.Derived() {
			patterns[i] = "*"
		}
	}
	return patterns
}

// seed makes a world in which most random steps find what they name.
func (h *history) seed(ctx context.Context) {
	var world iam.World
	for _, name := range h.kinds(schema.KindScope) {
		for i := range 3 {
			scope := iam.Scope{Ref: iam.Ref{Type: name, ID: fmt.Sprintf("%s%d", h.prefix, i)}}
			if in := h.Model().Type(name).In; len(in) > 0 {
				// Most sit under the first tenant, so that much can move and meet.
				scope.Parent = iam.Ref{Type: h.pick(in), ID: fmt.Sprintf("%s%d", h.prefix, i/2)}
			}
			world.Scopes = append(world.Scopes, scope)
		}
	}
	for i := range 3 {
		world.Users = append(world.Users, iam.User{ID: iam.UserID(fmt.Sprintf("%s%d", h.prefix, i))})
	}
	_, err := h.Apply(ctx, world)
	require.NoError(h.t, err)
	for range 45 {
		what, err := h.step(ctx, builders)
		require.Contains(h.t, refusals, iam.CodeOf(err), "%s: %v", what, err)
	}
}

// builders are the kinds of steps that only add; all kinds are more.
const (
	builders = 17
	allSteps = 20
)

// step does one random thing of the first kinds. It returns what was tried, and
// the error.
func (h *history) step(ctx context.Context, kinds int) (string, error) {
	subjects := []schema.Kind{schema.KindUser, schema.KindServiceAccount, schema.KindGroup}
	status := rapid.SampledFrom([]iam.Status{iam.Active, iam.Active, iam.Inactive})
	switch rapid.SampledFrom(upTo(kinds)).Draw(h.t, "step") {
	case 0, 1, 2:
		scope := h.ref(schema.KindScope)
		isolated := h.Model().Type(scope.Type).Isolatable && rapid.Bool().Draw(h.t, "isolated")
		if _, _, err := h.UpdateScope(ctx, scope, adapter.ScopeChange{Isolated: &isolated}); err == nil {
			return "isolate", nil
		}
		return h.apply(ctx, iam.World{Scopes: []iam.Scope{{Ref: scope, Parent: h.in(scope.Type), Isolated: isolated}}})
	case 3:
		return h.apply(ctx, iam.World{Users: []iam.User{{ID: iam.UserID(h.id(3)), Status: status.Draw(h.t, "status")}}})
	case 4:
		names := h.kinds(schema.KindServiceAccount)
		if len(names) == 0 {
			return "", nil
		}
		account := iam.ServiceAccount{ID: iam.ServiceAccountID(h.id(3)), Scope: h.in(names[0]), Status: status.Draw(h.t, "status")}
		account.Owners = h.owners(names[0])
		return h.apply(ctx, iam.World{ServiceAccounts: []iam.ServiceAccount{account}})
	case 5, 6, 7:
		return h.group(ctx)
	case 8:
		if h.Model().CustomRoles == nil {
			return "", nil
		}
		role := iam.Role{ID: iam.RoleID(h.id(3)), Scope: iam.Ref{Type: h.pick(h.Model().CustomRoles.In), ID: h.id(3)}, Permissions: h.patterns(), Except: h.patterns()}
		if rapid.Bool().Draw(h.t, "based") {
			role.Base = iam.RoleID(rapid.SampledFrom(h.Model().Roles).Draw(h.t, "base").ID)
		}
		return h.apply(ctx, iam.World{Roles: []iam.Role{role}})
	case 9, 10, 11, 13, 14, 15, 16, 17:
		policy := iam.Policy{Subject: h.ref(subjects...), Scope: h.ref(schema.KindScope), Roles: h.roles()[:1]}
		if custom, _, err := h.Roles(ctx, adapter.RoleFilter{Base: ""}, adapter.Page{Size: 1000}); err == nil && rapid.Bool().Draw(h.t, "fitting") {
			role := rapid.SampledFrom(custom).Draw(h.t, "fitting role")
			policy.Roles = []iam.RoleID{role.ID}
			if !role.System {
				policy.Scope = role.Scope
			}
		}
		_, _, err := h.CreatePolicy(ctx, policy)
		return fmt.Sprintf("grant %v", policy), err
	case 12:
		names := h.kinds(schema.KindResource)
		if len(names) == 0 {
			return "", nil
		}
		return h.apply(ctx, iam.World{Resources: []iam.Resource{{Ref: iam.Ref{Type: names[0], ID: h.id(3)}, Scope: h.in(names[0]), Owners: h.owners(names[0])}}})
	case 18:
		scope := h.ref(schema.KindScope)
		parent := h.in(scope.Type)
		_, _, err := h.MoveScope(ctx, scope, parent)
		return fmt.Sprintf("move %v %v", scope, parent), err
	case 19:
		if rapid.IntRange(0, 3).Draw(h.t, "rare") > 0 {
			return "", nil
		}
		refs := []iam.Ref{rapid.SampledFrom([]iam.Ref{
			h.ref(schema.KindScope), h.ref(subjects...), {Type: "role", ID: h.id(3)},
		}).Draw(h.t, "delete")}
		_, err := h.Delete(ctx, refs)
		return fmt.Sprintf("delete %v", refs), err
	}
	_, _, err := h.MigrateRoles(ctx)
	return "migrate", err
}

func upTo(n int) []int {
	numbers := make([]int, n+1)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

func (h *history) owners(typeName string) []iam.Ref {
	kinds := []schema.Kind{}
	for _, owner := range h.Model().Type(typeName).Owners {
		kinds = append(kinds, h.Model().Type(owner).Kind)
	}
	if len(kinds) == 0 {
		return nil
	}
	return append([]iam.Ref{}, h.refs(kinds...)...)
}

func (h *history) group(ctx context.Context) (string, error) {
	names := h.kinds(schema.KindGroup)
	if len(names) == 0 {
		return "", nil
	}
	group := iam.Group{ID: iam.GroupID(h.id(3)), Scope: h.in(names[0]), Members: []iam.Ref{}}
	for _, member := range h.refs(schema.KindUser, schema.KindServiceAccount) {
		if slices.Contains(h.Model().Type(names[0]).Members, member.Type) {
			group.Members = append(group.Members, member)
		}
	}
	if carries := h.Model().Type(names[0]).Carries; carries != nil {
		group.Roles = h.roles()
		group.Scopes = []iam.Ref{{Type: h.pick(carries.Scopes), ID: h.id(3)}}
	}
	return h.apply(ctx, iam.World{Groups: []iam.Group{group}})
}

func (h *history) apply(ctx context.Context, world iam.World) (string, error) {
	_, err := h.Apply(ctx, world)
	return fmt.Sprintf("apply %+v", world), err
}

// refusals are the codes that a random use case may be answered with.
var refusals = []iam.Code{"", iam.InvalidArgument, iam.NotFound, iam.AlreadyExists, iam.FailedPrecondition}

// shaky is an engine whose stream of changes breaks now and then.
type shaky struct{ adapter.ContentEngine }

func (s shaky) Watch(ctx context.Context, from rel.ZedToken) iter.Seq2[rel.Step, error] {
	return func(yield func(rel.Step, error) bool) {
		for step, err := range s.ContentEngine.Watch(ctx, from) {
			if err == nil && rand.N(30) == 0 {
				step, err = rel.Step{}, errors.New("cut off")
			}
			if !yield(step, err) || err != nil {
				return
			}
		}
	}
}

func newShaky(tb testing.TB) adapter.ContentEngine {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	return shaky{server.Engine()}
}

// TestHistories runs random histories on every model. SpiceDB holds exactly what
// the whole store translates to, and it, the index and the naive oracle answer
// alike; also right after a step, and while the stream to the index breaks.
func TestHistories(t *testing.T) {
	t.Parallel()
	eachModel(t, func(t *testing.T, model *schema.Model) {
		s := newShakySystem(t, model, func(*adapter.Config) {})
		s.histories(t, 0, 30, (*history).compareEvaluators, func(h *history, ctx context.Context) {
			h.compareTuples(ctx)
			h.compareAnswers(ctx)
		})
	})
}

// eachModel runs a test on every model, side by side.
func eachModel(t *testing.T, test func(t *testing.T, model *schema.Model)) {
	t.Helper()
	for _, name := range schema.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, builtin(t, name))
		})
	}
}

// newShakySystem returns a system on a SpiceDB whose stream breaks now and then.
func newShakySystem(tb testing.TB, model *schema.Model, option func(*adapter.Config)) *system {
	tb.Helper()
	return newSystemOn(tb, model, newShaky(tb), func(c *adapter.Config) { c.Logger = slog.New(slog.DiscardHandler) }, option)
}

// histories runs random ones, of least to most steps. After each step it calls after,
// and end before everything is deleted again. The index must have answered in the end.
func (s *system) histories(t *testing.T, least, most int, after, end func(h *history, ctx context.Context)) {
	t.Helper()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		h := &history{system: s, t: t, number: n, prefix: fmt.Sprintf("h%d-", n)}
		ctx := context.Background()
		h.seed(ctx)
		for range rapid.IntRange(least, most).Draw(t, "steps") {
			what, err := h.step(ctx, allSteps)
			require.Contains(t, refusals, iam.CodeOf(err), "%s: %v", what, err)
			after(h, ctx)
		}
		end(h, ctx)
		h.clear(ctx)
	})
	stats := s.IndexStats()
	t.Logf("%d answers by the index, %d by SpiceDB; %+v", stats.ByIndex, stats.ByEngine, stats.Stats)
	require.Positive(t, stats.ByIndex)
	require.Zero(t, stats.Strange)
}

// compareEvaluators asks some questions at what was just acknowledged, and at the
// head of SpiceDB: the first must not be older, whoever answers.
func (h *history) compareEvaluators(ctx context.Context) {
	o := reference.New(h.Model(), iam.World{})
	requests := make([]adapter.CheckRequest, 5)
	for i := range requests {
		requests[i] = h.question(o)
	}
	mine, err := h.CheckMany(ctx, requests, adapter.Freshness{})
	require.NoError(h.t, err)
	theirs, err := h.CheckMany(ctx, requests, adapter.Freshness{Full: true})
	require.NoError(h.t, err)
	for i, request := range requests {
		require.Equal(h.t, theirs[i].Allowed, mine[i].Allowed, "%v by %s", request, mine[i].Source)
		require.Equal(h.t, theirs[i].Reason, mine[i].Reason, "%v by %s", request, mine[i].Source)
	}
}

func (h *history) compareTuples(ctx context.Context) {
	want := map[rel.Tuple]bool{}
	for tuple, err := range h.Tuples(ctx) {
		require.NoError(h.t, err)
		want[tuple] = true
	}
	have := map[rel.Tuple]bool{}
	for tuple, err := range h.engine.Read(ctx, rel.Filter{}) {
		require.NoError(h.t, err)
		have[tuple] = true
	}
	for tuple := range want {
		require.True(h.t, have[tuple], "missing in SpiceDB: %s", tuple)
	}
	for tuple := range have {
		require.True(h.t, want[tuple], "foreign in SpiceDB: %s", tuple)
	}
}

func (h *history) compareAnswers(ctx context.Context) {
	world, err := h.Export(ctx, iam.Ref{})
	require.NoError(h.t, err)
	o := reference.New(h.Model(), world)
	requests := make([]adapter.CheckRequest, 400)
	for i := range requests {
		requests[i] = h.question(o)
	}
	theirs, err := h.CheckMany(ctx, requests, adapter.Freshness{Full: true})
	require.NoError(h.t, err)
	require.NoError(h.t, h.Settle(ctx))
	mine, err := h.CheckMany(ctx, requests, adapter.Freshness{})
	require.NoError(h.t, err)
	for i, request := range requests {
		want := o.Allowed(request.Subject, request.Permission, request.Object)
		require.Equal(h.t, want, theirs[i].Allowed, "%v", request)
		require.Equal(h.t, want, mine[i].Allowed, "%v by %s", request, mine[i].Source)
		require.Equal(h.t, theirs[i].Reason, mine[i].Reason, "%v", request)
	}
	for i := range 4 {
		h.compareLists(ctx, requests[i], mine[i].Allowed)
	}
}

// compareLists: a check, what a subject may do, where, and who may tell one story,
// whoever answers.
func (h *history) compareLists(ctx context.Context, q adapter.CheckRequest, allowed bool) {
	where := adapter.ResourcesRequest{Subject: q.Subject, Permission: q.Permission, Type: q.Object.Type}
	who := adapter.SubjectsRequest{Permission: q.Permission, Object: q.Object}
	var stories [2]struct {
		permissions     []string
		objects, people []iam.Ref
	}
	for i, at := range []adapter.Freshness{{}, {Full: true}} {
		var err error
		story := &stories[i]
		story.permissions, _, err = h.Permissions(ctx, q.Subject, q.Object, at)
		require.NoError(h.t, err)
		story.objects, _, err = h.Resources(ctx, where, adapter.Page{Size: 1000}, at)
		require.NoError(h.t, err)
		story.people, _, err = h.Subjects(ctx, who, adapter.Page{Size: 1000}, at)
		require.NoError(h.t, err)
		require.Equal(h.t, allowed, slices.Contains(story.permissions, q.Permission), "%v", q)
		require.Equal(h.t, allowed, slices.Contains(story.objects, q.Object), "%v", q)
		require.Equal(h.t, allowed, slices.Contains(story.people, q.Subject), "%v", q)
	}
	require.ElementsMatch(h.t, stories[1].permissions, stories[0].permissions)
	require.ElementsMatch(h.t, stories[1].objects, stories[0].objects)
	require.ElementsMatch(h.t, stories[1].people, stories[0].people)
}

// question draws a question about what some policy gives, as far as there is
// one: those are the questions on which answers may differ.
func (h *history) question(o *reference.Oracle) adapter.CheckRequest {
	p := rapid.SampledFrom(h.Model().Permissions).Draw(h.t, "permission")
	if len(o.Policies) > 0 && rapid.IntRange(0, 3).Draw(h.t, "near") > 0 {
		p = h.related(contentOf(o, rapid.SampledFrom(o.Policies).Draw(h.t, "policy")), p)
	}
	object := h.ref(schema.KindScope, schema.KindResource, schema.KindServiceAccount)
	if len(p.At) > 0 {
		object.Type = h.pick(p.At)
	}
	return adapter.CheckRequest{Subject: h.ref(schema.KindUser, schema.KindServiceAccount), Permission: p.Name, Object: object}
}

// contentOf returns what the roles of a policy hold at its scope.
func contentOf(o *reference.Oracle, policy iam.Policy) []string {
	var names []string
	for _, role := range policy.Roles {
		names = append(names, o.Content(role, policy.Scope.Type)...)
	}
	return names
}

// related returns a permission of a role's content, or one that has a rule and
// follows from something.
func (h *history) related(content []string, fallback *schema.Permission) *schema.Permission {
	ruled := slices.DeleteFunc(slices.Clone(h.Model().Permissions), func(p *schema.Permission) bool {
		owned := slices.ContainsFunc(p.At, func(name string) bool { return h.Model().Type(name).Kind != schema.KindScope })
		return !p.Derived() && !p.FromBelow && p.InheritIf == "" && !owned
	})
	if len(ruled) > 0 && rapid.Bool().Draw(h.t, "ruled") {
		return rapid.SampledFrom(ruled).Draw(h.t, "rule")
	}
	if len(content) == 0 {
		return fallback
	}
	return h.Model().Permission(h.pick(content))
}

// clear empties the world, so that the next history starts from nothing, and
// shows that deletion leaves nothing behind.
func (h *history) clear(ctx context.Context) {
	world, err := h.Export(ctx, iam.Ref{})
	require.NoError(h.t, err)
	var gone []iam.Ref
	for _, scope := range world.Scopes {
		if scope.Parent.IsZero() {
			gone = append(gone, scope.Ref)
		}
	}
	for _, user := range world.Users {
		gone = append(gone, iam.Ref{Type: h.Model().TypeOf(schema.KindUser), ID: string(user.ID)})
	}
	if len(gone) == 0 {
		return
	}
	_, err = h.Delete(ctx, gone)
	require.NoError(h.t, err)
	world, err = h.Export(ctx, iam.Ref{})
	require.NoError(h.t, err)
	require.Zero(h.t, world.Len())
	h.compareTuples(ctx)
}
