package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/cli"
)

const scenario = `model: scalr
given: {scopes: [{id: account:A}, {id: environment:E1, parent: account:A}]}
cases:
- name: every step
  given:
    users: [{id: ann}, {id: bob}]
    groups: [{id: t, scope: account:A, members: []}]
    roles: [{id: r1, scope: account:A, permissions: [environments:read]}]
    service_accounts: [{id: ci, scope: account:A}]
  when:
  - apply: {scopes: [{id: environment:E2, parent: account:A}, {id: workspace:W1, parent: environment:E1}]}
  - grant: {subject: user:ann, roles: [user], scope: environment:E1}
  - grant: {subject: user:ann, roles: [user], scope: environment:E1}
    error: already_exists
  - grant: {subject: user:ann, roles: [ghost], scope: environment:E1}
    error: not_found
  - move: {scope: workspace:W1, parent: environment:E2}
  - add_members: {group: team:t, members: [user:ann]}
  - remove_members: {group: team:t, members: [user:ann]}
  - invite: {user: user:eve, roles: [admin], scope: account:A}
  - set_status: {subject: user:eve, status: inactive}
  - set_status: {subject: service_account:ci, status: inactive}
  - delete: [role:r1]
  - migrate_roles: {}
  - revoke: {subject: user:ann, roles: [user], scope: environment:E1}
  - grant: {subject: user:ann, roles: [read-only], scope: environment:E2}
  then:
    allow: ["user:ann workspaces:read workspace:W1"]
    deny: ["user:ann environments:read environment:E1", "user:eve accounts:read account:A"]
    can_access: [{subject: user:ann, permission: workspaces:read, type: workspace, exactly: [workspace:W1]}]
    who_can: [{permission: workspaces:read, object: workspace:W1, exactly: [user:ann]}]
    permissions: [{subject: user:bob, object: workspace:W1, exactly: []}]
- name: wrong
  given: {users: [{id: ann}]}
  then: {allow: ["user:ann environments:read environment:E1"]}
`

// otherKinds asks what the command line cannot: its nouns have the type.
const otherKinds = `- name: other kinds
  given: {users: [{id: ann}], groups: [{id: t, scope: account:A}]}
  when:
  - remove_members: {group: user:ann, members: [user:ann]}
    error: invalid_argument
  - set_status: {subject: team:t, status: inactive}
    error: invalid_argument
  - invite: {user: team:t, roles: [user], scope: account:A}
    error: invalid_argument
  - invite: {user: service_account:t, roles: [user], scope: account:A}
    error: invalid_argument
`

func TestTest(t *testing.T) {
	t.Parallel()
	path := file(t, "s.yaml", scenario+otherKinds)
	r := ambit(t, "test", path, "-v")
	assert.Equal(t, cli.ExitFailed, r.code, r.stderr)
	assert.Equal(t, "ok    "+path+": every step\n"+
		"FAIL  "+path+": wrong: user:ann environments:read environment:E1: wanted allow, got deny (NO_GRANT)\n"+
		"ok    "+path+": other kinds\n"+
		"2 passed, 1 failed\n", r.stdout)

	right, _, _ := strings.Cut(scenario, "- name: wrong")
	r = ambit(t, "test", file(t, "right.yaml", right), "--coverage")
	assert.Equal(t, cli.ExitDone, r.code, r.stdout)
	assert.Contains(t, r.stdout, "scalr: no case gives admin at a scope of type environment\n")
	assert.Contains(t, r.stdout, "scalr: no case touches the rule 8, isolated scopes\n")
	assert.NotContains(t, r.stdout, "no case asks for workspaces:read\n")
	assert.Regexp(t, `\nscalr: \d+ of \d+ permissions, \d+ of \d+ roles at their scope types, 0 of 7 rules\n1 passed, 0 failed\n$`, r.stdout)
}

func TestTestRefusesFiles(t *testing.T) {
	t.Parallel()
	bad := file(t, "bad.yaml", "model: scalr\ncases: [{nmae: x}]\n")
	for _, c := range []struct{ path, stderr string }{
		{bad, "bad.yaml:2:10"},
		{"nowhere.yaml", "nowhere.yaml"},
		{file(t, "model.yaml", "model: nowhere\ncases: []\n"), "no model is called"},
		{file(t, "half.yaml", "model: scalr\ncases: [\n"), "half.yaml:"},
	} {
		r := ambit(t, "test", c.path, file(t, "good.yaml", "model: scalr\ncases: []\n"), "--coverage")
		assert.Equal(t, cli.ExitMisuse, r.code)
		assert.Contains(t, r.stderr, c.stderr)
		assert.True(t, strings.HasSuffix(r.stdout, " rules\n0 passed, 0 failed\n"), r.stdout)
	}
}

func TestTestRunsWhatItCanRead(t *testing.T) {
	t.Parallel()
	good := file(t, "good.yaml", `model: scalr
cases:
- {name: right, then: {deny: ["user:ann environments:read environment:E1"]}}
- {name: wrong, then: {allow: ["user:ann environments:read environment:E1"]}}
- {name: later, when: [{advance: 2h}]}
`)
	r := ambit(t, "test", "nowhere.yaml", good, file(t, "bad.yaml", "cases: []\n"))
	assert.Equal(t, cli.ExitMisuse, r.code, "a failure must not hide that a file was not read")
	assert.Contains(t, r.stderr, "nowhere.yaml")
	assert.Contains(t, r.stderr, "model: is required")
	assert.Contains(t, r.stdout, "FAIL  "+good+": wrong: user:ann environments:read environment:E1: wanted allow, got deny")
	assert.Contains(t, r.stdout, "FAIL  "+good+": later: cases[2].when[0].advance: ")
	assert.True(t, strings.HasSuffix(r.stdout, "\n1 passed, 2 failed\n"), r.stdout)
}

// TestTestFindsTheModelBesideTheFile: from wherever ambit test is called.
func TestTestFindsTheModelBesideTheFile(t *testing.T) {
	t.Parallel()
	r := ambit(t, "test", "../../examples/own-model/scenarios.yaml")
	assert.Equal(t, cli.ExitDone, r.code, r.stdout+r.stderr)
}
