package adapter_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	whole := adapter.Config{Model: s.Model(), Store: s.store, Engine: s.engine}
	for reason, spoil := range map[string]func(*adapter.Config){
		"MODEL_MISSING":   func(c *adapter.Config) { c.Model = nil },
		"STORE_MISSING":   func(c *adapter.Config) { c.Store = nil },
		"ENGINE_MISSING":  func(c *adapter.Config) { c.Engine = nil },
		"TENANT_REQUIRED": func(c *adapter.Config) { c.Index.Tenants = []iam.Ref{accountA, env1} },
		"MAX_NEGATIVE":    func(c *adapter.Config) { c.Index.Max = -1 },
		"ID_MALFORMED":    func(c *adapter.Config) { c.Index.Tenants = []iam.Ref{ref("account", "")} },
		"OTHER_MODEL":     func(c *adapter.Config) { c.Model = builtin(t, "stackit") },
	} {
		config := whole
		spoil(&config)
		_, err := adapter.New(t.Context(), config)
		assert.Equal(t, reason, iam.ReasonOf(err))
		s.exact(t)
	}
}

// TestClockAndIDs: what a program passes in is used.
func TestClockAndIDs(t *testing.T) {
	t.Parallel()
	s := newAcme(t)
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	a, err := adapter.New(t.Context(), adapter.Config{
		Model: s.Model(), Store: s.store, Engine: s.engine,
		Clock: func() time.Time { return at }, NewID: func() string { return "made" },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	user, _, err := a.CreateUser(t.Context(), iam.User{})
	require.NoError(t, err)
	assert.Equal(t, iam.UserID("made"), user.ID)
	entries, err := a.AuditEntries(t.Context(), adapter.AuditFilter{Limit: 1})
	require.NoError(t, err)
	assert.True(t, at.Equal(entries[0].Time), entries[0].Time)
	assert.Equal(t, s.Model().Compile(), a.Schema())
	assert.Same(t, s.Model(), a.Model())
}

// TestMissingKinds: a model may have no type for a noun at all.
func TestMissingKinds(t *testing.T) {
	t.Parallel()
	stackit := newSystem(t, builtin(t, "stackit"))
	organization, project := ref("organization", "o"), ref("project", "p")
	stackit.apply(t, iam.World{Scopes: []iam.Scope{{Ref: organization}, {Ref: project, Parent: organization}}, Users: []iam.User{{ID: "ann"}}})
	stackit.refuse(t, []refusal{
		invalid("no groups", "KIND_NOT_SUPPORTED", "", func(ctx context.Context, s *system) error {
			_, _, err := s.CreateGroup(ctx, iam.Group{ID: "g", Scope: organization})
			return err
		}),
		invalid("no owners", "OWNERS_NOT_SUPPORTED", "owners", func(ctx context.Context, s *system) error {
			_, _, err := s.CreateServiceAccount(ctx, iam.ServiceAccount{ID: "robot", Scope: project, Owners: []iam.Ref{ann}})
			return err
		}),
	})
	classic := newSystem(t, builtin(t, "scalr-classic"))
	classic.apply(t, iam.World{Scopes: []iam.Scope{{Ref: accountA}}})
	classic.refuse(t, []refusal{invalid("no service accounts", "KIND_NOT_SUPPORTED", "", func(ctx context.Context, s *system) error {
		_, _, err := s.CreateServiceAccount(ctx, iam.ServiceAccount{ID: "robot", Scope: accountA})
		return err
	})})
}

// TestEveryReasonIsTested: a reason that the core can answer with is asked for
// by some test here; a new one fails until somebody provokes it.
func TestEveryReasonIsTested(t *testing.T) {
	t.Parallel()
	reason := regexp.MustCompile(`(?:Invalid|Forbidden|Exists)\(\s*"([A-Z_]+)"|Reason:\s+"([A-Z_]+)"`)
	var code, tests strings.Builder
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.HasSuffix(file, "_test.go") {
			tests.Write(text)
		} else {
			code.Write(text)
		}
	}
	found := reason.FindAllStringSubmatch(code.String(), -1)
	require.Greater(t, len(found), 50)
	var untested []string
	for _, match := range found {
		name := match[1] + match[2]
		if !strings.Contains(tests.String(), `"`+name+`"`) && !slices.Contains(untested, name) {
			untested = append(untested, name)
		}
	}
	assert.Empty(t, untested)
}
