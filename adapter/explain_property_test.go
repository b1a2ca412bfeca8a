package adapter_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// TestExplainAgrees: on drawn worlds of every model an explanation says what
// Check says, its policies exist, and each thing that it suggests is accepted
// and makes the answer yes.
func TestExplainAgrees(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, builtin(t, name))
			var run, allowed, suggested atomic.Int64
			rapid.Check(t, func(rt *rapid.T) {
				h := &history{system: s, t: rt, prefix: fmt.Sprintf("h%d-", run.Add(1))}
				h.seed(t.Context())
				for range 12 {
					request, ok := h.whatever()
					if !ok {
						continue
					}
					x := h.explained(t.Context(), request)
					if x.Allowed {
						allowed.Add(1)
					}
					suggested.Add(int64(h.follow(t.Context(), x)))
				}
			})
			t.Logf("%d worlds, %d answers yes, %d suggestions followed", run.Load(), allowed.Load(), suggested.Load())
			require.Positive(t, suggested.Load())
		})
	}
}

// whatever draws one that the model answers.
func (h *history) whatever() (adapter.CheckRequest, bool) {
	object := h.ref(schema.KindScope, schema.KindResource, schema.KindServiceAccount)
	var names []string
	for _, p := range h.Model().Permissions {
		if p.AppliesAt(object.Type) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return adapter.CheckRequest{}, false
	}
	return adapter.CheckRequest{Subject: h.ref(schema.KindUser, schema.KindServiceAccount), Permission: h.pick(names), Object: object}, true
}

// explained asks, and holds the explanation against Check and the store.
func (h *history) explained(ctx context.Context, request adapter.CheckRequest) adapter.Explanation {
	x, err := h.Explain(ctx, request, adapter.Freshness{})
	require.NoError(h.t, err)
	decision, err := h.Check(ctx, request, adapter.Freshness{})
	require.NoError(h.t, err)
	require.Equal(h.t, decision.Allowed, x.Allowed, "%v", request)
	require.Equal(h.t, decision.Reason, x.Reason, "%v", request)
	require.Equal(h.t, x.Allowed, len(x.Paths) > 0, "%v", request)
	require.Equal(h.t, !x.Allowed, len(x.Denials) > 0, "%v", request)
	for _, denial := range x.Denials {
		require.NotEqual(h.t, adapter.CauseNotDelivered, denial.Cause, "%v: %s", request, denial.Sentence)
	}
	h.policies(ctx, x.Paths)
	require.NoError(h.t, wellFormed(x.SVG()))
	return x
}

func (h *history) policies(ctx context.Context, paths []adapter.AccessPath) {
	for _, path := range paths {
		for _, condition := range path.Conditions {
			h.policies(ctx, condition.Paths)
		}
		if path.Grant == nil {
			continue
		}
		require.True(h.t, path.Grant.Carried || len(path.Grant.Policies) > 0, "%+v", path)
		require.Equal(h.t, path.Kind == "ROLE", path.Grant.Pattern != "", "%+v", path.Grant)
		for _, id := range path.Grant.Policies {
			policy, err := h.Policy(ctx, id)
			require.NoError(h.t, err)
			require.Equal(h.t, path.Grant.Subject, policy.Subject)
			require.Equal(h.t, path.Grant.Scope, policy.Scope)
			require.Contains(h.t, policy.Roles, path.Grant.Role)
		}
	}
}

// follow does the first thing that is suggested, and returns how much it did.
func (h *history) follow(ctx context.Context, x adapter.Explanation) int {
	if len(x.Suggestions) == 0 {
		return 0
	}
	chosen := rapid.SampledFrom(x.Suggestions).Draw(h.t, "suggestion")
	for _, step := range chosen.Steps {
		require.NoError(h.t, h.do(ctx, step), "%v: %v", x.Request, chosen)
	}
	decision, err := h.Check(ctx, x.Request, adapter.Freshness{})
	require.NoError(h.t, err)
	require.True(h.t, decision.Allowed, "%v: %v", x.Request, chosen)
	return 1
}

// do carries out a step that was suggested.
func (s *system) do(ctx context.Context, step adapter.Step) error {
	var err error
	switch step.Kind {
	case adapter.StepActivate:
		_, err = s.Apply(ctx, s.statusOf(ctx, step.Subject))
	case adapter.StepAddMember:
		_, _, err = s.AddMembers(ctx, iam.GroupID(step.Object.ID), []iam.Ref{step.Subject})
	case adapter.StepGrant:
		_, _, err = s.CreatePolicy(ctx, iam.Policy{Subject: step.Subject, Scope: step.Object, Roles: []iam.RoleID{step.Role}})
	case adapter.StepAddRole, adapter.StepLinkScope:
		var group iam.Group
		if group, err = s.Group(ctx, iam.GroupID(step.Subject.ID)); err != nil {
			return err
		}
		change := adapter.GroupChange{}
		if step.Kind == adapter.StepAddRole {
			change.Roles = to(append(slices.Clone(group.Roles), step.Role))
		} else {
			change.Scopes = to(append(slices.Clone(group.Scopes), step.Object))
		}
		_, _, err = s.UpdateGroup(ctx, group.ID, change)
	case adapter.StepAddOwner:
		err = s.addOwner(ctx, step)
	}
	return err
}

func (s *system) statusOf(ctx context.Context, subject iam.Ref) iam.World {
	if s.Model().Type(subject.Type).Kind == schema.KindUser {
		return iam.World{Users: []iam.User{{ID: iam.UserID(subject.ID), Status: iam.Active}}}
	}
	account, err := s.ServiceAccount(ctx, iam.ServiceAccountID(subject.ID))
	if err != nil {
		return iam.World{}
	}
	account.Status = iam.Active
	return iam.World{ServiceAccounts: []iam.ServiceAccount{account}}
}

func (s *system) addOwner(ctx context.Context, step adapter.Step) error {
	if s.Model().Type(step.Object.Type).Kind == schema.KindServiceAccount {
		account, err := s.ServiceAccount(ctx, iam.ServiceAccountID(step.Object.ID))
		if err != nil {
			return err
		}
		owners := append(slices.Clone(account.Owners), step.Subject)
		_, _, err = s.UpdateServiceAccount(ctx, account.ID, adapter.ServiceAccountChange{Owners: &owners})
		return err
	}
	resource, err := s.Resource(ctx, step.Object)
	if err != nil {
		return err
	}
	owners := append(slices.Clone(resource.Owners), step.Subject)
	_, _, err = s.UpdateResource(ctx, step.Object, adapter.ResourceChange{Owners: &owners})
	return err
}

// wellFormed reads a picture as a browser would.
func wellFormed(svg string) error {
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
