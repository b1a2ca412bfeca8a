package world_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// tree is a world with something of each kind for the model scalr.
const tree = `scopes: [{id: account:A}, {id: environment:E, parent: account:A}, {id: workspace:W, parent: environment:E}]`

// TestCoverRules has for each rule a case that touches it, and one that comes
// near.
func TestCoverRules(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct{ model, touches, near string }{
		"3, custom roles with a base": {"scalr", "given: {roles: [{id: r, scope: account:A, base: admin}]}", "given: {roles: [{id: r, scope: account:A, permissions: [a:b]}]}"},
		"3, custom roles with except": {"scalr", "when: [{apply: {roles: [{id: r, except: [a:b]}]}}]", "when: [{apply: {roles: [{id: r, except: []}]}}]"},
		"8, isolated scopes":          {"scalr", "given: {scopes: [{id: environment:I, parent: account:A, isolated: true}]}, then: {deny: [user:a environments:read environment:I]}", "given: {scopes: [{id: environment:I, isolated: true}]}, then: {deny: [user:a environments:read environment:E]}"},
		"11, guarded ownership":       {"scalr", "given: {service_accounts: [{id: s, scope: account:A, owners: [team:t]}]}, then: {deny: [user:a service-accounts:read service_account:s]}", "given: {service_accounts: [{id: s, scope: account:A}]}, then: {deny: [user:a service-accounts:read service_account:s]}"},
		"11, bypass of guarded ownership": {
			"scalr", "given: {roles: [{id: b, permissions: [ownership:bypass]}], service_accounts: [{id: s, scope: account:A, owners: [team:t]}]}, when: [{grant: {subject: user:a, roles: [b], scope: account:A}}], then: {can_access: [{subject: user:a, permission: service-accounts:read, type: service_account, exactly: []}]}",
			"given: {service_accounts: [{id: s, scope: account:A, owners: [team:t]}]}, when: [{grant: {subject: user:a, roles: [user], scope: account:A}}], then: {deny: [user:a service-accounts:read service_account:s]}",
		},
		"12, inherit only if (inherit_if)": {
			"scalr", "given: {policies: [{subject: user:a, roles: [admin], scope: account:A}]}, then: {permissions: [{subject: user:a, object: environment:E, exactly: [modules:read]}]}",
			"given: {policies: [{subject: user:a, roles: [admin], scope: environment:E}]}, then: {allow: [user:a modules:read environment:E]}",
		},
		"13, aliases of permissions":                                    {"scalr", "then: {deny: [user:a login account:A]}", "then: {deny: [user:a accounts:read account:A]}"},
		"4, roles with another content per scope type (permissions_at)": {"snapcd", "when: [{invite: {user: user:a, roles: [Owner], scope: organization:O}}]", "when: [{delete: [user:a]}]"},
		"10, permissions seen from below (from_below)": {
			"snapcd", "given: {scopes: [{id: stack:S}, {id: namespace:N}], policies: [{subject: user:a, roles: [Owner], scope: namespace:N}]}, when: [{move: {scope: namespace:N, parent: stack:S}}], then: {allow: [user:a Stack.Read stack:S]}",
			"given: {scopes: [{id: stack:S}], policies: [{subject: user:a, roles: [Owner], scope: stack:S}]}, then: {allow: [user:a Stack.Read stack:S]}",
		},
		"5, roles that stay at their scope (inherits: false)": {
			"scalr-classic", "given: {groups: [{id: t, scope: account:A, roles: [full-access]}]}, then: {deny: [user:a access environment:E]}",
			"given: {groups: [{id: t, scope: environment:E, roles: [full-access]}]}, then: {deny: [user:a access environment:E]}",
		},
		"7, needs in the same role": {
			"scalr-classic", "given: {roles: [{id: r, permissions: [FARMS/update]}]}, then: {deny: [user:a FARMS/update environment:E]}",
			"given: {roles: [{id: r, permissions: [FARMS, FARMS/update]}]}, then: {deny: [user:a FARMS/update environment:E]}",
		},
		"9, permissions of any role holder (any_role)": {"scalr-classic", "then: {deny: [user:a access environment:E]}", "then: {deny: [user:a FARMS environment:E]}"},
		"11, tiered ownership": {
			"scalr-classic", "given: {resources: [{id: farm:F, scope: environment:E, owners: [user:a]}]}, then: {allow: [user:a farm/see farm:F]}",
			"given: {resources: [{id: farm:F, scope: environment:E}]}, then: {allow: [user:a farm/see farm:F]}",
		},
		"14, groups that carry roles":                         {"scalr-classic", "given: {groups: [{id: t, roles: [full-access]}]}", "given: {groups: [{id: t, roles: []}]}"},
		"6, aliases of roles":                                 {"stackit", "when: [{grant: {subject: user:a, roles: [viewer], scope: project:P}}]", "when: [{grant: {subject: user:a, roles: [reader], scope: project:P}}]"},
		"6, replaced roles and their migration (replaced_by)": {"stackit", "when: [{grant: {subject: user:a, roles: [REPLACED], scope: project:P}}, {migrate_roles: {}}]", "when: [{migrate_roles: {}}]"},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			model, err := schema.Builtin(c.model)
			require.NoError(t, err)
			assert.NotContains(t, untouched(t, model, c.touches), rule)
			assert.Contains(t, untouched(t, model, c.near), rule)
		})
	}
}

// untouched returns the rules that a case does not touch.
func untouched(t *testing.T, model *schema.Model, text string) []string {
	t.Helper()
	if i := slices.IndexFunc(model.Roles, func(r *schema.Role) bool { return r.ReplacedBy != "" }); i >= 0 {
		text = strings.ReplaceAll(text, "REPLACED", model.Roles[i].ID)
	}
	file, err := world.ParseFile("s.yaml", []byte("model: x\ngiven: {"+tree+"}\ncases: [{name: a, "+text+"}]\n"))
	require.NoError(t, err)
	require.Empty(t, file.Cases[0].Wrong)
	return world.Cover(model, file).Rules
}
