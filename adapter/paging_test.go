package adapter_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// paged is one listing, by the names of its items.
type paged struct {
	name string
	want int
	list func(context.Context, *system, adapter.Page) ([]string, string, error)
}

// listing wraps a use case that lists.
func listing[Row any](name string, want int, nameOf func(Row) string, list func(context.Context, *system, adapter.Page) ([]Row, string, error)) paged {
	return paged{name: name, want: want, list: func(ctx context.Context, s *system, page adapter.Page) ([]string, string, error) {
		rows, next, err := list(ctx, s, page)
		var names []string
		for _, row := range rows {
			names = append(names, nameOf(row))
		}
		return names, next, err
	}}
}

func everyListing() []paged {
	return []paged{
		listing("scopes", 7, func(r iam.Scope) string { return r.Ref.String() }, func(ctx context.Context, s *system, p adapter.Page) ([]iam.Scope, string, error) {
			return s.Scopes(ctx, adapter.ScopeFilter{}, p)
		}),
		listing("scopes below", 5, func(r iam.Scope) string { return r.Ref.String() }, func(ctx context.Context, s *system, p adapter.Page) ([]iam.Scope, string, error) {
			return s.Scopes(ctx, adapter.ScopeFilter{Under: accountA}, p)
		}),
		listing("users", 3, func(r iam.User) string { return string(r.ID) }, func(ctx context.Context, s *system, p adapter.Page) ([]iam.User, string, error) {
			return s.Users(ctx, adapter.UserFilter{}, p)
		}),
		listing("groups", 3, func(r iam.Group) string { return string(r.ID) }, func(ctx context.Context, s *system, p adapter.Page) ([]iam.Group, string, error) {
			return s.Groups(ctx, adapter.GroupFilter{}, p)
		}),
		listing("service accounts", 3, func(r iam.ServiceAccount) string { return string(r.ID) }, func(ctx context.Context, s *system, p adapter.Page) ([]iam.ServiceAccount, string, error) {
			return s.ServiceAccounts(ctx, adapter.ServiceAccountFilter{}, p)
		}),
		listing("roles", 9, func(r adapter.RoleView) string { return string(r.ID) }, func(ctx context.Context, s *system, p adapter.Page) ([]adapter.RoleView, string, error) {
			return s.Roles(ctx, adapter.RoleFilter{}, p)
		}),
		listing("custom roles", 2, func(r adapter.RoleView) string { return string(r.ID) }, func(ctx context.Context, s *system, p adapter.Page) ([]adapter.RoleView, string, error) {
			return s.Roles(ctx, adapter.RoleFilter{Tenant: accountA}, p)
		}),
		listing("policies", 5, func(r iam.Policy) string { return string(r.ID) }, func(ctx context.Context, s *system, p adapter.Page) ([]iam.Policy, string, error) {
			return s.Policies(ctx, adapter.PolicyFilter{}, p)
		}),
		listing("resources on which", 3, iam.Ref.String, func(ctx context.Context, s *system, p adapter.Page) ([]iam.Ref, string, error) {
			found, answered, err := s.Resources(ctx, adapter.ResourcesRequest{Subject: ci, Permission: "environments:read", Type: "environment"}, p, adapter.Freshness{})
			return found, answered.Next, err
		}),
		listing("subjects who", 4, iam.Ref.String, func(ctx context.Context, s *system, p adapter.Page) ([]iam.Ref, string, error) {
			found, answered, err := s.Subjects(ctx, adapter.SubjectsRequest{Permission: "environments:read", Object: env2}, p, adapter.Freshness{})
			return found, answered.Next, err
		}),
	}
}

// newPagedAcme gives the two searches several results.
func newPagedAcme(t *testing.T, options ...func(*adapter.Config)) *system {
	s := newSystem(t, builtin(t, "scalr"), options...)
	s.apply(t, acme())
	w := iam.World{Scopes: []iam.Scope{{Ref: ref("environment", "E3"), Parent: accountA}}}
	for _, subject := range []iam.Ref{ann, bob, freeRobot} {
		w.Policies = append(w.Policies, iam.Policy{ID: iam.PolicyID("page-" + subject.ID), Subject: subject, Scope: env2, Roles: []iam.RoleID{"user"}})
	}
	w.Policies = append(w.Policies, iam.Policy{ID: "page-ci", Subject: ci, Scope: accountA, Roles: []iam.RoleID{"user"}})
	s.apply(t, w)
	if len(options) == 0 {
		require.NoError(t, s.Settle(t.Context()))
	}
	return s
}

// TestPages: pages of every size hold every item of a listing once, in one
// order; the last one says that it is the last.
func TestPages(t *testing.T) {
	t.Parallel()
	t.Run("index", func(t *testing.T) { t.Parallel(); pages(t, newPagedAcme(t)) })
	t.Run("engine", func(t *testing.T) { t.Parallel(); pages(t, newPagedAcme(t, withoutIndex)) })
}

func pages(t *testing.T, s *system) {
	ctx := t.Context()
	more := map[string]int{"scopes": 1, "scopes below": 1, "policies": 4}
	for _, test := range everyListing() {
		whole, next, err := test.list(ctx, s, adapter.Page{})
		require.NoError(t, err, test.name)
		require.Empty(t, next, test.name)
		require.Len(t, whole, test.want+more[test.name], test.name)
		for size := 1; size <= len(whole)+1; size++ {
			var all []string
			page := adapter.Page{Size: size}
			for {
				names, next, err := test.list(ctx, s, page)
				require.NoError(t, err, test.name)
				require.LessOrEqual(t, len(names), size)
				require.NotEmpty(t, names)
				all = append(all, names...)
				if next == "" {
					break
				}
				require.Len(t, names, size, "a page with more to come is full")
				page.Token = next
			}
			require.Equal(t, whole, all, "%s by %d", test.name, size)
		}
	}
}

// TestPageTokens: a token belongs to its request. Others, and changed ones, are
// refused or continue the same listing; they never fail otherwise.
func TestPageTokens(t *testing.T) {
	t.Parallel()
	t.Run("index", func(t *testing.T) { t.Parallel(); pageTokens(t, newPagedAcme(t)) })
	t.Run("engine", func(t *testing.T) { t.Parallel(); pageTokens(t, newPagedAcme(t, withoutIndex)) })
}

func pageTokens(t *testing.T, s *system) {
	ctx := t.Context()
	var tokens []string
	listings := everyListing()
	for _, test := range listings {
		_, next, err := test.list(ctx, s, adapter.Page{Size: 1})
		require.NoError(t, err, test.name)
		require.NotEmpty(t, next, test.name)
		tokens = append(tokens, next)
	}
	refused := func(i int, token string) {
		_, _, err := listings[i].list(ctx, s, adapter.Page{Size: 1, Token: token})
		assert.Equal(t, "PAGE_TOKEN", iam.ReasonOf(err), "%s with %s", listings[i].name, token)
		assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
	}
	for i := range listings {
		_, _, err := listings[i].list(ctx, s, adapter.Page{Size: -1})
		assert.Equal(t, "PAGE_SIZE", iam.ReasonOf(err), listings[i].name)
		for _, token := range []string{"x", "!", "e30", base64.RawURLEncoding.EncodeToString([]byte(`{"a":"x","r":"y"}`))} {
			refused(i, token)
		}
		for j, token := range tokens {
			if i != j {
				refused(i, token)
			}
		}
		for at := range len(tokens[i]) {
			changed := tokens[i][:at] + string("AB"[len(tokens[i][at:])%2]) + tokens[i][at+1:]
			_, _, err := listings[i].list(ctx, s, adapter.Page{Size: 1, Token: changed})
			if err != nil {
				// ABORTED, as after a row that was removed between two pages.
				assert.Contains(t, []iam.Code{iam.InvalidArgument, iam.Aborted}, iam.CodeOf(err), "%s, sign %d: %v", listings[i].name, at, err)
			}
		}
	}
}

// TestPagesShowOneState: what changes between two pages of a search does not
// show in the second.
func TestPagesShowOneState(t *testing.T) {
	t.Parallel()
	t.Run("index", func(t *testing.T) { t.Parallel(); pagesShowOneState(t, newPagedAcme(t)) })
	t.Run("engine", func(t *testing.T) { t.Parallel(); pagesShowOneState(t, newPagedAcme(t, withoutIndex)) })
}

func pagesShowOneState(t *testing.T, s *system) {
	ctx := t.Context()
	request := adapter.ResourcesRequest{Subject: ci, Permission: "environments:read", Type: "environment"}
	whole, _, err := s.Resources(ctx, request, adapter.Page{}, adapter.Freshness{})
	require.NoError(t, err)
	first, after, err := s.Resources(ctx, request, adapter.Page{Size: 1}, adapter.Freshness{})
	require.NoError(t, err)
	who := adapter.SubjectsRequest{Permission: "environments:read", Object: env2}
	everybody, _, err := s.Subjects(ctx, who, adapter.Page{}, adapter.Freshness{})
	require.NoError(t, err)
	some, following, err := s.Subjects(ctx, who, adapter.Page{Size: 2}, adapter.Freshness{})
	require.NoError(t, err)

	_, err = s.Delete(ctx, []iam.Ref{ci, ann, bob})
	require.NoError(t, err)
	rest, _, err := s.Resources(ctx, request, adapter.Page{Token: after.Next}, adapter.Freshness{})
	require.NoError(t, err)
	assert.Equal(t, whole, slices.Concat(first, rest))
	others, _, err := s.Subjects(ctx, who, adapter.Page{Token: following.Next}, adapter.Freshness{})
	require.NoError(t, err)
	assert.Equal(t, everybody, slices.Concat(some, others))
}

// TestPageSizes: no size means 100, and no page has more than 1,000, unless it holds
// references.
func TestPageSizes(t *testing.T) {
	t.Parallel()
	s, ctx := newSystem(t, builtin(t, "scalr")), t.Context()
	w := iam.World{Users: make([]iam.User, 1001)}
	for i := range w.Users {
		w.Users[i] = iam.User{ID: iam.UserID(fmt.Sprintf("u%04d", i)), Email: strings.Repeat("x", i%3) + "@e"}
		w.Policies = append(w.Policies, iam.Policy{Subject: ref("user", string(w.Users[i].ID)), Roles: []iam.RoleID{"admin"}, Scope: ref("account", "A")})
	}
	w.Scopes = []iam.Scope{{Ref: ref("account", "A")}}
	s.apply(t, w)
	for size, want := range map[int]int{0: 100, 7: 7, 1000: 1000, 5000: 1000} {
		users, next, err := s.Users(ctx, adapter.UserFilter{}, adapter.Page{Size: size})
		require.NoError(t, err)
		assert.Len(t, users, want)
		assert.NotEmpty(t, next)
	}
	for size, want := range map[int]int{0: 100, 1000: 1000, 5000: 1001} {
		holders, answered, err := s.Subjects(ctx, adapter.SubjectsRequest{Permission: "accounts:read", Object: ref("account", "A")}, adapter.Page{Size: size}, adapter.Freshness{})
		require.NoError(t, err)
		assert.Len(t, holders, want)
		assert.Equal(t, want < len(w.Users), answered.Next != "")
	}
	filtered, _, err := s.Users(ctx, adapter.UserFilter{Email: "xx@e"}, adapter.Page{Size: 1000})
	require.NoError(t, err)
	assert.Len(t, filtered, 333)
}
