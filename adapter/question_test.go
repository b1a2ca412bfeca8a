package adapter_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestReasons(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	tests := []struct {
		subject    iam.Ref
		permission string
		object     iam.Ref
		want       adapter.Reason
	}{
		{ann, "variables:read", work1, adapter.ReasonGranted},
		{ci, "variables:read", work2, adapter.ReasonGranted},
		{ann, "variables:read", ref("service_account", "ci"), adapter.ReasonNotApplicable},
		{nobody, "accounts:billing", work1, adapter.ReasonNotApplicable},
		{nobody, "variables:read", work1, adapter.ReasonSubjectUnknown},
		{ref("service_account", "ghost"), "variables:read", work1, adapter.ReasonSubjectUnknown},
		{off, "variables:read", work1, adapter.ReasonSubjectInactive},
		{off, "variables:read", ref("workspace", "ghost"), adapter.ReasonSubjectInactive},
		{ann, "variables:read", ref("workspace", "ghost"), adapter.ReasonObjectUnknown},
		{ann, "service-accounts:read", ref("service_account", "ghost"), adapter.ReasonObjectUnknown},
		{bob, "variables:read", work1, adapter.ReasonNoGrant},
		{robotB, "variables:read", work1, adapter.ReasonNoGrant},
	}
	var requests []adapter.CheckRequest
	for _, test := range tests {
		requests = append(requests, adapter.CheckRequest{Subject: test.subject, Permission: test.permission, Object: test.object})
	}
	for range 2 { // the second time from what is remembered
		many, err := s.CheckMany(ctx, requests, adapter.Freshness{})
		require.NoError(t, err)
		for i, test := range tests {
			one, err := s.Check(ctx, requests[i], adapter.Freshness{})
			require.NoError(t, err)
			assert.Equal(t, test.want, one.Reason, "%v", requests[i])
			assert.Equal(t, test.want == adapter.ReasonGranted, one.Allowed)
			assert.Equal(t, []any{one.Reason, one.Allowed}, []any{many[i].Reason, many[i].Allowed}, "%v", requests[i])
		}
	}
}

// TestReasonsFollowWrites: what is remembered of a denial is forgotten with the
// next write.
func TestReasonsFollowWrites(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	reason := func(request adapter.CheckRequest) adapter.Reason {
		decision, err := s.Check(ctx, request, adapter.Freshness{})
		require.NoError(t, err)
		return decision.Reason
	}
	eve := adapter.CheckRequest{Subject: ref("user", "eve"), Permission: "variables:read", Object: ref("workspace", "new")}
	assert.Equal(t, adapter.ReasonSubjectUnknown, reason(eve))
	_, _, err := s.CreateUser(ctx, iam.User{ID: "eve"})
	require.NoError(t, err)
	assert.Equal(t, adapter.ReasonObjectUnknown, reason(eve))
	_, _, err = s.CreateScope(ctx, iam.Scope{Ref: eve.Object, Parent: env1})
	require.NoError(t, err)
	assert.Equal(t, adapter.ReasonNoGrant, reason(eve))
	_, _, err = s.UpdateUser(ctx, "eve", adapter.UserChange{Status: to(iam.Inactive)})
	require.NoError(t, err)
	assert.Equal(t, adapter.ReasonSubjectInactive, reason(eve))
	_, err = s.DeleteUser(ctx, "eve", 0)
	require.NoError(t, err)
	assert.Equal(t, adapter.ReasonSubjectUnknown, reason(eve))
}

// TestQuestionsAgree: the five ways to ask give one answer, for everybody,
// every permission and everything in the world.
func TestQuestionsAgree(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	subjects := []iam.Ref{ann, bob, off, ci, freeRobot, robotB}
	objects := []iam.Ref{accountA, accountB, env1, env2, envB, work1, work2, ci, freeRobot}
	var requests []adapter.CheckRequest
	for _, permission := range s.Model().Permissions {
		for _, subject := range subjects {
			for _, object := range objects {
				requests = append(requests, adapter.CheckRequest{Subject: subject, Permission: permission.Name, Object: object})
			}
		}
	}
	decisions, err := s.CheckMany(ctx, requests, adapter.Freshness{})
	require.NoError(t, err)
	allowed := map[adapter.CheckRequest]bool{}
	for i, request := range requests {
		allowed[request] = decisions[i].Allowed
		if i%97 == 0 {
			assert.Equal(t, decisions[i].Allowed, s.can(t, request.Subject, request.Permission, request.Object))
		}
	}
	for _, subject := range subjects {
		for _, object := range objects {
			var want []string
			for _, permission := range s.Model().Permissions {
				if allowed[adapter.CheckRequest{Subject: subject, Permission: permission.Name, Object: object}] {
					want = append(want, permission.Name)
				}
			}
			slices.Sort(want)
			held, answered, err := s.Permissions(ctx, subject, object, adapter.Freshness{})
			require.NoError(t, err)
			assert.NotEmpty(t, answered.Token)
			assert.ElementsMatch(t, want, held, "%v %v", subject, object)
		}
	}
	s.agree(t, subjects, objects, allowed)
}

// agree asks for objects and subjects of a sample of permissions.
func (s *system) agree(t *testing.T, subjects, objects []iam.Ref, allowed map[adapter.CheckRequest]bool) {
	asked := map[bool]int{}
	for _, name := range []string{"login", "environments:read", "workspaces:read", "modules:read", "variables:update", "service-accounts:update"} {
		for _, typeName := range s.Model().Permission(name).At {
			for _, subject := range subjects {
				found, answered, err := s.Resources(t.Context(), adapter.ResourcesRequest{Subject: subject, Permission: name, Type: typeName}, adapter.Page{}, adapter.Freshness{})
				require.NoError(t, err)
				assert.Empty(t, answered.Next)
				for _, object := range objects {
					if object.Type == typeName {
						want := allowed[adapter.CheckRequest{Subject: subject, Permission: name, Object: object}]
						assert.Equal(t, want, slices.Contains(found, object), "%v %s %v", subject, name, object)
						asked[want]++
					}
				}
			}
			for _, object := range objects {
				if object.Type != typeName {
					continue
				}
				found, answered, err := s.Subjects(t.Context(), adapter.SubjectsRequest{Permission: name, Object: object}, adapter.Page{}, adapter.Freshness{})
				require.NoError(t, err)
				assert.Empty(t, answered.Next)
				for _, subject := range subjects {
					want := allowed[adapter.CheckRequest{Subject: subject, Permission: name, Object: object}]
					assert.Equal(t, want, slices.Contains(found, subject), "%v %s %v", subject, name, object)
				}
			}
		}
	}
	assert.Greater(t, asked[true], 10)
	assert.Greater(t, asked[false], 10)
}

func TestQuestionRefusals(t *testing.T) {
	t.Parallel()
	check := func(subject iam.Ref, permission string, object iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, err := s.Check(ctx, adapter.CheckRequest{Subject: subject, Permission: permission, Object: object}, adapter.Freshness{})
			return err
		}
	}
	many := func(n int, last adapter.CheckRequest) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			requests := slices.Repeat([]adapter.CheckRequest{{Subject: ann, Permission: "login", Object: accountA}}, n)
			_, err := s.CheckMany(ctx, append(requests, last), adapter.Freshness{})
			return err
		}
	}
	permissions := func(subject, object iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.Permissions(ctx, subject, object, adapter.Freshness{})
			return err
		}
	}
	resources := func(request adapter.ResourcesRequest) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.Resources(ctx, request, adapter.Page{}, adapter.Freshness{})
			return err
		}
	}
	subjects := func(request adapter.SubjectsRequest) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.Subjects(ctx, request, adapter.Page{}, adapter.Freshness{})
			return err
		}
	}
	token := func(token adapter.Token) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, err := s.Check(ctx, bobEnters, adapter.Freshness{Token: token})
			return err
		}
	}
	s := newAcme(t)
	tooMany := refusal{name: "too many", do: many(10000, bobEnters), code: iam.ResourceExhausted, reason: "BATCH_TOO_LARGE", field: "items"}
	s.refuse(t, []refusal{
		invalid("no subject", "REQUIRED", "subject", check(iam.Ref{}, "login", accountA)),
		invalid("team as subject", "TYPE_NOT_ALLOWED", "subject", check(dev, "login", accountA)),
		invalid("malformed subject", "ID_MALFORMED", "subject", check(ref("user", "a b"), "login", accountA)),
		invalid("unknown type", "TYPE_UNKNOWN", "object", check(ann, "login", ref("planet", "x"))),
		invalid("user as object", "TYPE_NOT_ALLOWED", "object", check(ann, "login", bob)),
		invalid("no permission", "REQUIRED", "permission", check(ann, "", accountA)),
		invalid("unknown permission", "PERMISSION_UNKNOWN", "permission", check(ann, "something:create", accountA)),
		invalid("one of many", "PERMISSION_UNKNOWN", "items[3].permission", many(3, adapter.CheckRequest{Subject: ann, Permission: "x", Object: accountA})),
		tooMany,
		invalid("permissions of a team", "TYPE_NOT_ALLOWED", "subject", permissions(dev, accountA)),
		invalid("permissions on a team", "TYPE_NOT_ALLOWED", "object", permissions(ann, dev)),
		invalid("resources of no type", "REQUIRED", "type", resources(adapter.ResourcesRequest{Subject: ann, Permission: "login"})),
		invalid("resources of a wrong type", "TYPE_NOT_ALLOWED", "type", resources(adapter.ResourcesRequest{Subject: ann, Permission: "login", Type: "team"})),
		invalid("resources of nobody", "REQUIRED", "subject", resources(adapter.ResourcesRequest{Permission: "login", Type: "account"})),
		invalid("resources for nothing", "REQUIRED", "permission", resources(adapter.ResourcesRequest{Subject: ann, Type: "account"})),
		invalid("subjects for nothing", "PERMISSION_UNKNOWN", "permission", subjects(adapter.SubjectsRequest{Permission: "x", Object: accountA})),
		invalid("subjects on nothing", "REQUIRED", "object", subjects(adapter.SubjectsRequest{Permission: "login"})),
		invalid("subjects of a wrong type", "TYPE_NOT_ALLOWED", "type", subjects(adapter.SubjectsRequest{Permission: "login", Object: accountA, Type: "team"})),
		invalid("malformed token", "TOKEN_MALFORMED", "token", token("nonsense!")),
		invalid("token of a write that never was", "TOKEN_UNKNOWN", "token", token(adapter.SealedToken("account:A", 999))),
		invalid("token of a tenant that never was", "TOKEN_UNKNOWN", "token", token(adapter.SealedToken("account:ghost", 1))),
		invalid("token of no tenant", "REFERENCE_MALFORMED", "token", token(adapter.SealedToken("ghost", 1))),
	})
}

// TestNotApplicableAnywhere: known, and applicable nowhere here.
func TestNotApplicableAnywhere(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	decision, err := s.Check(t.Context(), adapter.CheckRequest{Subject: ann, Permission: "global-scope:read", Object: accountA}, adapter.Freshness{})
	require.NoError(t, err)
	assert.False(t, decision.Allowed)
	assert.Equal(t, adapter.ReasonNotApplicable, decision.Reason)
	found, _, err := s.Resources(t.Context(), adapter.ResourcesRequest{Subject: ann, Permission: "global-scope:read", Type: "account"}, adapter.Page{}, adapter.Freshness{})
	require.NoError(t, err)
	assert.Empty(t, found)
	who, _, err := s.Subjects(t.Context(), adapter.SubjectsRequest{Permission: "global-scope:read", Object: accountA}, adapter.Page{}, adapter.Freshness{})
	require.NoError(t, err)
	assert.Empty(t, who)
}
