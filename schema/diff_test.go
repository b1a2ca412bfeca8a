package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/schema"
)

// first is the model that the tests change.
const first = `model: product
version: 1
types:
  user: {kind: user}
  org: {kind: scope}
  folder: {kind: scope, in: [org]}
  project: {kind: scope, in: [org, folder]}
  file: {kind: resource, in: [project], owners: [user], ownership: guarded}
policies: {subjects: [user]}
custom_roles: {in: [org]}
permissions:
- {name: "doc:read", at: [org, project], description: Read documents}
- {name: "doc:write", at: [project], description: Write documents}
- {name: "doc:print", at: [project], description: Print documents}
- {name: "file:read", at: [file], description: Read the file}
roles:
- {id: admin, description: Everything, permissions: ["*"]}
- {id: reader, description: Reads, permissions: ["*:read"]}
- {id: printer, description: Prints, permissions: ["doc:print"], assignable: [org, project]}
- {id: writer, description: Writes, permissions: ["doc:write"]}
`

// second is what it becomes.
const second = `model: product
version: 2
types:
  user: {kind: user}
  org: {kind: scope}
  project: {kind: scope, in: [org], isolatable: true}
  space: {kind: scope, in: [org]}
  file: {kind: resource, in: [project], owners: [user], ownership: guarded, max_owners: {user: 1}}
policies: {subjects: [user], max_roles: 2}
custom_roles: {in: [org], inherits: false}
permissions:
- {name: "doc:read", at: [project, space], description: Read documents and see them}
- {name: "doc:write", at: [project], description: Write documents}
- {name: "doc:share", at: [project], description: Share documents}
- {name: "file:read", at: [file], description: Read the file}
roles:
- {id: admin, description: Every thing, permissions: ["*"]}
- {id: viewer, aliases: [reader], description: Reads, permissions: ["*:read"], inherits: false}
- {id: printer, description: Prints, permissions: ["doc:read"], assignable: [project]}
`

const differs = `product version 1 -> product version 2

types
  + space
  - folder
  ~ file max_owners: none -> {user: 1}
  ~ project in: [org, folder] -> [org]
  ~ project isolatable: false -> true

permissions
  + doc:share
  - doc:print
  ~ doc:read at: [org, project] -> [project, space]

roles
  + viewer
  - writer
  ~ printer assignable: [org, project] -> [project]
  ~ reader is now an alias of viewer
  ~ reader inherits: true -> false
  ~ reader aliases: none -> [reader]

switches
  ~ policies max_roles: 1 -> 2
  ~ custom_roles inherits: true -> false

what it means for policies and custom roles
  policies with admin at a scope of type org gain doc:share
  policies with admin at a scope of type org lose doc:print
  policies with admin at a scope of type project gain doc:share
  policies with admin at a scope of type project lose doc:print
  policies with printer at a scope of type project gain doc:read
  policies with printer at a scope of type project lose doc:print
  doc:read, held by admin, viewer, printer, custom roles with it, now holds at space
  doc:read, held by admin, viewer, printer, custom roles with it, no longer holds at org
  custom roles with * gain doc:share
  custom roles with * lose doc:print

what stored data must not use any more
  type folder: delete its objects first
  project in folder: move or delete such objects first
  permission doc:print: take it out of custom roles first
  role writer: take it out of policies first
  role admin at a scope of type folder: take such policies away first
  role reader at a scope of type folder: take such policies away first
  role printer at a scope of type org: take such policies away first
  custom roles at a scope of type folder: take such policies away first
`

func TestDiff(t *testing.T) {
	t.Parallel()
	d := schema.Diff(load(t, first), load(t, second))
	assert.Equal(t, differs, d.String())
	assert.Equal(t, schema.Orphans{
		Types:       []string{"folder"},
		Roles:       []string{"writer"},
		Permissions: []string{"doc:print"},
		Assignments: []schema.Assignment{{Role: "admin", ScopeType: "folder"}, {Role: "reader", ScopeType: "folder"},
			{Role: "printer", ScopeType: "org"}, {ScopeType: "folder"}},
		Places: []schema.Place{{Type: "project", In: "folder"}},
	}, d.Orphans)
	assert.False(t, d.Empty())
}

func TestDiffOfWords(t *testing.T) {
	t.Parallel()
	before := load(t, first)
	text := strings.NewReplacer("Read documents", "See documents", "version: 1", "version: 2", `["*"]`, `["*", "doc:*"]`).Replace(first)
	d := schema.Diff(before, load(t, text))
	assert.True(t, d.Empty(), d)
	assert.Equal(t, "product version 1 -> product version 2\nnothing changes for anybody\n", d.String())
}

// TestDiffOfEveryModel holds that no model differs from itself, and that the two
// models of one product do.
func TestDiffOfEveryModel(t *testing.T) {
	t.Parallel()
	for _, name := range schema.BuiltinNames() {
		d := schema.Diff(builtin(t, name), builtin(t, name))
		assert.True(t, d.Empty(), d)
	}
	d := schema.Diff(builtin(t, "scalr-initial"), builtin(t, "scalr"))
	assert.Contains(t, d.Types.Added, "service_account")
	assert.Contains(t, d.Switches, schema.Change{Name: "policies", Details: []string{
		"subjects: [user, team] -> [user, team, service_account]", "at: [account, environment] -> [account, environment, workspace]",
		"max_roles: 1 -> 128",
	}})
	assert.Empty(t, d.Orphans.Types)
}

// TestDiffFindsEveryLoss removes custom roles, and turns a permission that roles
// hold into one that follows from another.
func TestDiffFindsEveryLoss(t *testing.T) {
	t.Parallel()
	before := load(t, first)
	after := load(t, strings.NewReplacer("custom_roles: {in: [org]}\n", "",
		`"doc:print", at: [project]`, `"doc:print", at: [project], alias_of: "doc:write"`,
		`["doc:print"], assignable`, `[], assignable`,
		"file: {kind: resource, in: [project], owners", "file: {kind: service_account, in: [project], owners",
	).Replace(first))
	o := schema.Diff(before, after).Orphans
	assert.Equal(t, []string{"doc:print"}, o.Permissions)
	assert.Equal(t, []string{"file"}, o.Types)
	assert.Equal(t, []schema.Assignment{{ScopeType: "org"}, {ScopeType: "folder"}, {ScopeType: "project"}}, o.Assignments)
	back := schema.Diff(after, before)
	assert.Empty(t, back.Orphans.Assignments)
}

func TestPatternChanges(t *testing.T) {
	t.Parallel()
	changes := schema.PatternChanges(load(t, first), load(t, second), []string{"doc:*", "file:*", "doc:print", "nothing:*"})
	assert.Equal(t, []schema.PatternChange{
		{Pattern: "doc:*", Gained: []string{"doc:share"}, Lost: []string{"doc:print"}},
		{Pattern: "doc:print", Lost: []string{"doc:print"}},
	}, changes)
}
