package schema_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/schema"
)

// load returns a model that must be valid.
func load(t testing.TB, text string) *schema.Model {
	t.Helper()
	model, err := schema.Load("m.yaml", []byte(text))
	require.NoError(t, err)
	return model
}

// head begins small models: an organization with projects.
const head = `model: product
version: 1
types:
  user: {kind: user}
  org: {kind: scope}
  project: {kind: scope, in: [org]}
policies: {subjects: [user]}
`

func TestLoadSetsDefaults(t *testing.T) {
	t.Parallel()
	model := load(t, head+"custom_roles: {in: [org]}\nroles: [{id: guest, description: Waits}]\n")
	assert.Equal(t, 1, model.Policies.MaxRoles)
	assert.Equal(t, schema.InUseRefuse, model.CustomRoles.InUse)
	assert.Equal(t, []string{"org", "project"}, model.PolicyTypes())
	assert.Equal(t, []string{"org", "project"}, model.AssignableAt(model.Role("guest")))
	assert.True(t, model.RoleInherits("guest"))
	assert.True(t, model.RoleInherits("a custom role"))
}

func TestLoadReadsAnchors(t *testing.T) {
	t.Parallel()
	model := load(t, strings.Replace(head, "policies:", "  stack: &below {kind: scope, in: [org]}\n  space: *below\npolicies:", 1))
	assert.Equal(t, []string{"user", "org", "project", "space", "stack"}, model.TypeNames())
	for _, name := range model.TypeNames() {
		assert.Equal(t, name, model.Type(name).Name, "types of one anchor keep their own name")
	}
}

func TestLoadReadsByteOrderMarkAndWindowsLines(t *testing.T) {
	t.Parallel()
	model := load(t, "\ufeff"+strings.ReplaceAll(head, "\n", "\r\n"))
	assert.Equal(t, load(t, head).Compile(), model.Compile())
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	_, err := schema.Builtin("nowhere")
	assert.ErrorContains(t, err, "scalr-initial", "the error lists what there is")
	for _, name := range schema.BuiltinNames() {
		model, err := schema.Builtin(name)
		require.NoError(t, err)
		assert.Equal(t, name, model.Name)
		golden, err := schema.Golden(name)
		require.NoError(t, err)
		assert.Equal(t, model.Compile(), golden)
	}
}

func TestEveryTypeHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		model := builtin(t, name)
		order := model.TypeNames()
		for i, scope := range order {
			for _, parent := range model.Type(scope).In {
				if model.Type(scope).Kind == schema.KindScope {
					assert.Less(t, slices.Index(order, parent), i, "%s: %s before %s", name, parent, scope)
				}
			}
		}
	}
}

// FuzzLoad holds that no text makes Load panic, that every refusal says what and
// where, and that what is accepted compiles, the same way each time.
func FuzzLoad(f *testing.F) {
	for _, text := range faults(f) {
		f.Add([]byte(text))
	}
	for _, name := range schema.BuiltinNames() {
		text, err := os.ReadFile("models/" + name + ".yaml")
		require.NoError(f, err)
		f.Add(text)
	}
	for _, path := range ruleFiles(f) {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		model, err := schema.Load("m.yaml", text)
		if err != nil {
			checkProblems(t, err)
			return
		}
		if compiled := model.Compile(); compiled != model.Compile() {
			t.Error("compiled twice, two schemas")
		}
		if model.Reference() == "" || !schema.Diff(model, model).Empty() {
			t.Error("the model differs from itself, or cannot be described")
		}
	})
}

func checkProblems(t *testing.T, err error) {
	t.Helper()
	var problems schema.Problems
	require.ErrorAs(t, err, &problems)
	require.NotEmpty(t, problems)
	for i, p := range problems {
		if p.Message == "" || p.Line < 1 || p.Column < 1 || p.File != "m.yaml" {
			t.Errorf("a problem that says too little: %#v", p)
		}
		if i > 0 && (problems[i-1].Line > p.Line || problems[i-1].Line == p.Line && problems[i-1].Column > p.Column) {
			t.Errorf("out of order: %v before %v", problems[i-1], p)
		}
	}
}
