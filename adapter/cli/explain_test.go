package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/cli"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.done("apply", file(t, "world.yaml", `
scopes: [{id: "account:A"}, {id: "environment:E", parent: "account:A"}]
users: [{id: ann}, {id: bob}]
groups: [{id: dev, scope: "account:A", members: ["user:ann"]}]
policies: [{id: p1, subject: "team:dev", roles: [admin], scope: "account:A"}]
`))
	yes := s.run("explain", "user:ann", "modules:read", "environment:E")
	require.Equal(t, cli.ExitDone, yes.code, yes.stderr)
	assert.Contains(t, yes.stdout, "yes (GRANTED): user:ann modules:read environment:E\n")
	assert.Contains(t, yes.stdout, "team:dev holds role admin (Administrator) at account:A by policy p1\n")

	picture := filepath.Join(t.TempDir(), "why.svg")
	no := s.run("explain", "user:bob", "modules:read", "environment:E", "-o", "json", "--svg", picture)
	require.Equal(t, cli.ExitFailed, no.code, no.stderr)
	var answer struct {
		Allowed     bool
		Reason      string
		Denials     []struct{ Cause string }
		Suggestions []struct{ Steps []struct{ Text string } }
	}
	require.NoError(t, json.Unmarshal([]byte(no.stdout), &answer))
	assert.False(t, answer.Allowed)
	assert.Equal(t, "NO_GRANT", answer.Reason)
	assert.Equal(t, "NO_POLICY", answer.Denials[0].Cause)
	assert.NotEmpty(t, answer.Suggestions[0].Steps[0].Text)
	svg, err := os.ReadFile(picture)
	require.NoError(t, err)
	assert.Contains(t, string(svg), "<svg ")

	wrong := s.run("explain", "user:bob", "nothing", "environment:E")
	assert.NotEqual(t, cli.ExitDone, wrong.code)
	assert.Contains(t, wrong.stderr, "is no permission of the model scalr")
	nowhere := s.run("explain", "user:ann", "modules:read", "environment:E", "--svg", filepath.Join(t.TempDir(), "no", "file.svg"))
	assert.NotEqual(t, cli.ExitDone, nowhere.code)
}
