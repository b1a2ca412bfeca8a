package world_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/world"
)

func TestCover(t *testing.T) {
	t.Parallel()
	file, err := world.ParseFile("s.yaml", []byte(`
model: tiny
cases:
- name: a
  given: {policies: [{subject: "user:a", roles: [viewer], scope: "org:A"}]}
  then: {allow: ["user:a things:read org:A"]}
`))
	require.NoError(t, err)
	gaps := world.Cover(tinyModel(t), file)
	assert.Equal(t, []string{"things:write"}, gaps.Permissions)
	assert.Equal(t, 2, gaps.AllPermissions)
	assert.Equal(t, 3, gaps.AllRoles)
	assert.True(t, slices.Equal([]world.RoleAt{{"reader", "project"}, {"writer", "project"}}, gaps.Roles), "%v", gaps.Roles)
}

func TestCoverSaysItInALine(t *testing.T) {
	t.Parallel()
	gaps := world.Cover(tinyModel(t))
	assert.Equal(t, "tiny: 0 of 2 permissions, 0 of 3 roles at their scope types, 0 of 3 rules", gaps.String())
	assert.Equal(t, []string{"3, custom roles with a base", "3, custom roles with except", "6, aliases of roles"}, gaps.Rules)

	file, err := world.ParseFile("s.yaml", []byte("model: tiny\ncases:\n- {name: a, then: {allow: [nobody, \"user:a things:read org:A\"]}}\n"))
	require.NoError(t, err)
	assert.Equal(t, gaps, world.Cover(tinyModel(t), file), "a case that cannot run touches nothing")
}
