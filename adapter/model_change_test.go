package adapter_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

const smallModel = `
model: small
version: 1
types:
  user: {kind: user}
  org: {kind: scope}
  team: {kind: group, in: [org], members: [user]}
  site: {kind: scope, in: [org]}
policies: {subjects: [user, team], max_roles: 2}
custom_roles: {in: [org]}
permissions:
- {name: "site:read", at: [site], description: See it}
- {name: "site:edit", at: [site], description: Change it}
roles:
- {id: reader, description: Reads, permissions: ["site:read"]}
- {id: editor, description: Edits, permissions: ["site:*"]}
`

// reopened starts an adapter on a database file with a model, on a new engine.
func reopened(t *testing.T, path, text string) (*adapter.Adapter, error) {
	t.Helper()
	ctx := context.Background()
	model, err := schema.Load("small.yaml", []byte(text))
	require.NoError(t, err)
	store, err := sqlstore.OpenSQLite(ctx, path, sqlstore.Config{Subjects: sqlstore.SubjectsOf(model)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	server, err := embedded.Start(ctx, embedded.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	a, err := adapter.New(ctx, adapter.Config{Model: model, Store: store, Engine: server.Engine()})
	if err == nil {
		t.Cleanup(func() { require.NoError(t, a.Close()) })
	}
	return a, err
}

// filled makes a database with one policy of each role and a custom role.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ambit.db")
	a, err := reopened(t, path, smallModel)
	require.NoError(t, err)
	org, site := iam.Ref{Type: "org", ID: "o"}, iam.Ref{Type: "site", ID: "s"}
	_, err = a.Apply(context.Background(), iam.World{
		Scopes: []iam.Scope{{Ref: org}, {Ref: site, Parent: org}},
		Users:  []iam.User{{ID: "ann"}, {ID: "bob"}},
		Roles:  []iam.Role{{ID: "all", Scope: org, Permissions: []string{"site:*"}}},
		Policies: []iam.Policy{
			{Subject: iam.Ref{Type: "user", ID: "ann"}, Scope: site, Roles: []iam.RoleID{"reader"}},
			{Subject: iam.Ref{Type: "user", ID: "bob"}, Scope: org, Roles: []iam.RoleID{"all"}},
		},
	})
	require.NoError(t, err)
	require.NoError(t, a.Close())
	return path
}

func TestChangedModelReachesStoredRoles(t *testing.T) {
	t.Parallel()
	grown := strings.Replace(smallModel, "version: 1", "version: 2", 1)
	grown = strings.Replace(grown, "roles:\n- {id: reader", "- {name: \"site:burn\", at: [site], description: Burn it}\nroles:\n- {id: reader", 1)
	a, err := reopened(t, filled(t), grown)
	require.NoError(t, err)
	for user, want := range map[string]bool{"bob": true, "ann": false} {
		decision, err := a.Check(context.Background(), adapter.CheckRequest{
			Subject: iam.Ref{Type: "user", ID: user}, Permission: "site:burn", Object: iam.Ref{Type: "site", ID: "s"},
		}, adapter.Freshness{})
		require.NoError(t, err)
		require.Equal(t, want, decision.Allowed, "%s: a pattern follows the catalogue", user)
	}
}

func TestModelThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	newer := strings.Replace(smallModel, "version: 1", "version: 2", 1)
	cases := map[string]struct{ model, reason, names string }{
		"another model":       {strings.Replace(smallModel, "model: small", "model: other", 1), "OTHER_MODEL", "small"},
		"role is gone":        {strings.Replace(newer, `- {id: reader, description: Reads, permissions: ["site:read"]}`+"\n", "", 1), "MODEL_ORPHANS", "reader"},
		"role is not offered": {strings.Replace(newer, "description: Reads,", "description: Reads, assignable: [org],", 1), "MODEL_ORPHANS", "user:ann at site:s"},
		"no custom roles":     {strings.Replace(newer, "custom_roles: {in: [org]}\n", "", 1), "MODEL_ORPHANS", "role all"},
		"patterns match nothing": {
			strings.NewReplacer("site:read", "area:read", "site:edit", "area:edit", "site:*", "area:*").Replace(newer), "MODEL_ORPHANS", "site:*",
		},
		"type is gone": {strings.NewReplacer("site: {kind: scope, in: [org]}", "area: {kind: scope, in: [org]}", "[site]", "[area]").Replace(newer), "MODEL_ORPHANS", "site:s"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := reopened(t, filled(t), c.model)
			require.Equal(t, iam.FailedPrecondition, iam.CodeOf(err))
			require.Equal(t, c.reason, iam.ReasonOf(err))
			require.ErrorContains(t, err, c.names)
		})
	}
}

func TestOlderModelIsRefused(t *testing.T) {
	t.Parallel()
	path := filled(t)
	a, err := reopened(t, path, strings.Replace(smallModel, "version: 1", "version: 3", 1))
	require.NoError(t, err)
	require.NoError(t, a.Close())
	_, err = reopened(t, path, smallModel)
	require.Equal(t, "MODEL_OLDER", iam.ReasonOf(err))
}
