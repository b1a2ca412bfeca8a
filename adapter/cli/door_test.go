package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// commandDoor is the command line as scenarios see it.
type commandDoor struct{ session }

// command runs a command and returns what it printed, or its error.
func (d commandDoor) command(args ...string) (string, error) {
	r := d.run(append(args, "-o", "json")...)
	if r.stderr == "" {
		return r.stdout, nil
	}
	var complaint struct{ Error iam.Error }
	if err := json.Unmarshal([]byte(r.stderr), &complaint); err != nil {
		return "", fmt.Errorf("ambit %v: %s", args, r.stderr)
	}
	return "", &complaint.Error
}

func (d commandDoor) Close() error { return nil }

func (d commandDoor) State(context.Context) ([]byte, error) {
	text, err := d.command("export")
	return []byte(text), err
}

func (d commandDoor) Do(_ context.Context, action world.Action) error {
	if apply, ok := action.(world.Apply); ok {
		text, err := world.FormatJSON(apply.World, nil)
		if err != nil {
			return err
		}
		_, err = d.command("apply", file(d.TB, "world.json", string(text)))
		return err
	}
	for _, args := range commandOf(action) {
		if _, err := d.command(args...); err != nil {
			return err
		}
	}
	return nil
}

// commandOf returns the commands that do what an action does.
func commandOf(action world.Action) [][]string {
	switch action := action.(type) {
	case world.Grant:
		return [][]string{append([]string{"policy", "create"}, grantFlags(action.Policy)...)}
	case world.Revoke:
		return [][]string{append([]string{"policy", "revoke"}, grantFlags(action.Policy)...)}
	case world.AddMembers:
		return [][]string{append([]string{"group", "add-members", action.Group.ID}, texts(action.Members)...)}
	case world.RemoveMembers:
		return [][]string{append([]string{"group", "remove-members", action.Group.ID}, texts(action.Members)...)}
	case world.Move:
		return [][]string{{"scope", "move", action.Scope.String(), action.Parent.String()}}
	case world.Invite:
		policy := iam.Policy{Roles: action.Roles, Scope: action.Scope}
		return [][]string{append([]string{"user", "invite", action.User.String()}, grantFlags(policy)...)}
	case world.SetStatus:
		return [][]string{{nounOf(action.Subject.Type), "update", action.Subject.ID, "--status", string(action.Status)}}
	case world.MigrateRoles:
		return [][]string{{"role", "migrate"}}
	case world.Delete:
		var all [][]string
		for _, ref := range action.Refs {
			all = append(all, []string{nounOf(ref.Type), "delete", identifier(ref)})
		}
		return all
	}
	return nil
}

// nounOf returns the command of a type of the model scalr.
func nounOf(typeName string) string {
	switch typeName {
	case "user", "role", "policy":
		return typeName
	case "team":
		return "group"
	case "service_account":
		return "service-account"
	}
	return "scope"
}

func identifier(ref iam.Ref) string {
	if nounOf(ref.Type) == "scope" {
		return ref.String()
	}
	return ref.ID
}

func grantFlags(policy iam.Policy) []string {
	roles := make([]string, len(policy.Roles))
	for i, role := range policy.Roles {
		roles[i] = string(role)
	}
	flags := []string{"--roles", strings.Join(roles, ","), "--scope", policy.Scope.String()}
	if !policy.Subject.IsZero() {
		flags = append(flags, "--subject", policy.Subject.String())
	}
	return flags
}

func texts(refs []iam.Ref) []string {
	all := make([]string, len(refs))
	for i, ref := range refs {
		all[i] = ref.String()
	}
	return all
}

func (d commandDoor) Check(_ context.Context, subject iam.Ref, permission string, object iam.Ref) (answer world.Answer, err error) {
	text, err := d.command("check", subject.String(), permission, object.String())
	if err == nil {
		err = json.Unmarshal([]byte(text), &answer)
	}
	return answer, err
}

func (d commandDoor) Resources(_ context.Context, subject iam.Ref, permission, typeName string) ([]iam.Ref, error) {
	return d.refs("resources", subject.String(), permission, typeName)
}

func (d commandDoor) Subjects(_ context.Context, permission string, object iam.Ref) ([]iam.Ref, error) {
	return d.refs("subjects", permission, object.String())
}

func (d commandDoor) Permissions(_ context.Context, subject, object iam.Ref) (permissions []string, err error) {
	text, err := d.command("permissions", subject.String(), object.String())
	if err == nil {
		err = json.Unmarshal([]byte(text), &permissions)
	}
	return permissions, err
}

func (d commandDoor) refs(args ...string) ([]iam.Ref, error) {
	text, err := d.command(args...)
	if err != nil {
		return nil, err
	}
	var texts []string
	if err := json.Unmarshal([]byte(text), &texts); err != nil {
		return nil, err
	}
	refs := make([]iam.Ref, len(texts))
	for i, text := range texts {
		if refs[i], err = iam.ParseRef("", text); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// TestScenariosThroughCommands asks what ambit test asks, of a server, through
// the commands that people type.
func TestScenariosThroughCommands(t *testing.T) {
	t.Parallel()
	shared, err := os.ReadFile("../../schema/scenarios/scalr.yaml")
	require.NoError(t, err)
	for name, text := range map[string]string{"own": scenario, "shared": string(shared)} {
		file, err := world.ParseFile(name, []byte(text))
		require.NoError(t, err)
		if len(file.Cases) > 20 && testing.Short() {
			file.Cases = file.Cases[:20]
		}
		report := world.Run(t.Context(), file, func(context.Context, string) (world.Door, error) {
			return commandDoor{serve(t)}, nil
		})
		for _, failure := range report.Failures() {
			assert.Equal(t, "wrong", failure.Case, "%s", failure)
		}
		assert.NotZero(t, report.Passed())
	}
}
