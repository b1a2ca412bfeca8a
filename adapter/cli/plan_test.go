package cli_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/cli"
)

const planBase = `
scopes: [{id: "account:A"}, {id: "environment:E", parent: "account:A"}, {id: "workspace:W", parent: "environment:E"}, {id: "workspace:V", parent: "environment:E"}]
users: [{id: ann}, {id: bob}]
groups: [{id: dev, scope: "account:A", members: ["user:ann"]}]
roles: [{id: vars, scope: "account:A", permissions: ["variables:read"]}]
policies: [{subject: "team:dev", roles: [vars], scope: "workspace:W"}]
`

const planChange = `groups: [{id: dev, members: []}]`

const planMore = `policies: [{subject: "user:bob", roles: [vars], scope: "environment:E"}]`

func TestPlan(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.done("apply", "-f", file(t, "base.yaml", planBase))
	change, more := file(t, "change.yaml", planChange), file(t, "more.yaml", planMore)
	want := `- user:ann variables:read workspace:W
+ user:bob variables:read environment:E
+ user:bob variables:read workspace:V
+ user:bob variables:read workspace:W
1 loss, 3 gains: 2 subjects, 3 objects
`
	assert.Equal(t, want, s.done("plan", "-f", change, "-f", more))
	assert.Equal(t, want, s.done("plan", "-f", change, more, "--max-lost", "1", "--limit", "0"))
	assert.Equal(t, "- user:ann variables:read workspace:W\n(and 3 more)\n1 loss, 3 gains: 2 subjects, 3 objects\n", s.done("plan", change, more, "--limit", "1"))

	r := s.run("plan", "-f", change, "--max-lost", "0")
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.Equal(t, "- user:ann variables:read workspace:W\n1 loss, 0 gains: 1 subject, 1 object\n", r.stdout)
	assert.Contains(t, r.stderr, "1 permission would be lost, and --max-lost allows 0")

	var plan struct {
		Gains, Losses, Subjects, Objects int
		Token                            string
		Changes                          []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(s.done("plan", change, "-o", "json")), &plan))
	assert.Equal(t, 1, plan.Losses)
	assert.NotEmpty(t, plan.Token)
	assert.Equal(t, []map[string]any{{"gained": false, "subject": "user:ann", "permission": "variables:read", "object": "workspace:W"}}, plan.Changes)
	assert.Equal(t, cli.ExitDone, s.run("check", "user:ann", "variables:read", "workspace:W").code, "nothing was applied")
}

func TestApplyPlan(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.done("apply", "-f", file(t, "base.yaml", planBase))
	change := file(t, "change.yaml", planChange)
	r := s.run("apply", "--plan", "--max-lost", "0", "-f", change)
	assert.Equal(t, cli.ExitFailed, r.code)
	assert.NotContains(t, r.stdout, "applied")
	s.done("check", "user:ann", "variables:read", "workspace:W")

	assert.Regexp(t, `^- user:ann .*\n1 loss, .*\napplied .*change.yaml: 1 groups\n$`, s.done("apply", "--plan", "-f", change))
	assert.Equal(t, cli.ExitFailed, s.run("check", "user:ann", "variables:read", "workspace:W").code)
	assert.Regexp(t, `^nobody gains or loses anything\napplied `, s.done("apply", "--plan", "--max-lost", "0", "-f", change))
}

func TestPlanMisuse(t *testing.T) {
	t.Parallel()
	s := serve(t)
	broken := file(t, "broken.yaml", "scopes: [{id: account:A]")
	assert.Equal(t, cli.ExitMisuse, s.run("plan", "-f", broken).code)
	assert.Equal(t, cli.ExitMisuse, s.run("plan").code)
	assert.Equal(t, cli.ExitMisuse, s.run("plan", "-f", file(t, "x.yaml", planChange), "--limit", "-1").code)
	assert.Equal(t, cli.ExitMisuse, s.run("apply", "-f", file(t, "y.yaml", planChange), "--max-lost", "0").code)
	r := s.run("plan", "-f", file(t, "z.yaml", planChange))
	assert.Equal(t, cli.ExitFailed, r.code, "what apply would refuse")
	assert.Contains(t, r.stderr, "groups[0]")
}

func TestFilterGroupsAndVia(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.done("apply", "-f", file(t, "base.yaml", planBase))
	s.done("apply", "-f", file(t, "more.yaml", planMore))
	assert.Equal(t, "below environment:E\n", s.done("resources", "user:bob", "variables:read", "workspace", "--filter"))
	assert.Equal(t, "object workspace:W\n", s.done("resources", "user:ann", "variables:read", "workspace", "--filter"))
	assert.JSONEq(t, `{"below": [], "objects": ["workspace:W"]}`, s.done("resources", "user:ann", "variables:read", "workspace", "--filter", "-o", "json"))
	at := []string{"subjects", "variables:read", "workspace:W"}
	assert.Equal(t, "team:dev\nuser:bob\n", s.done(append(at, "--groups")...))
	assert.Equal(t, "user:ann via team:dev: role vars on workspace:W\nuser:bob: role vars on environment:E\n", s.done(append(at, "--via")...))
	assert.Equal(t, "team:dev: role vars on workspace:W\nuser:bob: role vars on environment:E\n", s.done(append(at, "--via", "--groups")...))
	assert.Contains(t, s.done(append(at, "--via", "-o", "json")...), `"chain": [`)
	assert.Equal(t, cli.ExitFailed, s.run(append(at, "--groups", "--type", "user")...).code)
}
