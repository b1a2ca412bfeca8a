package adapter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestGroupLife(t *testing.T) {
	t.Parallel()
	s, ctx := newAcme(t), t.Context()
	group, receipt, err := s.CreateGroup(ctx, iam.Group{Scope: accountA, Name: "new", Members: []iam.Ref{bob, ann, bob}})
	s.done(t, receipt, err)
	assert.Equal(t, []iam.Ref{ann, bob}, group.Members, "sorted, each once")
	assert.NotEmpty(t, group.ID)

	group, receipt, err = s.UpdateGroup(ctx, group.ID, adapter.GroupChange{Name: to("newer"), Members: to([]iam.Ref{bob}), Revision: 1})
	s.done(t, receipt, err)
	assert.Equal(t, []iam.Ref{bob}, group.Members)
	read, err := s.Group(ctx, group.ID)
	require.NoError(t, err)
	assert.Equal(t, group, read)

	assert.False(t, s.can(t, bob, "variables:read", work1))
	_, receipt, err = s.AddMembers(ctx, "dev", []iam.Ref{bob, ann})
	s.done(t, receipt, err)
	assert.True(t, s.can(t, bob, "variables:read", work1))
	after, receipt, err := s.RemoveMembers(ctx, "dev", []iam.Ref{bob})
	s.done(t, receipt, err)
	assert.Equal(t, []iam.Ref{ann}, after.Members)
	assert.False(t, s.can(t, bob, "variables:read", work1))

	receipt, err = s.DeleteGroup(ctx, "dev", 0)
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "variables:read", work1))
	_, err = s.Policy(ctx, "p-dev")
	assert.Equal(t, iam.NotFound, iam.CodeOf(err))
}

func TestGroupRefusals(t *testing.T) {
	t.Parallel()
	create := func(change func(*iam.Group)) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			group := iam.Group{ID: "new", Scope: accountA}
			change(&group)
			_, _, err := s.CreateGroup(ctx, group)
			return err
		}
	}
	members := func(refs ...iam.Ref) func(*iam.Group) { return func(g *iam.Group) { g.Members = refs } }
	update := func(id iam.GroupID, change adapter.GroupChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.UpdateGroup(ctx, id, change); return err }
	}
	add := func(id iam.GroupID, refs ...iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.AddMembers(ctx, id, refs); return err }
	}
	remove := func(id iam.GroupID, refs ...iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.RemoveMembers(ctx, id, refs); return err }
	}
	notAMember := missing("remove who is not in it", "members[1]", remove("dev", ann, bob))
	notAMember.reason = "NOT_A_MEMBER"
	newAcme(t).refuse(t, []refusal{
		taken("twice", "ALREADY_EXISTS", "id", create(func(g *iam.Group) { g.ID = "dev" })),
		invalid("malformed id", "ID_MALFORMED", "id", create(func(g *iam.Group) { g.ID = "a:b" })),
		invalid("name", "TEXT_MALFORMED", "name", create(func(g *iam.Group) { g.Name = "\x01" })),
		invalid("no scope", "REQUIRED", "scope", create(func(g *iam.Group) { g.Scope = iam.Ref{} })),
		invalid("in an environment", "SCOPE_NOT_ALLOWED", "scope", create(func(g *iam.Group) { g.Scope = env1 })),
		missing("no such scope", "scope", create(func(g *iam.Group) { g.Scope = ref("account", "ghost") })),
		invalid("a group in a group", "TYPE_NOT_ALLOWED", "members[0]", create(members(dev))),
		invalid("a service account in a team", "TYPE_NOT_ALLOWED", "members[1]", create(members(ann, ci))),
		invalid("a scope as member", "TYPE_NOT_ALLOWED", "members[0]", create(members(env1))),
		invalid("an unknown type", "TYPE_UNKNOWN", "members[0]", create(members(ref("x", "y")))),
		missing("no such member", "members[1]", create(members(ann, nobody))),
		missing("no such member, who would be sorted first", "members[1]", create(members(bob, ref("user", "aaa")))),
		invalid("roles of its own", "GROUP_CARRIES_NOTHING", "roles", create(func(g *iam.Group) { g.Roles = []iam.RoleID{"user"} })),
		missing("update of none", "id", update("ghost", adapter.GroupChange{})),
		stale("stale update", update("dev", adapter.GroupChange{Name: to("x"), Revision: 9})),
		missing("update to no member", "members[0]", update("dev", adapter.GroupChange{Members: to([]iam.Ref{nobody})})),
		invalid("add nobody", "REQUIRED", "members", add("dev")),
		missing("add to none", "id", add("ghost", ann)),
		missing("add one who is not there", "members[0]", add("dev", nobody)),
		missing("add several, one of whom is not there", "members[1]", add("dev", ref("user", "bob"), ref("user", "aaa"))),
		invalid("add a team", "TYPE_NOT_ALLOWED", "members[0]", add("dev", ops)),
		invalid("remove nobody", "REQUIRED", "members", remove("dev")),
		missing("remove from none", "id", remove("ghost", ann)),
		notAMember,
		missing("delete none", "id", func(ctx context.Context, s *system) error { _, err := s.DeleteGroup(ctx, "ghost", 0); return err }),
		stale("stale delete", func(ctx context.Context, s *system) error { _, err := s.DeleteGroup(ctx, "dev", 9); return err }),
		missing("read none", "id", func(ctx context.Context, s *system) error { _, err := s.Group(ctx, "ghost"); return err }),
	})
}

// TestNestedGroups: a model that allows groups in groups, two deep.
func TestNestedGroups(t *testing.T) {
	t.Parallel()
	s := newSystem(t, testModel(t, `
model: nested
version: 1
types:
  user: {kind: user}
  team: {kind: group, in: [root], members: [user], nested_groups: 2}
  root: {kind: scope}
policies: {subjects: [user, team], max_roles: 2}
permissions:
- {name: "root:read", at: [root], description: See it}
roles:
- {id: reader, description: Reads, permissions: ["*"]}
`))
	root, team := ref("root", "r"), func(id string) iam.Ref { return ref("team", id) }
	nest := func(id iam.GroupID, members ...iam.Ref) iam.Group {
		return iam.Group{ID: id, Scope: root, Members: members}
	}
	s.apply(t, iam.World{
		Scopes: []iam.Scope{{Ref: root}}, Users: []iam.User{{ID: "ann"}},
		Groups:   []iam.Group{nest("inner", ann), nest("middle", team("inner")), nest("outer", team("middle")), nest("more")},
		Policies: []iam.Policy{{Subject: team("outer"), Scope: root, Roles: []iam.RoleID{"reader"}}},
	})
	assert.True(t, s.can(t, ann, "root:read", root))
	add := func(id iam.GroupID, member iam.Ref) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error {
			_, _, err := s.AddMembers(ctx, id, []iam.Ref{member})
			return err
		}
	}
	s.refuse(t, []refusal{
		forbidden("itself", "GROUP_CYCLE", "members", add("inner", team("inner"))),
		forbidden("in a circle", "GROUP_CYCLE", "members", add("inner", team("outer"))),
		forbidden("one deeper below", "NESTED_TOO_DEEP", "members", add("inner", team("more"))),
		forbidden("one deeper above", "NESTED_TOO_DEEP", "members", add("more", team("outer"))),
	})
	_, receipt, err := s.RemoveMembers(t.Context(), "middle", []iam.Ref{team("inner")})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "root:read", root))
}

// TestGroupsThatCarry: in the classic model, groups have roles and scopes.
func TestGroupsThatCarry(t *testing.T) {
	t.Parallel()
	s, ctx := newSystem(t, builtin(t, "scalr-classic")), t.Context()
	s.apply(t, iam.World{
		Scopes: []iam.Scope{{Ref: accountA}, {Ref: accountB}, {Ref: env1, Parent: accountA}, {Ref: env2, Parent: accountA}, {Ref: envB, Parent: accountB}},
		Users:  []iam.User{{ID: "ann"}},
		Groups: []iam.Group{{ID: "dev", Scope: accountA, Members: []iam.Ref{ann}, Roles: []iam.RoleID{"full-access"}, Scopes: []iam.Ref{env1}}},
	})
	assert.True(t, s.can(t, ann, "FARMS", env1))
	assert.False(t, s.can(t, ann, "FARMS", env2))
	_, receipt, err := s.UpdateGroup(ctx, "dev", adapter.GroupChange{Scopes: to([]iam.Ref{env2})})
	s.done(t, receipt, err)
	assert.False(t, s.can(t, ann, "FARMS", env1))
	assert.True(t, s.can(t, ann, "FARMS", env2))
	update := func(change adapter.GroupChange) func(context.Context, *system) error {
		return func(ctx context.Context, s *system) error { _, _, err := s.UpdateGroup(ctx, "dev", change); return err }
	}
	s.refuse(t, []refusal{
		invalid("no role", "ROLES_REQUIRED", "roles", update(adapter.GroupChange{Roles: to([]iam.RoleID{})})),
		missing("no such role", "roles[0]", update(adapter.GroupChange{Roles: to([]iam.RoleID{"ghost"})})),
		invalid("a scope it cannot carry", "SCOPE_NOT_ALLOWED", "scopes[0]", update(adapter.GroupChange{Scopes: to([]iam.Ref{accountA})})),
		invalid("a user as scope", "TYPE_NOT_ALLOWED", "scopes[0]", update(adapter.GroupChange{Scopes: to([]iam.Ref{ann})})),
		missing("no such scope", "scopes[0]", update(adapter.GroupChange{Scopes: to([]iam.Ref{ghostScope})})),
		invalid("scope of another tenant", "OTHER_TENANT", "scopes[0]", update(adapter.GroupChange{Scopes: to([]iam.Ref{envB})})),
	})
	receipt, err = s.DeleteScope(ctx, env2, 0)
	s.done(t, receipt, err)
	group, err := s.Group(ctx, "dev")
	require.NoError(t, err)
	assert.Empty(t, group.Scopes)
}
