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

func TestResourceFilter(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	filter := func(subject iam.Ref, permission, typeName string) adapter.Filter {
		found, err := s.ResourceFilter(t.Context(), adapter.ResourcesRequest{Subject: subject, Permission: permission, Type: typeName}, adapter.Freshness{})
		require.NoError(t, err)
		found.Answered = adapter.Answered{}
		return found
	}
	assert.Equal(t, adapter.Filter{Below: []iam.Ref{env1}, Objects: []iam.Ref{work2}}, filter(ann, "variables:read", "workspace"))
	assert.Equal(t, adapter.Filter{Below: []iam.Ref{accountB}}, filter(bob, "environments:read", "environment"))
	assert.Equal(t, adapter.Filter{}, filter(nobody, "variables:read", "workspace"))
	assert.Equal(t, adapter.Filter{}, filter(ann, "accounts:billing", "workspace"), "it applies elsewhere")
}

// TestHoldersAgree: expanded, holders are the subjects; together, whoever is a
// subject is there or in a group that is there. Each has a path.
func TestHoldersAgree(t *testing.T) {
	t.Parallel()
	s, asked := newAcme(t), 0
	s.apply(t, iam.World{Policies: []iam.Policy{{Subject: bob, Scope: env1, Roles: []iam.RoleID{"admin"}}}})
	for _, object := range []iam.Ref{accountA, env1, env2, work1, work2} {
		request := adapter.SubjectsRequest{Permission: "variables:read", Object: object}
		if !slices.Contains(s.Model().Permission(request.Permission).At, object.Type) {
			continue
		}
		asked++
		subjects, _, err := s.Subjects(t.Context(), request, adapter.Page{}, adapter.Freshness{})
		require.NoError(t, err)
		assert.Equal(t, subjects, subjectsOf(s.holders(t, adapter.HoldersRequest{SubjectsRequest: request, Via: true}, 1)))
		together := subjectsOf(s.holders(t, adapter.HoldersRequest{SubjectsRequest: request, Groups: true, Via: true}, 1))
		for _, subject := range subjects {
			through := subject == ann && slices.Contains(together, dev) || slices.Contains(together, subject)
			assert.True(t, through, "%v %v %v", subject, object, together)
		}
	}
	assert.Greater(t, asked, 2)
}

// holders returns all pages, each of a size. Each holder has a path that begins
// with it.
func (s *system) holders(tb testing.TB, request adapter.HoldersRequest, size int) []adapter.Holder {
	tb.Helper()
	var all []adapter.Holder
	page := adapter.Page{Size: size}
	for {
		found, answered, err := s.Holders(context.Background(), request, page, adapter.Freshness{})
		require.NoError(tb, err)
		require.LessOrEqual(tb, len(found), size)
		for _, holder := range found {
			require.Equal(tb, request.Via, holder.Via != nil)
			if holder.Via != nil {
				require.Equal(tb, holder.Subject, holder.Via.Chain[0])
			}
		}
		all = append(all, found...)
		if page.Token = answered.Next; page.Token == "" {
			return all
		}
	}
}

func subjectsOf(holders []adapter.Holder) (refs []iam.Ref) {
	for _, holder := range holders {
		refs = append(refs, holder.Subject)
	}
	return refs
}

func TestVia(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	at := adapter.SubjectsRequest{Permission: "variables:read", Object: work1}
	want := &adapter.Via{Kind: "ROLE", Chain: []iam.Ref{ann, dev}, Role: "admin", Permission: "variables:read", Scope: env1, Inherited: true}
	assert.Equal(t, []adapter.Holder{{Subject: ann, Via: want}}, s.holders(t, adapter.HoldersRequest{SubjectsRequest: at, Via: true}, 10))
	want.Chain = []iam.Ref{dev}
	assert.Equal(t, []adapter.Holder{{Subject: dev, Via: want}}, s.holders(t, adapter.HoldersRequest{SubjectsRequest: at, Groups: true, Via: true}, 10))
	assert.Equal(t, []adapter.Holder{{Subject: dev}}, s.holders(t, adapter.HoldersRequest{SubjectsRequest: at, Groups: true}, 10))

	s.apply(t, iam.World{Groups: []iam.Group{{ID: "dev", Members: []iam.Ref{}}}})
	assert.Equal(t, []adapter.Holder{{Subject: dev, Via: want}}, s.holders(t, adapter.HoldersRequest{SubjectsRequest: at, Groups: true, Via: true}, 10), "an empty group gives it to whoever comes")
	assert.Empty(t, s.holders(t, adapter.HoldersRequest{SubjectsRequest: at}, 10))
}

func TestFilterAndHoldersRefusals(t *testing.T) {
	t.Parallel()
	filter := func(subject iam.Ref, permission, typeName string) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, err := s.ResourceFilter(ctx, adapter.ResourcesRequest{Subject: subject, Permission: permission, Type: typeName}, adapter.Freshness{})
			return err
		}
	}
	holders := func(request adapter.HoldersRequest, page adapter.Page) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.Holders(ctx, request, page, adapter.Freshness{})
			return err
		}
	}
	request := func(permission string, object iam.Ref, typeName string, groups bool) adapter.HoldersRequest {
		return adapter.HoldersRequest{SubjectsRequest: adapter.SubjectsRequest{Permission: permission, Object: object, Type: typeName}, Groups: groups}
	}
	newAcme(t).refuse(t, []refusal{
		{"filter by team", filter(dev, "variables:read", "workspace"), iam.InvalidArgument, "TYPE_NOT_ALLOWED", "subject"},
		{"filter of nothing", filter(ann, "", "workspace"), iam.InvalidArgument, "REQUIRED", "permission"},
		{"filter of unknown type", filter(ann, "variables:read", "planet"), iam.InvalidArgument, "TYPE_UNKNOWN", "type"},
		{"holders of nothing", holders(request("nothing", work1, "", false), adapter.Page{}), iam.InvalidArgument, "PERMISSION_UNKNOWN", "permission"},
		{"holders of a user", holders(request("variables:read", ann, "", false), adapter.Page{}), iam.InvalidArgument, "TYPE_NOT_ALLOWED", "object"},
		{"groups of a type", holders(request("variables:read", work1, "user", true), adapter.Page{}), iam.InvalidArgument, "TYPE_WITH_GROUPS", "type"},
		{"type of groups", holders(request("variables:read", work1, "team", false), adapter.Page{}), iam.InvalidArgument, "TYPE_NOT_ALLOWED", "type"},
		{"page", holders(request("variables:read", work1, "", true), adapter.Page{Token: "x"}), iam.InvalidArgument, "PAGE_TOKEN", "page_token"},
	})
}
