package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authzed/spicedb/pkg/development"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// schemas is where the models and what they compile to are.
const schemas = "../../../schema"

// TestCompiledSchemasLoad writes every compiled schema that is kept in git to a
// server, one after the other, and reads it back.
func TestCompiledSchemasLoad(t *testing.T) {
	t.Parallel()
	engine := start(t, embedded.Config{}).Engine()
	for _, pattern := range []string{"/compiled/*.zed", "/testdata/rules/*.zed"} {
		for _, path := range files(t, schemas+pattern) {
			text := read(t, path)
			require.NoError(t, engine.WriteSchema(t.Context(), text), path)
			held, err := engine.Schema(t.Context())
			require.NoError(t, err)
			for _, comment := range comments(text) {
				require.Contains(t, held, comment, "%s: people read the comments in SpiceDB", path)
			}
		}
	}
}

// comments returns the words of the comments of a schema; SpiceDB sets their
// signs anew.
func comments(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "/") {
			found = append(found, strings.TrimSpace(strings.Trim(line, "/*")))
		}
	}
	return found
}

// TestAssertions does what "zed validate" does: it loads a schema and some
// relationships and asks what must and what must not follow. Roles in these
// files hold what the roles of the model hold.
func TestAssertions(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := read(t, schemas+"/compiled/"+name+".assertions.yaml")
			context, faults, err := development.NewDevContextForYAML(t.Context(), []byte(text),
				development.WithSourceFS(os.DirFS(schemas+"/compiled")))
			require.NoError(t, err)
			require.Empty(t, faults.GetInputErrors())
			t.Cleanup(context.DevContext.Dispose)
			require.GreaterOrEqual(t, len(context.Assertions.AssertTrue), 5)
			require.GreaterOrEqual(t, len(context.Assertions.AssertFalse), 5)
			failures, err := development.RunAllAssertions(context.DevContext, &context.Assertions)
			require.NoError(t, err)
			for _, failure := range failures {
				t.Errorf("%s.assertions.yaml:%d: %s", name, failure.GetLine(), failure.GetMessage())
			}
			_, unexpected, err := development.RunValidation(context.DevContext, &context.ExpectedRelations)
			require.NoError(t, err)
			assert.Empty(t, unexpected)
			checkRoles(t, name, text)
		})
	}
}

// checkRoles holds the tuples of system roles in a file against the model.
func checkRoles(t *testing.T, name, text string) {
	t.Helper()
	model, err := schema.Builtin(name)
	require.NoError(t, err)
	held := map[string]bool{}
	for _, tuple := range translate.New(model).SystemRoles() {
		held[tuple.String()] = true
	}
	checked := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "role:") || strings.HasPrefix(line, "role:my-") {
			continue
		}
		assert.True(t, held[line], "%s: the model has no %s", name, line)
		checked++
	}
	assert.Positive(t, checked)
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, paths, pattern)
	return paths
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
