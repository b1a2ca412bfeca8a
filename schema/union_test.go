package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/schema"
)

// heldZed is written the way SpiceDB writes.
const heldZed = `use expiration

caveat office_hours(hour int) {
	hour > 8 && hour < 18
}

/** A person. */
definition user {}

/**
 * A long comment
 * of two lines
 */
definition farm {
	relation owner: user | team#member

	// not for long
	permission read = owner
}

definition team {
	relation member: user | user:* with office_hours | user with expiration

	/** leads */
	relation lead: user with office_hours and expiration
	relation read: user
	permission see = member + lead
}`

const wantedZed = `// The new model.

/** A person. */
definition user {
}

/** A robot. */
definition robot {
}

/** Some people. */
definition team {
	relation member: robot | user | team#member
	// who sees it
	permission read = member
	permission see = member
}
`

const bothZed = `use expiration

// The new model.

/** A person. */
definition user {}

/** A robot. */
definition robot {}

/** Some people. */
definition team {
	relation member: robot | user | team#member | user:* with office_hours | user with expiration
	// who sees it
	permission read = member
	permission see = member
	// kept while content is changed; nothing looks at it
	relation lead: user with office_hours and expiration
}

// kept while content is changed; nothing looks at it
definition farm {
	relation owner: user | team#member
}

caveat office_hours(hour int) {
	hour > 8 && hour < 18
}
`

func TestUnion(t *testing.T) {
	t.Parallel()
	both, err := schema.Union(heldZed, wantedZed)
	require.NoError(t, err)
	assert.Equal(t, bothZed, both)
	again, err := schema.Union(heldZed, both)
	require.NoError(t, err)
	assert.Equal(t, both, again, "all of it is there already")
}

func TestUnionOfNothing(t *testing.T) {
	t.Parallel()
	both, err := schema.Union("", wantedZed)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(wantedZed, " {\n}", " {}"), both)
	both, err = schema.Union(heldZed, "")
	require.NoError(t, err)
	assert.NotContains(t, both, "permission")
	assert.Contains(t, both, "relation lead: user with office_hours and expiration\n")
}

// TestUnionOfModels: each pair of the models that come with Ambit has a union,
// and what is wanted is a part of it.
func TestUnionOfModels(t *testing.T) {
	t.Parallel()
	for _, old := range schema.BuiltinNames() {
		for _, name := range schema.BuiltinNames() {
			held, wanted := compiled(t, old), compiled(t, name)
			both, err := schema.Union(held, wanted)
			require.NoError(t, err, "%s to %s", old, name)
			if old == name {
				assert.Equal(t, strings.ReplaceAll(wanted, " {\n}", " {}"), both)
			}
			for line := range strings.Lines(wanted) {
				if !strings.HasPrefix(line, "\trelation") { // those take more
					require.Contains(t, both, strings.TrimSuffix(line, "\n"), "%s to %s", old, name)
				}
			}
		}
	}
}

func compiled(t *testing.T, name string) string {
	t.Helper()
	model, err := schema.Builtin(name)
	require.NoError(t, err)
	return model.Compile()
}

// TestUnionRefuses: what it does not know it does not pass on.
func TestUnionRefuses(t *testing.T) {
	t.Parallel()
	const team = "definition user {}\ndefinition team {\n\t"
	for held, says := range map[string]string{
		"partial view {\n}":                                                    "line 1",
		"import \"other.zed\"":                                                 "line 1",
		"definition Team {}":                                                   "line 1",
		"definition team":                                                      "line 1",
		"definition team {":                                                    "in the middle",
		"/* a user */ definition user {}":                                      "after a comment",
		"/*/":                                                                  "in the middle",
		"/* a comment":                                                         "in the middle",
		"caveat late(hour int) {":                                              "in the middle",
		"caveat late(hour int) { hour > 8 }":                                   "line 1",
		"definition user {}\n\ndefinition user {}":                             "two definitions of user",
		team + "relation member user\n}":                                       "line 3",
		team + "relation member:\n}":                                           "line 3",
		team + "relation member: user |\n}":                                    "line 3",
		team + "relation member: user#\n}":                                     "line 3",
		team + "relation member: user // people\n}":                            "line 3",
		team + "relation member: user with\n}":                                 "line 3",
		team + "relation member: user with expiration and late\n}":             "line 3",
		team + "relation member: user:*#member\n}":                             "line 3",
		team + "relation member: user\n\trelation member: user\n}":             "two of member",
		team + "relation member: user = owner\n}":                              "line 3",
		team + "permission read\n}":                                            "line 3",
		team + "permission read = member +\n\t\towner\n}":                      "line 4",
		team + "something else\n}":                                             "line 3",
		team + "relation member: ghost\n}":                                     "no definition ghost",
		team + "relation member: user with late\n}":                            "no caveat late",
		team + "relation m: user\n\tpermission p = m\n\trelation r: team#p\n}": "has no p any more",
	} {
		both, err := schema.Union(held, "definition user {}\n")
		if assert.ErrorContains(t, err, says, held) {
			assert.Empty(t, both)
		}
		if !strings.Contains(says, "any more") {
			_, err = schema.Union("", held)
			assert.Error(t, err, held)
		}
	}
	late := "caveat late(hour int) {\n\thour > 18\n}\n"
	_, err := schema.Union(late, strings.Replace(late, "18", "20", 1))
	require.ErrorContains(t, err, "caveat late")
	_, err = schema.Union(late, late)
	require.NoError(t, err)
}

func FuzzUnion(f *testing.F) {
	f.Add(heldZed, wantedZed)
	f.Add("", "use expiration\n\ndefinition user {}")
	f.Fuzz(func(t *testing.T, held, wanted string) {
		both, err := schema.Union(held, wanted)
		if err != nil {
			return
		}
		again, err := schema.Union(both, both)
		require.NoError(t, err, both)
		more, err := schema.Union(held, both)
		require.NoError(t, err, both)
		require.Equal(t, again, more)
	})
}
