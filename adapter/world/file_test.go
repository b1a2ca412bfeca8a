package world_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

func TestParseFileRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, field, reason string }{
		"no yaml":        {"model: [", "", world.ReasonMalformed},
		"no model":       {"cases: []", "model", world.ReasonRequired},
		"no cases":       {"model: x", "cases", world.ReasonRequired},
		"unknown key":    {"model: x\ncases: [{name: a, than: {}}]", "cases[0].than", world.ReasonUnknownKey},
		"key twice":      {"model: x\ncases: [{name: a, name: b}]", "cases[0].name", world.ReasonDuplicateKey},
		"wrong kind":     {"model: x\ncases: [{name: a, then: {allow: x}}]", "cases[0].then.allow", world.ReasonWrongKind},
		"unknown step":   {"model: x\ncases: [{name: a, when: [{explode: {}}]}]", "cases[0].when[0].explode", world.ReasonUnknownKey},
		"typo in a step": {"model: x\ncases: [{name: a, when: [{grant: {sbject: \"user:a\"}, error: invalid_argument}]}]", "cases[0].when[0].grant.sbject", world.ReasonUnknownKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := world.ParseFile("s.yaml", []byte(c.text))
			fault, ok := errors.AsType[*iam.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.field, fault.Field)
			assert.Equal(t, c.reason, fault.Reason, fault.Error())
			assert.Contains(t, fault.Message, "(s.yaml:")
		})
	}
}

// TestValuesAreFaultsOfTheirCase: a file with a case that means nothing is read,
// and its other cases run.
func TestValuesAreFaultsOfTheirCase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, failure string }{
		"no name":      {"then: {}", "cases[0]: cases[0].name: wanted a valid value, got invalid_argument: is required (s.yaml:3:3)"},
		"no step":      {"name: a\n  when: [{error: aborted}]", "a: cases[0].when[0]: wanted a valid value, got invalid_argument: a step does exactly one of"},
		"two steps":    {"name: a\n  when: [{delete: [], migrate_roles: {}}]", `a: cases[0].when[0]: wanted a valid value, got invalid_argument: "delete, migrate_roles": a step does`},
		"advance":      {"name: a\n  when: [{advance: 2h}]", "a: cases[0].when[0].advance: wanted a valid value, got invalid_argument: the clock comes"},
		"expiry":       {"name: a\n  given: {policies: [{subject: user:a, roles: [r], scope: a:A, expires_at: 2027-01-01T00:00:00Z}]}", "a: cases[0].given.policies[0].expires_at: wanted a valid value, got invalid_argument: time-limited policies"},
		"unknown code": {"name: a\n  when: [{delete: [], error: NOT_FOUND}]", `a: cases[0].when[0].error: wanted a valid value, got invalid_argument: "NOT_FOUND": an error is one of`},
		"status":       {"name: a\n  given: {users: [{id: a, status: off}]}", `a: cases[0].given.users[0].status: wanted a valid value, got invalid_argument: "off": a status is active or inactive (s.yaml:4:35)`},
		"id":           {"name: a\n  given: {users: [{id: \"user:a\"}]}", "a: cases[0].given.users[0].id: wanted a valid value, got invalid_argument: "},
		"reference":    {"name: a\n  when: [{delete: [bob]}]", "a: cases[0].when[0].delete[0]: wanted a valid value, got invalid_argument: "},
		"question":     {"name: a\n  then: {allow: [user:ann read]}", `a: cases[0].then.allow[0]: wanted a valid value, got invalid_argument: "user:ann read": a question is written: subject permission object (s.yaml:4:18)`},
		"question ref": {"name: a\n  then: {allow: [ann read a:A]}", `a: cases[0].then.allow[0]: wanted a valid value, got invalid_argument: "ann": `},
		"no exactly":   {"name: a\n  then: {who_can: [{permission: r, object: \"a:A\"}]}", "a: cases[0].then.who_can[0].exactly: wanted a valid value, got invalid_argument: is required; [] wants nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, doors := runText(t, "model: tiny\ncases:\n- "+c.text+"\n- {name: sound, then: {allow: [\"user:ann read a:A\"]}}\n")
			require.Len(t, report.Failures(), 1)
			assert.Contains(t, report.Failures()[0].String(), "s.yaml: "+c.failure)
			assert.Equal(t, 1, report.Passed(), "the other case")
			assert.Equal(t, 1, doors, "a case that means nothing needs no system")
		})
	}
}

func TestValuesOfTheFilesGivenFailEveryCase(t *testing.T) {
	t.Parallel()
	report, doors := runText(t, "model: tiny\ngiven: {users: [{id: a b}]}\ncases:\n- {name: one}\n- {name: two, then: {deny: [x]}}\n")
	assert.Equal(t, 2, report.Failed())
	require.Len(t, report.Failures(), 3)
	assert.Equal(t, "given.users[0].id", report.Failures()[0].Question)
	assert.Equal(t, "given.users[0].id", report.Failures()[1].Question)
	assert.Equal(t, "cases[1].then.deny[0]", report.Failures()[2].Question)
	assert.Zero(t, doors)
}

// runText runs a file on doors that know one answer, and returns how many were
// opened.
func runText(t *testing.T, text string) (world.Report, int) {
	t.Helper()
	file, err := world.ParseFile("s.yaml", []byte(text))
	require.NoError(t, err)
	doors := 0
	report := world.Run(t.Context(), file, func(context.Context, string) (world.Door, error) {
		doors++
		return &fake{}, nil
	})
	return report, doors
}

func TestGivenIsOneWorld(t *testing.T) {
	t.Parallel()
	const file = "users: [{id: ann}], policies: [{subject: user:ann, roles: [r, s], scope: a:A}]"
	for own, applied := range map[string][]string{
		"":                              {"apply 2 objects"},
		"users: [{id: bob}]":            {"apply 3 objects"},
		"groups: [{id: ann}]":           {"apply 3 objects"},
		"users: [{id: ann}, {id: bob}]": {"apply 2 objects", "apply 2 objects"},
		"policies: [{subject: user:ann, roles: [s, r], scope: a:A}]":        {"apply 2 objects", "apply 1 objects"},
		"policies: [{subject: user:ann, roles: [s], scope: a:A}]":           {"apply 3 objects"},
		"policies: [{id: p, subject: user:ann, roles: [s, r], scope: a:A}]": {"apply 3 objects"},
	} {
		text := "model: tiny\ngiven: {" + file + "}\ncases: [{name: a, given: {" + own + "}}]\n"
		parsed, err := world.ParseFile("s.yaml", []byte(text))
		require.NoError(t, err)
		door := &fake{}
		report := world.Run(t.Context(), parsed, func(context.Context, string) (world.Door, error) { return door, nil })
		assert.Empty(t, report.Failures())
		assert.Equal(t, applied, door.done, own)
	}
}

func TestStepsMayExpectWhatCannotBeSaid(t *testing.T) {
	t.Parallel()
	text := `
model: tiny
cases:
- name: malformed
  when:
  - apply: {users: [{id: "user:ann"}]}
    error: %s
`
	for code, failed := range map[string]int{"invalid_argument": 0, "not_found": 1} {
		file, err := world.ParseFile("s.yaml", fmt.Appendf(nil, text, code))
		require.NoError(t, err)
		door := &fake{}
		report := world.Run(t.Context(), file, func(context.Context, string) (world.Door, error) { return door, nil })
		assert.Equal(t, failed, report.Failed(), code)
		assert.Empty(t, door.done)
	}
}

func TestSharedScenarioFilesParse(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../schema/scenarios/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := world.ParseFile(name, data)
		require.NoError(t, err)
		assert.NotEmpty(t, file.Cases)
	}
}
