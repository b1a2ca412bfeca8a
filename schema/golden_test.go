package schema_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/schema"
)

// TestCompiledSchemasAreFresh holds the compiled schemas in git against the
// models. AMBIT_UPDATE=1 writes them anew.
func TestCompiledSchemasAreFresh(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		model, err := schema.Builtin(name)
		require.NoError(t, err)
		path := filepath.Join("compiled", name+".zed")
		if os.Getenv("AMBIT_UPDATE") != "" {
			require.NoError(t, os.WriteFile(path, []byte(model.Compile()), 0o600))
			continue
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), model.Compile(), "%s is stale; run make generate", path)
	}
}

func TestEveryCompiledSchemaHasItsModel(t *testing.T) {
	t.Parallel()
	require.Equal(t, schema.BuiltinNames(), schema.CompiledNames())
}
