package schema_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/schema"
)

func TestIdentifier(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"modules:read":                     "modules__read",
		"FARMS/launch-terminate":           "farms__launch_terminate",
		"OWN_FARMS":                        "own_farms",
		"iaas.server.public-ip.add":        "iaas__server__public_ip__add",
		"Module.Read":                      "module__read",
		"NamespaceRoleAssignment.Create":   "namespaceroleassignment__create",
		"plans:read-json-output":           "plans__read_json_output",
		"größe:ändern":                     "gr__e___ndern",
		"":                                 "",
		"a b\tc":                           "a_b_c",
		"service_account":                  "service_account",
		"workspaces:link-ssh-key/anything": "workspaces__link_ssh_key__anything",
	} {
		assert.Equal(t, want, schema.Identifier(name), name)
	}
}

// accepted is SpiceDB's rule for names of relations.
var accepted = regexp.MustCompile(`^[a-z][a-z0-9_]{1,62}[a-z0-9]$`)

// FuzzIdentifier holds that a name which Load accepts as a permission is a name
// for SpiceDB, and so is its part that reaches below a scope.
func FuzzIdentifier(f *testing.F) {
	for _, seed := range []string{"modules:read", "FARMS/x", "é", "a.b-c", "nil", "ab", "doc:", "K:read", "parent", strings.Repeat("a", 60)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		identifier := schema.Identifier(name)
		if identifier != schema.Identifier(identifier) {
			t.Errorf("%q: %q is not what it becomes itself", name, identifier)
		}
		quoted := "'" + strings.ReplaceAll(name, "'", "''") + "'"
		model, err := schema.Load("m.yaml", []byte(head+"permissions:\n- {name: "+quoted+", at: [org], description: It}\n"))
		if err != nil {
			return
		}
		identifier = schema.Identifier(model.Permissions[0].Name)
		if !accepted.MatchString(identifier) || !accepted.MatchString(identifier+"__inheritable") {
			t.Errorf("%q is accepted and becomes %q", name, identifier)
		}
	})
}

func TestIdentifiersOfEveryModelLeadBack(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		spelled := map[string]string{}
		for _, p := range builtin(t, name).Permissions {
			identifier := schema.Identifier(p.Name)
			assert.Empty(t, spelled[identifier], "%s: %s and %s", name, spelled[identifier], p.Name)
			spelled[identifier] = p.Name
			assert.Regexp(t, accepted, identifier)
		}
	}
}
