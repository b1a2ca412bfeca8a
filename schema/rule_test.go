package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/schema"
)

// TestRulesCompile holds a tiny model of each rule against the schema that it
// compiles to, so that every rule can be seen alone. AMBIT_UPDATE=1 writes the
// schemas anew.
func TestRulesCompile(t *testing.T) {
	t.Parallel()
	for _, path := range ruleFiles(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		model, err := schema.Load(path, text)
		require.NoError(t, err)
		golden(t, strings.TrimSuffix(path, ".yaml")+".zed", model.Compile())
	}
}

// TestEveryRuleHasAModel also finds a compiled schema without its model.
func TestEveryRuleHasAModel(t *testing.T) {
	t.Parallel()
	rules := map[string]bool{}
	for _, path := range ruleFiles(t) {
		rules[filepath.Base(path)[:2]] = true
	}
	assert.Len(t, rules, 15)
	compiled, err := filepath.Glob("testdata/rules/*.zed")
	require.NoError(t, err)
	assert.Len(t, compiled, len(ruleFiles(t)))
}

func ruleFiles(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/rules/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	return paths
}

// golden holds a text against a file, or writes the file with AMBIT_UPDATE=1.
func golden(t testing.TB, path, text string) {
	t.Helper()
	if os.Getenv("AMBIT_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "%s is stale; run make generate", path)
}
