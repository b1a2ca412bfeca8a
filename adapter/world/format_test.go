package world_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	w, err := world.Parse("world.yaml", []byte(everything), nil)
	require.NoError(t, err)
	w.Roles[0].Permissions = slices.Repeat([]string{"variables:*"}, 12)
	text, err := world.Format(w, nil)
	require.NoError(t, err)
	assert.Equal(t, `scopes:
- {id: "account:A", name: Acme}
- {id: "workspace:core", parent: "account:A", isolated: true}
users:
- {id: ann, name: Ann, email: ann@example.com}
- {id: "007", status: inactive}
service_accounts:
- {id: ci, scope: "account:A", owners: ["team:dev"]}
groups:
- {id: dev, scope: "account:A", members: ["user:ann", "user:bob"], roles: [acl], scopes: []}
roles:
- id: varadm
  scope: "account:A"
  description: "a: b"
  base: read-only
  permissions:
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  - "variables:*"
  except: []
policies:
- {subject: "team:dev", roles: [admin, user], scope: "workspace:core"}
- {id: mine, subject: "user:ann", roles: [admin], scope: "account:A"}
resources:
- {id: "farm:F", scope: "workspace:core"}
`, string(text))

	text, err = world.Format(iam.World{}, nil)
	require.NoError(t, err)
	assert.Equal(t, "{}\n", string(text))

	_, err = world.Format(iam.World{Users: []iam.User{{ID: "a", Name: "\xff"}}}, nil)
	assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err))
}

func TestFormatRoundTrip(t *testing.T) {
	t.Parallel()
	model := tinyModel(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, format := range []func(iam.World, *schema.Model) ([]byte, error){world.FormatJSON, world.Format} {
			text, err := format(w, model)
			require.NoError(t, err)
			again, err := world.Parse("again", text, model)
			require.NoError(t, err, "%s", text)
			require.Equal(t, w, again, "%s", text)
			forgetActive(w)
		}
	})
}

// forgetActive makes of a world what Format, other than FormatJSON, keeps.
func forgetActive(w iam.World) {
	for i := range w.Users {
		if w.Users[i].Status == iam.Active {
			w.Users[i].Status = ""
		}
	}
	for i := range w.ServiceAccounts {
		if w.ServiceAccounts[i].Status == iam.Active {
			w.ServiceAccounts[i].Status = ""
		}
	}
}

// drawWorld draws a world as Parse returns it.
func drawWorld(t *rapid.T) iam.World {
	id := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_.@+=-]{0,5}`)
	words := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"null", "~", "yes", "1e3", "a: b", "a #b", " x", "x ", "- a", "\t", "a\nb", "\"", "'", "*", "&a"}))
	refs := rapid.Custom(func(t *rapid.T) iam.Ref {
		return iam.Ref{Type: rapid.SampledFrom([]string{"user", "team", "org"}).Draw(t, "type"), ID: id.Draw(t, "id")}
	})
	refList := maybe(rapid.Map(rapid.SliceOfN(refs, 0, 12), world.SortRefs))
	roleID := rapid.Map(id, func(s string) iam.RoleID { return iam.RoleID(s) })
	roles := rapid.Map(rapid.SliceOfN(roleID, 0, 12), func(all []iam.RoleID) []iam.RoleID { slices.Sort(all); return all })
	patterns := maybe(rapid.SliceOfN(words.Filter(func(s string) bool { return s != "" }), 0, 5))
	status := rapid.SampledFrom([]iam.Status{"", iam.Active, iam.Inactive})

	return iam.World{
		Scopes: some(t, func(t *rapid.T) iam.Scope {
			return iam.Scope{Ref: refs.Draw(t, "ref"), Parent: refs.Draw(t, "parent"), Name: words.Draw(t, "name"), Isolated: rapid.Bool().Draw(t, "isolated")}
		}),
		Users: some(t, func(t *rapid.T) iam.User {
			return iam.User{ID: iam.UserID(id.Draw(t, "id")), Name: words.Draw(t, "name"), Email: words.Draw(t, "email"), Status: status.Draw(t, "status")}
		}),
		ServiceAccounts: some(t, func(t *rapid.T) iam.ServiceAccount {
			return iam.ServiceAccount{
				ID: iam.ServiceAccountID(id.Draw(t, "id")), Scope: refs.Draw(t, "scope"), Name: words.Draw(t, "name"),
				Owners: refList.Draw(t, "owners"), Status: status.Draw(t, "status"),
			}
		}),
		Groups: some(t, func(t *rapid.T) iam.Group {
			return iam.Group{
				ID: iam.GroupID(id.Draw(t, "id")), Scope: refs.Draw(t, "scope"), Name: words.Draw(t, "name"),
				Members: refList.Draw(t, "members"), Roles: maybe(roles).Draw(t, "roles"), Scopes: refList.Draw(t, "scopes"),
			}
		}),
		Roles: some(t, func(t *rapid.T) iam.Role {
			return iam.Role{
				ID: roleID.Draw(t, "id"), Scope: refs.Draw(t, "scope"), Name: words.Draw(t, "name"), Description: words.Draw(t, "description"),
				Base: iam.RoleID(words.Draw(t, "base")), Permissions: patterns.Draw(t, "permissions"), Except: patterns.Draw(t, "except"),
			}
		}),
		Policies: some(t, func(t *rapid.T) iam.Policy {
			p := iam.Policy{Subject: refs.Draw(t, "subject"), Roles: roles.Draw(t, "roles"), Scope: refs.Draw(t, "scope")}
			p.ID = iam.DerivedPolicyID(p.Subject, p.Scope, p.Roles)
			if rapid.Bool().Draw(t, "own id") {
				p.ID = iam.PolicyID(id.Draw(t, "id"))
			}
			return p
		}),
		Resources: some(t, func(t *rapid.T) iam.Resource {
			return iam.Resource{Ref: refs.Draw(t, "ref"), Scope: refs.Draw(t, "scope"), Name: words.Draw(t, "name"), Owners: refList.Draw(t, "owners")}
		}),
	}
}

// some draws a few rows, or none at all.
func some[T any](t *rapid.T, draw func(*rapid.T) T) []T {
	rows := rapid.SliceOfN(rapid.Custom(draw), 0, 3).Draw(t, "rows")
	if len(rows) == 0 {
		return nil
	}
	return rows
}

// maybe draws nil in some cases; an empty list stays empty.
func maybe[T any](lists *rapid.Generator[[]T]) *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		if rapid.Bool().Draw(t, "nil") {
			return nil
		}
		return append([]T{}, lists.Draw(t, "list")...)
	})
}
