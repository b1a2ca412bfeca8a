package world_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

const everything = `
scopes:           [{id: "account:A", name: Acme}, {id: "workspace:core", parent: "account:A", isolated: true}]
users:            [{id: ann, name: Ann, email: ann@example.com, status: active}, {id: 007, status: inactive}]
service_accounts: [{id: ci, scope: "account:A", owners: ["team:dev"]}]
groups:           [{id: dev, scope: "account:A", members: ["user:bob", "user:ann", "user:bob"], roles: [acl], scopes: []}]
roles:            [{id: varadm, scope: "account:A", description: "a: b", permissions: ["variables:*"], base: read-only, except: []}]
policies:
- {subject: "team:dev", roles: [user, admin], scope: "workspace:core"}
- id: mine
  subject: user:ann
  roles: [admin]
  scope: account:A
resources:        [{id: "farm:F", scope: "workspace:core", owners: null}]
`

func ref(text string) iam.Ref {
	parsed, err := iam.ParseRef("", text)
	if err != nil {
		panic(err)
	}
	return parsed
}

func TestParseReadsEverything(t *testing.T) {
	t.Parallel()
	w, err := world.Parse("world.yaml", []byte(everything), nil)
	require.NoError(t, err)
	roles := []iam.RoleID{"admin", "user"}
	assert.Equal(t, iam.World{
		Scopes: []iam.Scope{
			{Ref: ref("account:A"), Name: "Acme"},
			{Ref: ref("workspace:core"), Parent: ref("account:A"), Isolated: true},
		},
		Users: []iam.User{
			{ID: "ann", Name: "Ann", Email: "ann@example.com", Status: iam.Active},
			{ID: "007", Status: iam.Inactive},
		},
		ServiceAccounts: []iam.ServiceAccount{
			{ID: "ci", Scope: ref("account:A"), Owners: []iam.Ref{ref("team:dev")}},
		},
		Groups: []iam.Group{{
			ID: "dev", Scope: ref("account:A"), Members: []iam.Ref{ref("user:ann"), ref("user:bob")},
			Roles: []iam.RoleID{"acl"}, Scopes: []iam.Ref{},
		}},
		Roles: []iam.Role{{
			ID: "varadm", Scope: ref("account:A"), Description: "a: b", Base: "read-only",
			Permissions: []string{"variables:*"}, Except: []string{},
		}},
		Policies: []iam.Policy{
			{
				Subject: ref("team:dev"), Roles: roles, Scope: ref("workspace:core"),
			},
			{ID: "mine", Subject: ref("user:ann"), Roles: []iam.RoleID{"admin"}, Scope: ref("account:A")},
		},
		Resources: []iam.Resource{{Ref: ref("farm:F"), Scope: ref("workspace:core")}},
	}, w, "nil and empty lists differ, sets are sorted")
}

func TestParseReadsJSONAndAliases(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"json":    "{\n\t\"users\": [\n\t\t{\"id\": \"ann\", \"name\": \"A\\u00e9\\/\\ud83d\\ude00\"},\n\t\t{\"id\": \"bob\"}\n\t]\n}",
		"aliases": "users:\n- &a {id: ann, name: &n Aé/😀}\n- {id: bob}\ngroups: []\n",
		"comment": "# people\nusers:\n  # first\n  - id: ann # ann\n    name: \"Aé/😀\"\n  - id: bob\n",
	} {
		w, err := world.Parse(name, []byte(text), nil)
		require.NoError(t, err, name)
		require.Len(t, w.Users, 2, name)
		assert.Equal(t, "Aé/😀", w.Users[0].Name, name)
	}
	w, err := world.Parse("", []byte("groups:\n- {id: a, members: &m [\"user:ann\"]}\n- {id: b, members: *m}\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, w.Groups[0].Members, w.Groups[1].Members)

	for _, empty := range []string{"", "\n", "# nothing\n", "{}", "---\n", "users:\n"} {
		w, err := world.Parse("empty", []byte(empty), nil)
		require.NoError(t, err, empty)
		assert.Zero(t, w.Len(), empty)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, reason, field, at string }{
		{"no yaml", "users: [\nscopes: []", world.ReasonMalformed, "", "2)"},
		{"two documents", "users: []\n---\nscopes: []\n", world.ReasonMalformed, "", "2:1"},
		{"a list", "- users\n", world.ReasonWrongKind, "", "1:1"},
		{"unknown key", "users:\n- {id: ann, nmae: Ann}\n", world.ReasonUnknownKey, "users[0].nmae", "2:13"},
		{"unknown section", "users: []\nteams: []\n", world.ReasonUnknownKey, "teams", "2:1"},
		{"key twice", "users:\n- id: ann\n  id: bob\n", world.ReasonDuplicateKey, "users[0].id", "3:3"},
		{"section twice", "users: []\nusers: []\n", world.ReasonDuplicateKey, "users", "2:1"},
		{"merge key", "users:\n- &a {id: ann}\n- {<<: *a}\n", world.ReasonUnknownKey, "users[1].<<", "3:4"},
		{"tag", "users:\n- {id: !!str 1}\n", world.ReasonMalformed, "users[0].id", "2:8"},
		{"no anchor", "users: *a\n", world.ReasonMalformed, "", "1)"},
		{"mapping for list", "users: {id: ann}\n", world.ReasonWrongKind, "users", "1:8"},
		{"list for text", "users:\n- {id: [ann]}\n", world.ReasonWrongKind, "users[0].id", "2:8"},
		{"text for flag", "scopes:\n- {id: \"a:A\", isolated: \"true\"}\n", world.ReasonWrongKind, "scopes[0].isolated", "2:25"},
		{"text for list", "groups:\n- {id: g, members: user:ann}\n", world.ReasonWrongKind, "groups[0].members", "2:20"},
		{"no id", "users:\n- name: Ann\n", world.ReasonRequired, "users[0].id", "2:3"},
		{"null id", "users:\n- {id: }\n", world.ReasonRequired, "users[0].id", ""},
		{"id with type", "users:\n- id: user:ann\n", "ID_MALFORMED", "users[0].id", "2:7"},
		{"reference without type", "scopes:\n- id: A\n", "REFERENCE_MALFORMED", "scopes[0].id", "2:7"},
		{"member", "groups:\n- id: g\n  members: ['user:a', 'b']\n", "REFERENCE_MALFORMED", "groups[0].members[1]", "3:23"},
		{"status", "users:\n- {id: a, status: off}\n", world.ReasonValue, "users[0].status", "2:19"},
		{"no roles", "policies:\n- {subject: \"user:a\", scope: \"a:A\"}\n", world.ReasonRequired, "policies[0].roles", "2:3"},
		{"no scope", "policies:\n- {subject: \"user:a\", roles: [x]}\n", world.ReasonRequired, "policies[0].scope", "2:3"},
		{
			"expiry", "policies:\n- subject: user:a\n  roles: [x]\n  scope: a:A\n  expires_at: 2027-01-01T00:00:00Z\n",
			world.ReasonNotSupported, "policies[0].expires_at", "5:15",
		},
		{"too deep", "users: " + strings.Repeat("[", 20_000), world.ReasonMalformed, "", "1)"},
		{"too deep in a row", "users:\n" + strings.Repeat("- ", 100), world.ReasonWrongKind, "users[0]", "2:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := world.Parse("w.yaml", []byte(c.text), nil)
			fault, ok := errors.AsType[*iam.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, iam.InvalidArgument, fault.Code)
			assert.Equal(t, c.reason, fault.Reason, fault.Error())
			assert.Equal(t, c.field, fault.Field)
			assert.Contains(t, fault.Message, "(w.yaml:"+c.at)
		})
	}
}

func TestParseReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := world.Parse("w.yaml", []byte("users:\n- {id: a b}\n- {nmae: x}\n"), nil)
	faults, ok := errors.AsType[world.Faults](err)
	require.True(t, ok)
	assert.Len(t, faults, 3)
	assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err))

	_, err = world.Parse("w.yaml", []byte("users:\n"+strings.Repeat("- {nmae: x}\n", 1000)), nil)
	faults, ok = errors.AsType[world.Faults](err)
	require.True(t, ok)
	assert.LessOrEqual(t, len(faults), 40, "nobody reads a thousand times the same mistake")
}

func TestParseBoundsAliases(t *testing.T) {
	t.Parallel()
	text := "groups:\n- {id: g, members: &m [" + strings.Repeat("\"user:a\", ", 2000) + "]}\n" +
		"roles: [" + strings.Repeat("{id: r, permissions: *m}, ", 2000) + "]\n"
	_, err := world.Parse("bomb.yaml", []byte(text), nil)
	assert.Equal(t, world.ReasonMalformed, iam.ReasonOf(err), "%v", err)
}

func TestParseWithModel(t *testing.T) {
	t.Parallel()
	model := tinyModel(t)
	w, err := world.Parse("w.yaml", []byte("policies:\n- {subject: \"user:a\", roles: [writer, viewer], scope: \"org:A\"}\n"), model)
	require.NoError(t, err)
	assert.Equal(t, []iam.RoleID{"reader", "writer"}, w.Policies[0].Roles, "an alias is another name")
	assert.Equal(t, iam.DerivedPolicyID(ref("user:a"), ref("org:A"), []iam.RoleID{"writer", "reader"}), w.Policies[0].ID)

	_, err = world.Parse("w.yaml", []byte("scopes:\n- {id: \"planet:A\"}\n"), model)
	assert.Equal(t, "TYPE_UNKNOWN", iam.ReasonOf(err))
	assert.ErrorContains(t, err, "w.yaml:2:8")
}
