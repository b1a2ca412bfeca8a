package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/schema"
)

// smallModel is a model that the next ones change.
const smallModel = `model: product
version: 1
types:
  user: {kind: user}
  org: {kind: scope}
  project: {kind: scope, in: [org]}
  file: {kind: resource, in: [project], owners: [user], ownership: guarded}
policies: {subjects: [user]}
custom_roles: {in: [org]}
permissions:
- {name: "doc:read", at: [org, project], description: Read documents}
- {name: "file:read", at: [file], description: Read the file}
roles:
- {id: admin, description: Everything, permissions: ["*"]}
`

// revisions are pairs of an old and a new schema.
func revisions(t *testing.T) map[string][2]string {
	t.Helper()
	edit := func(pairs ...string) string {
		model, err := schema.Load("m.yaml", []byte(strings.NewReplacer(pairs...).Replace(smallModel)))
		require.NoError(t, err)
		return model.Compile()
	}
	old := edit()
	pairs := map[string][2]string{
		"the same": {old, old},
		"a permission more": {old, edit("\nroles:",
			"\n- {name: \"doc:write\", at: [project], description: Write documents}\nroles:")},
		"a role more": {old, edit("roles:\n", "roles:\n- {id: reader, description: Reads, permissions: [\"*:read\"]}\n")},
		"a type more": {old, edit("policies: {subjects: [user]}",
			"  team: {kind: group, in: [org], members: [user]}\npolicies: {subjects: [user, team]}")},
		"a robot more":   {old, edit("  org:", "  robot: {kind: service_account, in: [org]}\n  org:", "subjects: [user]", "subjects: [user, robot]")},
		"other tiers":    {old, edit("guarded", "tiered", "{name: \"file:read\", at: [file], ", "{name: \"file:read\", at: [file], tiers: {all: \"doc:read\", own: \"doc:read\"}, ")},
		"another parent": {old, edit("project: {kind: scope, in: [org]}", "folder: {kind: scope, in: [org]}\n  project: {kind: scope, in: [folder]}")},
	}
	for name, pair := range pairs {
		pairs[name+", and back"] = [2]string{pair[1], pair[0]}
	}
	for from, to := range map[string]string{"scalr-initial": "scalr", "scalr": "scalr-classic", "snapcd": "stackit"} {
		pairs[from+" to "+to] = [2]string{compiled(t, from), compiled(t, to)}
	}
	return pairs
}

func compiled(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(schemas, "compiled", name+".zed"))
	require.NoError(t, err)
	return string(text)
}

// TestUnionCarriesContent changes the schema of an engine that holds one tuple
// for each relation and type of subjects, through the union of both schemas,
// the way content is changed: the old tuples stay, the new ones are added, and
// then the old ones can go.
func TestUnionCarriesContent(t *testing.T) {
	t.Parallel()
	for name, pair := range revisions(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, embedded.Config{})
			engine := spicedb.New(server.Conn(), spicedb.Bookkeeping(), spicedb.HeadReads())
			newOnes := everyTuple(t, start(t, embedded.Config{}), pair[1])
			oldOnes := everyTuple(t, server, pair[0])
			require.NoError(t, engine.WriteSchema(t.Context(), pair[0]))
			change(t, engine, rel.Touch, oldOnes)

			held, err := engine.Schema(t.Context())
			require.NoError(t, err)
			both, err := schema.Union(held, pair[1])
			require.NoError(t, err)
			require.NoError(t, engine.WriteSchema(t.Context(), both))
			assert.ElementsMatch(t, oldOnes, everything(t, engine), "nothing is lost")
			change(t, engine, rel.Touch, newOnes)

			keep := map[rel.Tuple]bool{}
			for _, tuple := range newOnes {
				keep[tuple] = true
			}
			var gone []rel.Tuple
			for _, tuple := range oldOnes {
				if !keep[tuple] {
					gone = append(gone, tuple)
				}
			}
			change(t, engine, rel.Delete, gone)
			require.NoError(t, engine.WriteSchema(t.Context(), pair[1]))
			differences, err := engine.SchemaDifference(t.Context(), pair[1])
			require.NoError(t, err)
			assert.Empty(t, differences)
			assert.ElementsMatch(t, newOnes, everything(t, engine))
		})
	}
}

// everyTuple loads a schema and returns a tuple for each relation and type of
// subjects.
func everyTuple(t *testing.T, server *embedded.Server, text string) []rel.Tuple {
	t.Helper()
	require.NoError(t, server.Engine().WriteSchema(t.Context(), text))
	reflected, err := v1.NewSchemaServiceClient(server.Conn()).ReflectSchema(t.Context(), &v1.ReflectSchemaRequest{Consistency: atHead()})
	require.NoError(t, err)
	var tuples []rel.Tuple
	for _, definition := range reflected.GetDefinitions() {
		if strings.HasPrefix(definition.GetName(), "ambit/") {
			continue // the engine's own
		}
		for _, relation := range definition.GetRelations() {
			for _, subject := range relation.GetSubjectTypes() {
				id := "s"
				if subject.GetIsPublicWildcard() {
					id = rel.Wildcard
				}
				tuples = append(tuples, rel.Tuple{
					Resource:        rel.Object{Type: definition.GetName(), ID: "r"},
					Relation:        relation.GetName(),
					Subject:         rel.Object{Type: subject.GetSubjectDefinitionName(), ID: id},
					SubjectRelation: subject.GetOptionalRelationName(),
				})
			}
		}
	}
	require.NotEmpty(t, tuples)
	return tuples
}

func change(t *testing.T, engine *spicedb.Engine, op rel.Op, tuples []rel.Tuple) {
	t.Helper()
	var write rel.Write
	for _, tuple := range tuples {
		write.Updates = append(write.Updates, rel.Update{Op: op, Tuple: tuple})
	}
	_, err := engine.Write(t.Context(), write)
	require.NoError(t, err)
}

func everything(t *testing.T, engine *spicedb.Engine) []rel.Tuple {
	t.Helper()
	var tuples []rel.Tuple
	for tuple, err := range engine.Read(t.Context(), rel.Filter{}) {
		require.NoError(t, err)
		tuples = append(tuples, tuple)
	}
	return tuples
}

// TestUnionWithForeignTraits: what other programs put into a schema survives
// the way through SpiceDB and Union.
func TestUnionWithForeignTraits(t *testing.T) {
	t.Parallel()
	engine := start(t, embedded.Config{}).Engine()
	require.NoError(t, engine.WriteSchema(t.Context(), `use expiration

caveat office_hours(hour int) {
	hour > 8 && hour < 18
}

definition user {}

/**
 * A guest
 * of nobody, whose comment is too long for one line, so that SpiceDB breaks it into many, which Union has to read
 */
definition guest {
	relation host: user:* with office_hours | guest#host with expiration | user with office_hours and expiration
	/* old style */
	permission visit = host
}`))
	held, err := engine.Schema(t.Context())
	require.NoError(t, err)
	both, err := schema.Union(held, compiled(t, "scalr"))
	require.NoError(t, err)
	require.NoError(t, engine.WriteSchema(t.Context(), both))
	differences, err := engine.SchemaDifference(t.Context(), compiled(t, "scalr"))
	require.NoError(t, err)
	assert.Equal(t, []string{"caveat office_hours should not be there", "definition guest should not be there"}, differences)
}
