package index_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/schema"
)

// models returns the models that ship, and one for each rule of the language.
func models(tb testing.TB) map[string]*schema.Model {
	tb.Helper()
	found := map[string]*schema.Model{}
	for _, name := range schema.BuiltinNames() {
		found[name] = builtin(tb, name)
	}
	files, err := filepath.Glob("../../schema/testdata/rules/*.yaml")
	require.NoError(tb, err)
	require.Greater(tb, len(files), 14)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		model, err := schema.Load(file, text)
		require.NoError(tb, err)
		found[filepath.Base(file)] = model
	}
	return found
}

func builtin(tb testing.TB, name string) *schema.Model {
	tb.Helper()
	model, err := schema.Builtin(name)
	require.NoError(tb, err)
	return model
}

// TestSchemasAreRead: whatever the compiler writes, the index understands.
func TestSchemasAreRead(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		x := index.New(model)
		assert.Zero(t, x.Skipped(), name)
		assert.NotEmpty(t, x.Forms(), name)
	}
}
