package translate_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

func translator(tb testing.TB, model string) *translate.Translator {
	tb.Helper()
	loaded, err := schema.Builtin(model)
	require.NoError(tb, err)
	return translate.New(loaded)
}

func texts(tuples []rel.Tuple) []string {
	out := make([]string, len(tuples))
	for i, tuple := range tuples {
		out[i] = tuple.String()
	}
	slices.Sort(out)
	return out
}

func ref(typeName, id string) iam.Ref { return iam.Ref{Type: typeName, ID: id} }

// active knows every subject as active but those given.
func active(inactive ...iam.Ref) translate.Active {
	return func(subject iam.Ref) bool { return !slices.Contains(inactive, subject) }
}

func TestScope(t *testing.T) {
	t.Parallel()
	account, environment := ref("account", "A"), ref("environment", "E.1")
	scalr := translator(t, "scalr")
	assert.Empty(t, scalr.Scope(iam.Scope{Ref: account, Tenant: account}), "a tenant hangs on nothing")
	assert.Equal(t, []string{"environment:=RS4x#parent@account:A"},
		texts(scalr.Scope(iam.Scope{Ref: environment, Parent: account, Tenant: account})))
	workspace := iam.Scope{Ref: ref("workspace", "W"), Parent: environment, Tenant: account, Isolated: true}
	assert.Equal(t, []string{"workspace:W#isolated_parent@environment:=RS4x", "workspace:W#parent@account:A"}, texts(scalr.Scope(workspace)))

	snapcd := translator(t, "snapcd")
	namespace := iam.Scope{Ref: ref("namespace", "n"), Parent: ref("stack", "s"), Tenant: ref("organization", "o")}
	assert.Equal(t, []string{"namespace:n#parent@stack:s", "stack:s#child@namespace:n"}, texts(snapcd.Scope(namespace)),
		"where permissions are seen from below, the way down is needed too")
}

func TestRole(t *testing.T) {
	t.Parallel()
	scalr := translator(t, "scalr")
	role := iam.Role{ID: "var.admin", Permissions: []string{"variables:read", "webhooks:*"}, Except: []string{"webhooks:delete"}}
	assert.Equal(t, []string{
		"role:=dmFyLmFkbWlu#variables__read@service_account:*",
		"role:=dmFyLmFkbWlu#variables__read@user:*",
		"role:=dmFyLmFkbWlu#webhooks__create@service_account:*",
		"role:=dmFyLmFkbWlu#webhooks__create@user:*",
		"role:=dmFyLmFkbWlu#webhooks__read@service_account:*",
		"role:=dmFyLmFkbWlu#webhooks__read@user:*",
		"role:=dmFyLmFkbWlu#webhooks__update@service_account:*",
		"role:=dmFyLmFkbWlu#webhooks__update@user:*",
	}, texts(scalr.Role(role)))
	assert.Empty(t, scalr.Role(iam.Role{ID: "r", Permissions: []string{"global-scope:read"}}), "what applies nowhere is no tuple")

	based := texts(scalr.Role(iam.Role{ID: "r", Base: "account-min-access", Except: []string{"*"}}))
	assert.Empty(t, based)
}

func TestSystemRoles(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tuples := translator(t, name).SystemRoles()
			require.NotEmpty(t, tuples)
			seen := map[rel.Tuple]bool{}
			for _, tuple := range tuples {
				assert.False(t, seen[tuple], "%s twice", tuple)
				seen[tuple] = true
				assert.Equal(t, schema.DefinitionRole, tuple.Resource.Type)
				assert.Equal(t, rel.Wildcard, tuple.Subject.ID)
			}
		})
	}
	assert.Contains(t, texts(translator(t, "scalr").SystemRoles()), "role:environment-min-access#environments__read@user:*")
	assert.Contains(t, texts(translator(t, "snapcd").SystemRoles()), "role:Owner/stack#stack__read@user:*")
}

func TestBinding(t *testing.T) {
	t.Parallel()
	subjects := []iam.Ref{ref("user", "ann"), ref("user", "off"), ref("service_account", "ci"), ref("team", "dev")}
	scalr := translator(t, "scalr")
	assert.Equal(t, []string{
		"environment:E#role_binding@role_binding:environment/E/=YS5i",
		"role_binding:environment/E/=YS5i#role@role:=YS5i",
		"role_binding:environment/E/=YS5i#subject@service_account:ci",
		"role_binding:environment/E/=YS5i#subject@team:dev#member",
		"role_binding:environment/E/=YS5i#subject@user:ann",
	}, texts(scalr.Binding(ref("environment", "E"), "a.b", subjects, active(ref("user", "off")))))
	assert.Empty(t, scalr.Binding(ref("environment", "E"), "r", subjects[1:2], active(ref("user", "off"))), "nobody active, no binding")
	assert.Empty(t, scalr.Binding(ref("environment", "E"), "r", nil, active()))

	assert.Contains(t, texts(translator(t, "stackit").Binding(ref("organization", "o"), "organization.owner", subjects[:1], active())),
		"organization:o#local_role_binding@role_binding:organization/o/=b3JnYW5pemF0aW9uLm93bmVy", "a role that does not inherit")
	assert.Contains(t, texts(translator(t, "snapcd").Binding(ref("stack", "s"), "Owner", subjects[:1], active())),
		"role_binding:stack/s/Owner#role@role:Owner/stack", "a role whose content differs by scope type")
}

func TestGroup(t *testing.T) {
	t.Parallel()
	group := iam.Group{ID: "dev", Members: []iam.Ref{ref("user", "ann"), ref("user", "off")}}
	assert.Equal(t, []string{"team:dev#member@user:ann"}, texts(translator(t, "scalr").Group(group, active(ref("user", "off")))))
	assert.Empty(t, translator(t, "scalr").Group(iam.Group{ID: "dev"}, active()))
}

func TestOwned(t *testing.T) {
	t.Parallel()
	account := ref("account", "A")
	guarded := translate.Owned{Ref: ref("service_account", "ci"), Scope: account, Tenant: account}
	scalr := translator(t, "scalr")
	place := []string{"service_account:ci#scope@account:A"}
	assert.Equal(t, append(place, "service_account:ci#unowned@service_account:*", "service_account:ci#unowned@user:*"),
		texts(scalr.Owned(guarded, active())), "without owners it is everybody's")
	guarded.Owners = []iam.Ref{ref("team", "dev")}
	assert.Equal(t, []string{"service_account:ci#owner@team:dev#member", place[0]}, texts(scalr.Owned(guarded, active())))
	assert.Equal(t, place, texts(scalr.Owned(guarded, active(guarded.Owners...))), "owners who do not count still own")

	farm := translate.Owned{
		Ref: ref("farm", "f"), Scope: ref("environment", "E"), Tenant: account,
		Owners: []iam.Ref{ref("team", "dev"), ref("team", "other"), ref("user", "ann")},
	}
	assert.Equal(t, []string{
		"farm:f#owner@user:ann", "farm:f#owner_group@team:dev#member", "farm:f#scope@environment:E",
	}, texts(translator(t, "scalr-classic").Owned(farm, active(ref("team", "other")))))
	farm.Owners = nil
	assert.Equal(t, []string{"farm:f#scope@environment:E"}, texts(translator(t, "scalr-classic").Owned(farm, active())))
}

func ids() *rapid.Generator[string] {
	return rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_.@+=-]{0,12}`)
}

// TestBindingOfIsTheInverse: every binding leads back to its scope and role, and
// every scope object to its reference.
func TestBindingOfIsTheInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scope := ref(rapid.SampledFrom([]string{"account", "workspace"}).Draw(t, "type"), ids().Draw(t, "scope"))
		role := iam.RoleID(ids().Draw(t, "role"))
		gotScope, gotRole, err := translate.BindingOf(translate.BindingObject(scope, role).ID)
		require.NoError(t, err)
		require.Equal(t, scope, gotScope)
		require.Equal(t, role, gotRole)
		back, err := translate.Ref(translate.Object(scope))
		require.NoError(t, err)
		require.Equal(t, scope, back)
	})
}

func TestBindingOfRefuses(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "account/A", "account/A/r/x", "account/a.b/r", "account/A/r.s", "account//r"} {
		_, _, err := translate.BindingOf(id)
		assert.Error(t, err, "%q", id)
	}
}

func TestQuestion(t *testing.T) {
	t.Parallel()
	question := translator(t, "scalr").Question(ref("user", "a@b"), "accounts:set-quotas", ref("account", "A"))
	assert.Equal(t, rel.Question{
		Resource: rel.Object{Type: "account", ID: "A"}, Permission: "accounts__set_quotas",
		Subject: rel.Object{Type: "user", ID: "=YUBi"},
	}, question)
}

// TestSubjectsAreOrderless: the order of subjects changes nothing but the order
// of tuples, and a subject more is a tuple more.
func TestSubjectsAreOrderless(t *testing.T) {
	t.Parallel()
	scalr := translator(t, "scalr")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		subjects := make([]iam.Ref, n)
		for i := range subjects {
			subjects[i] = ref("user", fmt.Sprint("u", i))
		}
		mixed := rapid.Permutation(subjects).Draw(t, "order")
		tuples := scalr.Binding(ref("account", "A"), "admin", mixed, active())
		require.Equal(t, texts(scalr.Binding(ref("account", "A"), "admin", subjects, active())), texts(tuples))
		require.Len(t, tuples, n+2)
	})
}
