package schema_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/schema"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"modules:read", "modules:read", true},
		{"modules:read", "modules:reader", false},
		{"*", "anything", true},
		{"*", "", true},
		{"", "", true},
		{"", "x", false},
		{"*:*", "modules:read", true},
		{"*:*", "login", false},
		{"*:read", "modules:read", true},
		{"*:read", "plans:read-json-output", false},
		{"modules:*", "modules:", true},
		{"modules:*", "sub-modules:read", false},
		{"iaas.*", "iaas.server.nic.list", true},
		{"iaas.*", "iaas", false},
		{"Runner*Supply.*", "RunnerStackSupply.Read", true},
		{"Runner*Supply.*", "RunnerSupply.Read", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "abbc", true},
		{"a*b*c", "acbbc", true},
		{"a*b*c", "acb", false},
		{"**", "x", true},
		{"Modules:*", "modules:read", false},
	} {
		assert.Equal(t, c.want, schema.Match(c.pattern, c.name), "%q on %q", c.pattern, c.name)
	}
}

// TestMatchIsARegularExpression holds Match against the obvious translation.
func TestMatchIsARegularExpression(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab:.*]{0,7}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab:.]{0,9}`).Draw(t, "name")
		text := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
		if want := regexp.MustCompile(`^(?s:` + text + `)$`).MatchString(name); schema.Match(pattern, name) != want {
			t.Fatalf("Match(%q, %q) is %t", pattern, name, !want)
		}
	})
}

func TestMatches(t *testing.T) {
	t.Parallel()
	model := load(t, head+`permissions:
- {name: "doc:read", at: [org], description: Read}
- {name: login, at: [org], alias_of: "doc:read", description: Sign in}
patterns: [{name: "page:*", at: [org]}]
`)
	for pattern, want := range map[string]bool{
		"doc:read": true, "doc:*": true, "*": true, "page:*": true,
		"login": false, "log*": false, "page:read": false, "": false,
	} {
		assert.Equal(t, want, model.Matches(pattern), pattern)
	}
}
