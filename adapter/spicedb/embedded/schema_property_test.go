package embedded_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/authzed/spicedb/pkg/development"
	developer "github.com/authzed/spicedb/pkg/proto/developer/v1"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/schema"
)

// TestEveryValidModelLoads writes models at random, most of them wrong
// somewhere. Whatever validation lets through must compile to a schema that
// SpiceDB takes: a user of the model language never meets SpiceDB's errors.
func TestEveryValidModelLoads(t *testing.T) {
	t.Parallel()
	valid, tried := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		text := randomModel(r)
		tried++
		model, err := schema.Load("m.yaml", []byte(text))
		if err != nil {
			return
		}
		valid++
		context, faults, err := development.NewDevContext(t.Context(), &developer.RequestContext{Schema: model.Compile()})
		if err != nil || len(faults.GetInputErrors()) > 0 {
			r.Fatalf("%v %v\n%s\n%s", err, faults.GetInputErrors(), text, model.Compile())
		}
		context.Dispose()
	})
	if valid == 0 {
		t.Errorf("none of %d models is valid: the test shows nothing", tried)
	}
}

// words are names of types and permissions; some are none.
var words = []string{
	"read", "write", "see", "any", "all", "self", "use", "expiration", "import", "partial", "this", "typechecking", "and",
	"doc:read", "doc:write", "docs.read", "DOC/see", "user", "account", "role_assignment", "nil", "ab", "x-", "holder", "a__b",
}

// randomModel writes a model. Lists may have entries twice and name things that
// do not fit.
func randomModel(r *rapid.T) string {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, 6, rapid.ID[string]).Draw(r, "permissions")
	middle := rapid.SampledFrom(words[:15]).Draw(r, "middle")
	types := []string{"tenant", middle, "leaf", "thing", "robot"}
	var b strings.Builder
	fmt.Fprintf(&b, "model: random\nversion: 1\ntypes:\n  person: {kind: user}\n  tenant: {kind: scope}\n")
	fmt.Fprintf(&b, "  %s: {kind: scope, in: %s%s}\n", middle, list(r, "tenant"), maybe(r, ", isolatable: true"))
	fmt.Fprintf(&b, "  leaf: {kind: scope, in: %s%s}\n", list(r, "tenant", middle), maybe(r, ", isolatable: true"))
	fmt.Fprintf(&b, "  crowd: {kind: group, in: [tenant], members: %s%s%s}\n", list(r, "person", "robot"),
		maybe(r, ", nested_groups: 2"), maybe(r, ", carries: {scopes: [leaf]}"))
	fmt.Fprintf(&b, "  robot: {kind: service_account, in: %s%s}\n", list(r, "tenant", "leaf"), owned(r, "guarded", names))
	fmt.Fprintf(&b, "  thing: {kind: resource, in: %s%s}\n", list(r, "leaf", middle), owned(r, "tiered", names))
	fmt.Fprintf(&b, "policies: {subjects: %s%s}\n", list(r, "person", "crowd", "robot"), maybe(r, ", at: [leaf]"))
	fmt.Fprintf(&b, "custom_roles: {in: [tenant]%s}\nroles:\n", maybe(r, ", inherits: false"))
	fmt.Fprintf(&b, "- {id: one, description: One, permissions: []%s}\npermissions:\n", maybe(r, ", inherits: false"))
	for _, name := range names {
		fmt.Fprintf(&b, "- {name: %q, description: %q, at: %s%s}\n", name, "It\r\n*/ works", list(r, types...), ruleOf(r, names))
	}
	return b.String()
}

// list writes some of the entries, at least one.
func list(r *rapid.T, entries ...string) string {
	some := rapid.SliceOfN(rapid.SampledFrom(entries), 1, 2).Draw(r, "list")
	if rapid.IntRange(0, 40).Draw(r, "twice") > 0 {
		slices.Sort(some)
		some = slices.Compact(some)
	}
	return "[" + strings.Join(some, ", ") + "]"
}

func maybe(r *rapid.T, text string) string {
	if rapid.Bool().Draw(r, text) {
		return text
	}
	return ""
}

func owned(r *rapid.T, ownership string, names []string) string {
	if rapid.Bool().Draw(r, "owned") {
		return ""
	}
	text := fmt.Sprintf(", owners: %s, ownership: %s", list(r, "person", "crowd"), ownership)
	if ownership == "guarded" && rapid.Bool().Draw(r, "bypass") {
		text += fmt.Sprintf(", bypass: %q", rapid.SampledFrom(names).Draw(r, "bypass"))
	}
	return text
}

// ruleOf adds, now and then, a rule to a permission.
func ruleOf(r *rapid.T, names []string) string {
	other := rapid.SampledFrom(names).Draw(r, "other")
	return rapid.SampledFrom([]string{
		"", "", "", "", ", from_below: true", ", any_role: true",
		fmt.Sprintf(", inherit_if: %q", other), fmt.Sprintf(", alias_of: %q", other), fmt.Sprintf(", needs: [%q]", other),
		fmt.Sprintf(", tiers: {all: %q, own: %q}", other, names[0]),
	}).Draw(r, "rule")
}
