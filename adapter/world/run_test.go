package world_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

const trialFile = `
model: tiny
given: {users: [{id: ann}]}
cases:
- name: all steps
  given: {users: [{id: bob}]}
  when:
  - apply: {users: [{id: eve}]}
  - grant: {subject: user:ann, roles: [admin], scope: account:A}
  - revoke: {subject: "user:ann", roles: [admin], scope: "account:A"}
  - add_members: {group: "team:t", members: ["user:ann"]}
  - remove_members: {group: "team:t", members: ["user:ann"]}
  - delete: ["user:ann", "role:r1"]
  - move: {scope: "workspace:W", parent: "environment:E"}
  - invite: {user: "user:bob", roles: [user], scope: "account:A"}
  - set_status: {subject: "user:ann", status: inactive}
  - migrate_roles: {}
  - delete: ["user:nobody"]
    error: not_found
  then:
    allow: ["user:ann   read account:A"]
    deny: ["user:eve read account:A"]
    can_access: [{subject: "user:ann", permission: read, type: account, exactly: ["account:A"]}]
    who_can: [{permission: read, object: "account:A", exactly: ["user:ann"]}]
    permissions: [{subject: "user:ann", object: "account:A", exactly: [write, read]}]
`

// fake is a door that knows one answer for everything and remembers what was
// done.
type fake struct {
	done   []string
	closed int
	lie    string
}

func (f *fake) Do(_ context.Context, action world.Action) error {
	if action.String() == "delete [user:nobody]" {
		if f.lie == "changes" {
			f.done = append(f.done, "secretly")
		}
		if f.lie == "accepts" {
			return nil
		}
		if f.lie == "code" {
			return iam.Forbidden("IN_USE", "", "", "is in use")
		}
		return fmt.Errorf("delete: %w", iam.Missing("user", "nobody"))
	}
	if f.lie == "refuses" && action == (world.MigrateRoles{}) {
		return errors.New("tired")
	}
	f.done = append(f.done, action.String())
	return nil
}

func (f *fake) State(context.Context) ([]byte, error) { return []byte(strings.Join(f.done, "\n")), nil }
func (f *fake) Close() error                          { f.closed++; return nil }

func (f *fake) Check(_ context.Context, subject iam.Ref, _ string, _ iam.Ref) (world.Answer, error) {
	if f.lie == "error" {
		return world.Answer{}, iam.Invalid("PERMISSION_UNKNOWN", "permission", "read", "is unknown")
	}
	return world.Answer{Allowed: (subject.ID == "ann") != (f.lie == "check"), Reason: "BECAUSE"}, nil
}

func (f *fake) Resources(context.Context, iam.Ref, string, string) ([]iam.Ref, error) {
	if f.lie == "resources" {
		return nil, nil
	}
	return []iam.Ref{ref("account:A")}, nil
}

func (f *fake) Subjects(context.Context, string, iam.Ref) ([]iam.Ref, error) {
	if f.lie == "subjects" {
		return []iam.Ref{ref("user:eve"), ref("user:ann")}, nil
	}
	return []iam.Ref{ref("user:ann")}, nil
}

func (f *fake) Permissions(context.Context, iam.Ref, iam.Ref) ([]string, error) {
	if f.lie == "permissions" {
		return []string{"read", "write", "read"}, nil
	}
	return []string{"write", "read"}, nil
}

// run runs the trial file on a door that lies.
func run(t *testing.T, lie string) (world.Report, *fake) {
	t.Helper()
	file, err := world.ParseFile("trial.yaml", []byte(trialFile))
	require.NoError(t, err)
	door := &fake{lie: lie}
	report := world.Run(t.Context(), file, func(_ context.Context, model string) (world.Door, error) {
		assert.Equal(t, "tiny", model)
		return door, nil
	})
	return report, door
}

func TestRunPasses(t *testing.T) {
	t.Parallel()
	report, door := run(t, "")
	assert.Empty(t, report.Failures())
	assert.Equal(t, 1, report.Passed())
	assert.Equal(t, 1, door.closed)
	assert.Equal(t, []string{
		"apply 2 objects", "apply 1 objects", "grant user:ann admin account:A", "revoke user:ann admin account:A",
		"add_members team:t [user:ann]", "remove_members team:t [user:ann]", "delete [user:ann role:r1]",
		"move workspace:W to environment:E", "invite user:bob [user] account:A", "set_status user:ann inactive", "migrate_roles",
	}, door.done)
}

func TestRunReportsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for lie, wanted := range map[string][]string{
		"check": {
			"user:ann read account:A: wanted allow, got deny (BECAUSE)",
			"user:eve read account:A: wanted deny, got allow (BECAUSE)",
		},
		"error": {
			`user:ann read account:A: wanted allow, got invalid_argument: permission "read": is unknown`,
			`user:eve read account:A: wanted deny, got invalid_argument: permission "read": is unknown`,
		},
		"resources":   {"can_access user:ann read account: wanted [account:A], got [] (missing account:A)"},
		"subjects":    {"who_can read account:A: wanted [user:ann], got [user:ann, user:eve] (extra user:eve)"},
		"permissions": {"permissions user:ann account:A: wanted [read, write], got [read, read, write] (one of them twice)"},
		"accepts":     {"delete [user:nobody]: wanted not_found, got success"},
		"code":        {"delete [user:nobody]: wanted not_found, got failed_precondition: is in use"},
		"changes":     {`delete [user:nobody]: wanted not_found and no change, got error: a change: "secretly" is new`},
		"refuses":     {"migrate_roles: wanted success, got error: tired"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			report, _ := run(t, lie)
			var lines []string
			for _, failure := range report.Failures() {
				lines = append(lines, strings.TrimPrefix(failure.String(), "trial.yaml: all steps: "))
			}
			assert.Equal(t, wanted, lines)
			assert.Equal(t, 1, report.Failed())
			assert.Equal(t, 0, report.Passed())
		})
	}
}

func TestRunGivesEachCaseItsDoor(t *testing.T) {
	t.Parallel()
	text := "model: tiny\ncases:\n" + strings.Repeat("- {name: x, then: {allow: [\"user:ann read account:A\"]}}\n", 9)
	file, err := world.ParseFile("many.yaml", []byte(text))
	require.NoError(t, err)
	doors := make(chan *fake, 9)
	var counted []int
	report := world.Run(t.Context(), file, func(context.Context, string) (world.Door, error) {
		door := &fake{}
		doors <- door
		return door, nil
	}, world.Parallel(3), world.Progress(func(done int) { counted = append(counted, done) }))
	assert.Equal(t, 9, report.Passed())
	assert.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, counted)
	close(doors)
	for door := range doors {
		assert.Equal(t, 1, door.closed)
	}

	report = world.Run(t.Context(), file, func(context.Context, string) (world.Door, error) { return nil, errors.New("no room") })
	assert.Equal(t, 9, report.Failed())

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	report = world.Run(cancelled, file, func(context.Context, string) (world.Door, error) { return &fake{}, nil })
	assert.Equal(t, 9, report.Failed(), "what did not run has not passed")
}
