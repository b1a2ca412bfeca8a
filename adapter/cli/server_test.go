package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/cli"
)

const acme = `scopes:
- {id: "account:A", name: Acme}
- {id: "environment:E1", parent: "account:A"}
- {id: "workspace:W1", parent: "environment:E1"}
users:
- {id: ann, email: ann@example.com}
- {id: bob}
groups:
- {id: dev, scope: "account:A", members: ["user:ann"]}
roles:
- {id: varadm, scope: "account:A", permissions: ["variables:*"]}
policies:
- {subject: "team:dev", roles: [user], scope: "environment:E1"}
`

func TestWorldThereAndBack(t *testing.T) {
	t.Parallel()
	s := serve(t)
	world := file(t, "acme.yaml", acme)
	assert.Equal(t, "applied "+world+": 3 scopes, 2 users, 1 groups, 1 roles, 1 policies\n", s.done("apply", "-f", world))
	assert.Equal(t, acme, s.done("export"))
	assert.Contains(t, s.done("apply", world, "--batch", "2", "-o", "json"), `"applied": true`)
	assert.Equal(t, acme, s.done("export", "-o", "yaml"), "applying twice changes nothing")
	assert.NotContains(t, s.done("export", "--tenant", "account:A"), "bob", "nothing in the tenant names him")

	to := filepath.Join(t.TempDir(), "acme.json")
	assert.Empty(t, s.done("export", "-o", to))
	text, err := os.ReadFile(to)
	require.NoError(t, err)
	assert.True(t, json.Valid(text))
	r := ambitWith(t, string(text), append([]string{"apply", "-f", "-"}, s.flags...)...)
	assert.Equal(t, cli.ExitDone, r.code, r.stderr)
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.run("apply", file(t, "w.yaml", "users:\n- {id: ann}\n- {nmae: Bob}\n"))
	assert.Equal(t, cli.ExitMisuse, r.code, "an unreadable file")
	assert.Contains(t, r.stderr, "w.yaml:3:4")
	assert.Contains(t, r.stderr, "ambit: users[1].nmae: unknown key")

	r = s.run("apply", file(t, "w.yaml", acme+"- {subject: \"user:nobody\", roles: [user], scope: \"account:A\"}\n"))
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "nobody")
	assert.Equal(t, "{}\n", s.done("export"), "all or nothing")

	r = ambit(t, "export", s.flags[0], s.flags[1], "--token", "another-secret")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "AMBIT_TOKEN")
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.done("apply", file(t, "acme.yaml", acme))

	assert.Equal(t, "yes (GRANTED)\n", s.done("check", "user:ann", "workspaces:read", "workspace:W1"))
	r := s.run("check", "user:bob", "workspaces:read", "workspace:W1")
	assert.Equal(t, result{code: cli.ExitFailed, stdout: "no (NO_GRANT)\n"}, r)
	r = s.run("check", "user:bob", "workspaces:read", "workspace:W1", "--full", "-o", "json")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stdout, `"allowed": false`)
	r = s.run("check", "user:bob", "workspaces:raed", "workspace:W1")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "ambit: permission \"workspaces:raed\"")

	assert.Contains(t, strings.Split(s.done("permissions", "user:ann", "workspace:W1"), "\n"), "workspaces:read")
	assert.Equal(t, "workspace:W1\n", s.done("resources", "user:ann", "workspaces:read", "workspace"))
	assert.Equal(t, "user:ann\n", s.done("subjects", "workspaces:read", "workspace:W1"))
	assert.Equal(t, "[]\n", s.done("resources", "user:bob", "workspaces:read", "workspace", "-o", "json"))
	assert.Equal(t, "- user:ann\n", s.done("subjects", "workspaces:read", "workspace:W1", "--type", "user", "-o", "yaml"))
	assert.Contains(t, s.done("schema", "show"), "definition account")
	assert.Contains(t, s.done("audit", "--limit", "2"), "ACTION")
}

func TestNouns(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.done("scope", "create", "account:A", "--name", "Acme")
	s.done("scope", "create", "environment:E1", "--parent", "account:A")
	s.done("scope", "create", "environment:E2", "--parent", "account:A")
	s.done("scope", "create", "workspace:W1", "--parent", "environment:E1")
	assert.Contains(t, s.done("scope", "move", "workspace:W1", "environment:E2"), "environment:E2")
	assert.Contains(t, s.done("scope", "isolate", "workspace:W1"), "isolated:")
	assert.NotContains(t, s.done("scope", "isolate", "workspace:W1", "--off"), "isolated:")
	assert.Equal(t, "ID              PARENT     NAME  ISOLATED\nenvironment:E1  account:A\nenvironment:E2  account:A\n", s.done("scope", "list", "--parent", "account:A"))

	s.done("user", "create", "ann", "--email", "ann@example.com")
	assert.Contains(t, s.done("user", "update", "ann", "--status", "inactive", "--name", "Ann"), "inactive")
	assert.Contains(t, s.done("user", "invite", "user:bob", "--roles", "user", "--scope", "account:A"), "user:bob")
	s.done("group", "create", "dev", "--scope", "account:A", "--members", "user:ann,user:bob")
	assert.NotContains(t, s.done("group", "remove-members", "dev", "user:ann"), "user:ann")
	assert.Contains(t, s.done("group", "add-members", "dev", "user:ann"), "user:ann")
	assert.NotContains(t, s.done("group", "update", "dev", "--members", ""), "user:", "an empty list empties")
	s.done("service-account", "create", "ci", "--scope", "account:A", "--owners", "team:dev")
	assert.Contains(t, s.done("service-account", "list", "-o", "json"), `"team:dev"`)

	s.done("role", "create", "varadm", "--scope", "account:A", "--permissions", "variables:*")
	assert.Contains(t, s.done("role", "get", "varadm"), "variables:update")
	assert.Contains(t, s.done("role", "list", "--limit", "3"), "PERMISSIONS")
	assert.Contains(t, s.done("role", "migrate"), "migrated 0 policies")
	s.done("policy", "create", "--id", "mine", "--subject", "team:dev", "--roles", "varadm", "--scope", "environment:E1")
	assert.Contains(t, s.done("policy", "update", "mine", "--roles", "varadm,read-only"), "read-only, varadm")
	s.done("policy", "revoke", "--subject", "team:dev", "--roles", "varadm", "--scope", "environment:E1")
	assert.Equal(t, "deleted policy mine\n", s.done("policy", "delete", "mine"))
	assert.Equal(t, "deleted role varadm\n", s.done("role", "delete", "varadm"))
}

func TestNounErrors(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.run("user", "get", "nobody")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "nobody")

	r = s.run("user", "update", "nobody")
	assert.Equal(t, cli.ExitMisuse, r.code)
	assert.Contains(t, r.stderr, "nothing to change")

	r = s.run("user", "get", "nobody", "-o", "json")
	assert.Contains(t, r.stderr, `"code":"NOT_FOUND"`, "programs get code and reason")

	s.done("user", "create", "ann")
	r = s.run("user", "update", "ann", "--name", "Ann", "--etag", "77")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Contains(t, r.stderr, "read it again")
}

// TestApplyLeavesAStatusAlone: what a file does not mention stays, and what it
// says arrives.
func TestApplyLeavesAStatusAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, c := range []struct{ user, status string }{
		{"{id: ann}", "active"},
		{"{id: ann, status: inactive}", "inactive"},
		{"{id: ann, name: Ann}", "inactive"},
		{"{id: ann, status: active}", "active"},
	} {
		s.done("apply", file(t, "w.yaml", "users: ["+c.user+"]\n"))
		assert.Contains(t, s.done("user", "get", "ann", "-o", "yaml"), "status: "+c.status+"\n", c.user)
	}
}
