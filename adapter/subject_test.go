package adapter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestUserLife(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	user, receipt, err := s.CreateUser(ctx, iam.User{Name: "Eve", Email: "eve@example.com"})
	s.done(t, receipt, err)
	assert.Equal(t, iam.Active, user.Status)
	assert.NotEmpty(t, user.ID)

	user, receipt, err = s.UpdateUser(ctx, user.ID, adapter.UserChange{Name: to("Eve B"), Email: to(""), Revision: 1})
	s.done(t, receipt, err)
	assert.Equal(t, []string{"Eve B", ""}, []string{user.Name, user.Email})
	read, err := s.User(ctx, user.ID)
	require.NoError(t, err)
	assert.Equal(t, user, read)

	require.True(t, s.can(t, ann, "workspaces:read", work1), "through a team")
	require.True(t, s.can(t, ann, "variables:delete", work2), "by a policy of her own")
	_, receipt, err = s.UpdateUser(ctx, "ann", adapter.UserChange{Status: to(iam.Inactive)})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "workspaces:read", work1))
	assert.False(t, s.can(t, ann, "variables:delete", work2))
	_, receipt, err = s.UpdateUser(ctx, "ann", adapter.UserChange{Status: to(iam.Active)})
	s.done(t, receipt, err)
	assert.True(t, s.can(t, ann, "workspaces:read", work1), "policies and memberships stayed")
	assert.True(t, s.can(t, ann, "variables:delete", work2))

	receipt, err = s.DeleteUser(ctx, "ann", 0)
	s.done(t, receipt, err)
	group, err := s.Group(ctx, "dev")
	require.NoError(t, err)
	assert.Empty(t, group.Members)
	_, err = s.Policy(ctx, "p-ann")
	assert.Equal(t, iam.NotFound, iam.CodeOf(err))
	_, receipt, err = s.CreateUser(ctx, iam.User{ID: "ann"})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "workspaces:read", work1), "who comes back holds nothing of before")
}

func TestUserRefusals(t *testing.T) {
	t.Parallel()
	create := func(user iam.User) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.CreateUser(ctx, user); return err }
	}
	update := func(id iam.UserID, change adapter.UserChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.UpdateUser(ctx, id, change); return err }
	}
	remove := func(id iam.UserID, revision int64) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, err := s.DeleteUser(ctx, id, revision); return err }
	}
	newAcme(t).refuse(t, []refusal{
		taken("twice", "ALREADY_EXISTS", "id", create(iam.User{ID: "ann"})),
		invalid("malformed id", "ID_MALFORMED", "id", create(iam.User{ID: "a b"})),
		invalid("status", "STATUS_UNKNOWN", "status", create(iam.User{ID: "x", Status: "asleep"})),
		invalid("email", "EMAIL_MALFORMED", "email", create(iam.User{ID: "x", Email: "nowhere"})),
		invalid("two emails", "EMAIL_MALFORMED", "email", create(iam.User{ID: "x", Email: "a@b@c"})),
		invalid("name", "TEXT_MALFORMED", "name", create(iam.User{ID: "x", Name: "\x01"})),
		missing("update of none", "id", update("nobody", adapter.UserChange{})),
		stale("stale update", update("ann", adapter.UserChange{Name: to("x"), Revision: 9})),
		invalid("update of status", "STATUS_UNKNOWN", "status", update("ann", adapter.UserChange{Status: to(iam.Status("asleep"))})),
		missing("delete none", "id", remove("nobody", 0)),
		stale("stale delete", remove("ann", 9)),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.User(ctx, "nobody"); return err }),
	})
	stackit := newSystem(t, builtin(t, "stackit"))
	stackit.apply(t, iam.World{Scopes: []iam.Scope{{Ref: ref("organization", "o")}, {Ref: ref("project", "p"), Parent: ref("organization", "o")}}})
	stackit.refuse(t, []refusal{
		invalid("capitals", "ID_NOT_LOWER_CASE", "id", create(iam.User{ID: "Ann@Example.com"})),
		invalid("pattern of the type", "ID_PATTERN", "id", func(ctx context.Context, s *system) error {
			_, _, err := s.CreateServiceAccount(ctx, iam.ServiceAccount{ID: "9lives", Scope: ref("project", "p")})
			return err
		}),
	})
}

func TestServiceAccountLife(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	manager := iam.Policy{Subject: bob, Scope: accountA, Roles: []iam.RoleID{"spare"}}
	s.apply(t, iam.World{Roles: []iam.Role{{ID: "spare", Scope: accountA, Permissions: []string{"service-accounts:*"}}}, Policies: []iam.Policy{manager}})

	account, receipt, err := s.CreateServiceAccount(ctx, iam.ServiceAccount{Scope: accountA, Name: "robot"})
	s.done(t, receipt, err)
	assert.Equal(t, iam.Active, account.Status)
	robot := ref("service_account", string(account.ID))
	assert.True(t, s.can(t, bob, "service-accounts:update", robot), "nobody owns it")

	account, receipt, err = s.UpdateServiceAccount(ctx, account.ID, adapter.ServiceAccountChange{Owners: to([]iam.Ref{dev, dev}), Name: to("owned"), Revision: 1})
	s.done(t, receipt, err)
	assert.Equal(t, []iam.Ref{dev}, account.Owners)
	assert.False(t, s.can(t, bob, "service-accounts:update", robot), "he is in none of its teams")
	_, receipt, err = s.AddMembers(ctx, "dev", []iam.Ref{bob})
	s.done(t, receipt, err)
	assert.True(t, s.can(t, bob, "service-accounts:update", robot))
	receipt, err = s.DeleteGroup(ctx, "dev", 0)
	s.done(t, receipt, err)
	read, err := s.ServiceAccount(ctx, account.ID)
	require.NoError(t, err)
	assert.Empty(t, read.Owners, "its last owner is gone")
	assert.True(t, s.can(t, bob, "service-accounts:update", robot))

	require.True(t, s.can(t, ci, "variables:read", work2))
	_, receipt, err = s.UpdateServiceAccount(ctx, "ci", adapter.ServiceAccountChange{Status: to(iam.Inactive)})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ci, "variables:read", work2))
	assert.True(t, s.can(t, bob, "service-accounts:read", ci), "inactive as a subject, still an object")
	_, receipt, err = s.UpdateServiceAccount(ctx, "ci", adapter.ServiceAccountChange{Status: to(iam.Active)})
	s.done(t, receipt, err)
	assert.True(t, s.can(t, ci, "variables:read", work2))
	receipt, err = s.DeleteServiceAccount(ctx, "ci", 0)
	s.done(t, receipt, err)
	_, err = s.Policy(ctx, "p-ci")
	assert.Equal(t, iam.NotFound, iam.CodeOf(err))
}

func TestServiceAccountRefusals(t *testing.T) {
	t.Parallel()
	create := func(change func(*iam.ServiceAccount)) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			account := iam.ServiceAccount{ID: "new", Scope: accountA}
			change(&account)
			_, _, err := s.CreateServiceAccount(ctx, account)
			return err
		}
	}
	update := func(id iam.ServiceAccountID, change adapter.ServiceAccountChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.UpdateServiceAccount(ctx, id, change)
			return err
		}
	}
	owners := func(refs ...iam.Ref) func(*iam.ServiceAccount) {
		return func(a *iam.ServiceAccount) { a.Owners = refs }
	}
	remove := func(id iam.ServiceAccountID, revision int64) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, err := s.DeleteServiceAccount(ctx, id, revision)
			return err
		}
	}
	newAcme(t).refuse(t, []refusal{
		taken("twice", "ALREADY_EXISTS", "id", create(func(a *iam.ServiceAccount) { a.ID = "ci" })),
		invalid("malformed id", "ID_MALFORMED", "id", create(func(a *iam.ServiceAccount) { a.ID = "*" })),
		invalid("status", "STATUS_UNKNOWN", "status", create(func(a *iam.ServiceAccount) { a.Status = "x" })),
		invalid("name", "TEXT_MALFORMED", "name", create(func(a *iam.ServiceAccount) { a.Name = "\x01" })),
		invalid("no scope", "REQUIRED", "scope", create(func(a *iam.ServiceAccount) { a.Scope = iam.Ref{} })),
		invalid("in an environment", "SCOPE_NOT_ALLOWED", "scope", create(func(a *iam.ServiceAccount) { a.Scope = env1 })),
		missing("no such scope", "scope", create(func(a *iam.ServiceAccount) { a.Scope = ref("account", "ghost") })),
		invalid("user as owner", "TYPE_NOT_ALLOWED", "owners[1]", create(owners(dev, ann))),
		invalid("scope as owner", "TYPE_NOT_ALLOWED", "owners[0]", create(owners(env1))),
		missing("no such owner", "owners[0]", create(owners(ref("team", "ghost")))),
		invalid("owner of another tenant", "OTHER_TENANT", "owners[0]", create(owners(teamB))),
		missing("update of none", "id", update("ghost", adapter.ServiceAccountChange{})),
		stale("stale update", update("ci", adapter.ServiceAccountChange{Name: to("x"), Revision: 9})),
		missing("update to no owner", "owners[0]", update("ci", adapter.ServiceAccountChange{Owners: to([]iam.Ref{ref("team", "ghost")})})),
		missing("delete none", "id", remove("ghost", 0)),
		stale("stale delete", remove("ci", 9)),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.ServiceAccount(ctx, "ghost"); return err }),
	})
}
