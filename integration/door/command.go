package door

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ambit-iam/ambit/adapter/cli"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// command is the command line as scenarios see it.
type command struct {
	model *schema.Model
	flags []string
	// folder holds the world files that are applied.
	folder string
	close  func() error
}

// Command returns a door to a server of a model through the commands that people
// type. Closing the door calls end.
func Command(model *schema.Model, endpoint, token, folder string, end func() error) world.Door {
	return command{model: model, flags: []string{"--endpoint", endpoint, "--token", token, "-o", "json"}, folder: folder, close: end}
}

// Close lets go of the server.
func (d command) Close() error { return d.close() }

// run runs a command and returns what it printed, or its error.
func (d command) run(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	code := cli.Main(ctx, append(args, d.flags...), strings.NewReader(""), &stdout, &stderr)
	if stderr.Len() == 0 && (code == cli.ExitDone || code == cli.ExitFailed) {
		return stdout.String(), nil
	}
	var complaint struct{ Error *iam.Error }
	if err := json.Unmarshal([]byte(stderr.String()), &complaint); err != nil || complaint.Error == nil {
		return "", fmt.Errorf("ambit %v: exit code %d: %s", args, code, stderr.String())
	}
	return "", complaint.Error
}

// State returns the export.
func (d command) State(ctx context.Context) ([]byte, error) {
	text, err := d.run(ctx, "export")
	return []byte(text), err
}

// Do runs the commands of an action.
func (d command) Do(ctx context.Context, action world.Action) error {
	lines, err := d.commands(action)
	if err != nil {
		return err
	}
	for _, args := range lines {
		if _, err := d.run(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// commands returns the commands that do what an action does.
func (d command) commands(action world.Action) ([][]string, error) {
	switch action := action.(type) {
	case world.Apply:
		return d.apply(action.World)
	case world.Grant:
		return one("policy create", grantFlags(action.Policy)...)
	case world.Revoke:
		return one("policy revoke", grantFlags(action.Policy)...)
	case world.AddMembers:
		return one("group add-members", append([]string{d.group(action.Group)}, texts(action.Members)...)...)
	case world.RemoveMembers:
		return one("group remove-members", append([]string{d.group(action.Group)}, texts(action.Members)...)...)
	case world.Move:
		return one("scope move", text(action.Scope), text(action.Parent))
	case world.Invite:
		return one("user invite", append(grantFlags(iam.Policy{Roles: action.Roles, Scope: action.Scope}), text(action.User))...)
	case world.SetStatus:
		kind := kindOf(d.model, action.Subject)
		if kind != schema.KindUser && kind != schema.KindServiceAccount {
			return nil, unknown(action)
		}
		return one(noun(kind)+" update", action.Subject.ID, "--status", string(action.Status))
	case world.MigrateRoles:
		return one("role migrate")
	case world.Delete:
		return d.delete(action)
	}
	return nil, unknown(action)
}

func one(name string, args ...string) ([][]string, error) {
	return [][]string{append(strings.Fields(name), args...)}, nil
}

// group is as in api.
func (d command) group(ref iam.Ref) string { return api{model: d.model}.group(ref) }

func (d command) apply(w iam.World) ([][]string, error) {
	content, err := world.FormatJSON(w, nil)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(d.folder, "world.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, err
	}
	return one("apply", file)
}

func (d command) delete(action world.Delete) ([][]string, error) {
	var all [][]string
	for _, ref := range action.Refs {
		kind, id := kindOf(d.model, ref), ref.ID
		switch kind {
		case "":
			return nil, unknown(action)
		case schema.KindScope, schema.KindResource:
			id = text(ref)
		}
		all = append(all, []string{noun(kind), "delete", id})
	}
	return all, nil
}

// noun returns the command of a kind.
func noun(kind schema.Kind) string { return strings.ReplaceAll(string(kind), "_", "-") }

func grantFlags(policy iam.Policy) []string {
	roles := make([]string, len(policy.Roles))
	for i, role := range policy.Roles {
		roles[i] = string(role)
	}
	flags := []string{"--roles", strings.Join(roles, ","), "--scope", text(policy.Scope)}
	if !policy.Subject.IsZero() {
		flags = append(flags, "--subject", text(policy.Subject))
	}
	if policy.ID != "" {
		flags = append(flags, "--id", string(policy.ID))
	}
	return flags
}

// Check asks with the default freshness, which has seen every step.
func (d command) Check(ctx context.Context, subject iam.Ref, permission string, object iam.Ref) (answer world.Answer, err error) {
	err = d.ask(ctx, &answer, "check", text(subject), permission, text(object))
	return answer, err
}

// Resources returns all pages, which the command fetches.
func (d command) Resources(ctx context.Context, subject iam.Ref, permission, typeName string) ([]iam.Ref, error) {
	return d.refs(ctx, "resources", text(subject), permission, typeName)
}

// Subjects returns all pages, which the command fetches.
func (d command) Subjects(ctx context.Context, permission string, object iam.Ref) ([]iam.Ref, error) {
	return d.refs(ctx, "subjects", permission, text(object))
}

// Permissions returns all of them.
func (d command) Permissions(ctx context.Context, subject, object iam.Ref) (permissions []string, err error) {
	err = d.ask(ctx, &permissions, "permissions", text(subject), text(object))
	return permissions, err
}

func (d command) refs(ctx context.Context, args ...string) ([]iam.Ref, error) {
	var found []string
	if err := d.ask(ctx, &found, args...); err != nil {
		return nil, err
	}
	return refs(found)
}

// ask runs a command and reads the JSON that it prints.
func (d command) ask(ctx context.Context, answer any, args ...string) error {
	printed, err := d.run(ctx, args...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(printed), answer)
}
