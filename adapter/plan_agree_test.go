package adapter_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// TestPlanAgrees: in random worlds of every model, what Plan says of a random
// change is what SpiceDB answers differently once it is applied. Where Apply
// refuses, Plan has refused with the same error.
func TestPlanAgrees(t *testing.T) {
	t.Parallel()
	var total atomic.Int64
	t.Cleanup(func() { require.Positive(t, total.Load(), "the changes change answers") })
	for _, name := range schema.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, builtin(t, name))
			n, changes, refused := 0, 0, 0
			rapid.Check(t, func(t *rapid.T) {
				n++
				h := &history{system: s, t: t, prefix: fmt.Sprintf("p%d-", n)}
				ctx := context.Background()
				h.seed(ctx)
				questions := h.sampled()
				for range 3 {
					found, err := h.planAndApply(ctx, questions)
					if changes += found; err != nil {
						refused++
					}
				}
				h.clear(ctx)
			})
			t.Logf("%d worlds, %d answers changed, %d refused", n, changes, refused)
			total.Add(int64(changes))
		})
	}
}

// planAndApply compares a plan with what comes of it, and returns how many
// answers were others.
func (h *history) planAndApply(ctx context.Context, questions []adapter.CheckRequest) (int, error) {
	world := h.change()
	before := h.answers(ctx, questions)
	plan, planned := h.planAll(ctx, world)
	require.Equal(h.t, before, h.answers(ctx, questions), "a plan changes nothing")
	_, err := h.Apply(ctx, world)
	require.Equal(h.t, err, planned, "%+v", world)
	if err != nil {
		return 0, err
	}
	said := map[adapter.CheckRequest]bool{}
	for _, c := range plan.Changes {
		said[adapter.CheckRequest{Subject: c.Subject, Permission: c.Permission, Object: c.Object}] = c.Gained
	}
	found := 0
	for i, is := range h.answers(ctx, questions) {
		gained, listed := said[questions[i]]
		require.Equal(h.t, is != before[i], listed, "%+v\n%+v", questions[i], world)
		if listed {
			found++
			require.Equal(h.t, is, gained)
		}
	}
	return found, nil
}

// planAll returns all pages of a plan, whose numbers are those of the list.
func (h *history) planAll(ctx context.Context, world iam.World) (adapter.Plan, error) {
	var all []adapter.PlanChange
	page := adapter.Page{Size: 1000}
	for {
		plan, err := h.Plan(ctx, world, page, adapter.Freshness{})
		if err != nil {
			return plan, err
		}
		all = append(all, plan.Changes...)
		if page.Token = plan.Next; page.Token != "" {
			continue
		}
		require.True(h.t, slices.IsSortedFunc(all, adapter.PlanChange.Compare))
		require.Len(h.t, all, int(plan.Gains+plan.Losses))
		plan.Changes = all
		return plan, nil
	}
}

// change draws a world that touches one thing or several.
func (h *history) change() iam.World {
	var w iam.World
	pieces := []func(*iam.World){h.changeScope, h.changeUser, h.changeGroup, h.changeOwned, h.changeRole, h.changePolicy, h.changePolicy}
	for range rapid.IntRange(1, 3).Draw(h.t, "pieces") {
		rapid.SampledFrom(pieces).Draw(h.t, "piece")(&w)
	}
	return w
}

func (h *history) status() iam.Status {
	return rapid.SampledFrom([]iam.Status{iam.Active, iam.Inactive}).Draw(h.t, "status")
}

func (h *history) changeScope(w *iam.World) {
	scope := iam.Scope{Ref: h.ref(schema.KindScope)}
	scope.Ref.ID = h.id(4)
	scope.Isolated = h.Model().Type(scope.Ref.Type).Isolatable && rapid.Bool().Draw(h.t, "isolated")
	if scope.Ref.ID == h.prefix+"3" || rapid.Bool().Draw(h.t, "move") {
		scope.Parent = h.in(scope.Ref.Type)
	}
	w.Scopes = append(w.Scopes, scope)
}

func (h *history) changeUser(w *iam.World) {
	w.Users = append(w.Users, iam.User{ID: iam.UserID(h.id(4)), Status: h.status()})
}

func (h *history) changeGroup(w *iam.World) {
	if len(h.kinds(schema.KindGroup)) == 0 {
		return
	}
	group := iam.Group{ID: iam.GroupID(h.id(3)), Members: []iam.Ref{}}
	for _, member := range h.refs(schema.KindUser) {
		if !slices.Contains(group.Members, member) {
			group.Members = append(group.Members, member)
		}
	}
	if h.Model().Type(h.kinds(schema.KindGroup)[0]).Carries != nil && rapid.Bool().Draw(h.t, "carries") {
		group.Roles = h.roles()[:1]
	}
	w.Groups = append(w.Groups, group)
}

func (h *history) changeOwned(w *iam.World) {
	for _, name := range h.kinds(schema.KindResource) {
		w.Resources = append(w.Resources, iam.Resource{Ref: iam.Ref{Type: name, ID: h.id(3)}, Owners: h.owners(name)})
	}
	for _, name := range h.kinds(schema.KindServiceAccount) {
		w.ServiceAccounts = append(w.ServiceAccounts, iam.ServiceAccount{ID: iam.ServiceAccountID(h.id(3)), Status: h.status(), Owners: h.owners(name)})
	}
}

func (h *history) changeRole(w *iam.World) {
	if h.Model().CustomRoles != nil {
		w.Roles = append(w.Roles, iam.Role{ID: iam.RoleID(h.id(3)), Permissions: h.patterns()})
	}
}

func (h *history) changePolicy(w *iam.World) {
	subjects := h.Model().Policies.Subjects
	role := rapid.SampledFrom(h.Model().Roles).Draw(h.t, "role")
	at := h.Model().AssignableAt(role)
	if len(subjects) == 0 || len(at) == 0 {
		h.changeGroup(w)
		return
	}
	w.Policies = append(w.Policies, iam.Policy{
		Subject: iam.Ref{Type: h.pick(subjects), ID: h.id(3)}, Scope: iam.Ref{Type: h.pick(at), ID: h.id(3)}, Roles: []iam.RoleID{iam.RoleID(role.ID)},
	})
}

// sampled returns questions of everybody about everything, for a sample of the
// permissions: those that rules relate, and some others.
func (h *history) sampled() []adapter.CheckRequest {
	var questions []adapter.CheckRequest
	for i, p := range h.Model().Permissions {
		related := p.FromBelow || p.AnyRole || p.InheritIf != "" || p.Tiers != nil || p.AliasOf != ""
		if !related && (i+rapid.IntRange(0, 9).Draw(h.t, "sample"))%10 != 0 {
			continue
		}
		for _, at := range p.At {
			for _, subject := range h.everyOne(schema.KindUser, schema.KindServiceAccount) {
				for _, object := range h.everyOne(h.Model().Type(at).Kind) {
					if object.Type == at {
						questions = append(questions, adapter.CheckRequest{Subject: subject, Permission: p.Name, Object: object})
					}
				}
			}
		}
	}
	return questions
}

func (h *history) everyOne(kinds ...schema.Kind) []iam.Ref {
	var refs []iam.Ref
	for _, name := range h.kinds(kinds...) {
		for i := range 4 {
			refs = append(refs, iam.Ref{Type: name, ID: fmt.Sprintf("%s%d", h.prefix, i)})
		}
	}
	return refs
}

// answers asks SpiceDB itself.
func (h *history) answers(ctx context.Context, requests []adapter.CheckRequest) []bool {
	translator := translate.New(h.Model())
	var answers []bool
	for part := range slices.Chunk(requests, 1000) {
		questions := make([]rel.Question, len(part))
		for i, r := range part {
			questions[i] = translator.Question(r.Subject, r.Permission, r.Object)
		}
		found, _, err := h.engine.CheckMany(ctx, rel.Consistency{}, questions)
		require.NoError(h.t, err)
		answers = append(answers, found...)
	}
	return answers
}
