package index_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// TestTenant: every object of a random world lies in the tenant that its rows say,
// isolated or not.
func TestTenant(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		x := index.New(model)
		for seed := range uint64(20) {
			g := newGenerator(model, seed, "a")
			load(t, x, tuplesOf(model, g.world))
			parents := map[iam.Ref]iam.Ref{}
			for _, scope := range g.world.Scopes {
				parents[scope.Ref] = scope.Parent
			}
			for _, scope := range g.world.Scopes {
				if scope.Parent.IsZero() {
					continue // a tenant that nothing names is not there
				}
				root := scope.Ref
				for !parents[root].IsZero() {
					root = parents[root]
				}
				tenant, found := x.Snapshot().Tenant(scope.Ref)
				assert.True(t, found, "%s: %s", name, scope.Ref)
				assert.Equal(t, root, tenant, name)
			}
			for _, resource := range g.world.Resources {
				tenant, found := x.Snapshot().Tenant(resource.Ref)
				assert.True(t, found, "%s: %s", name, resource.Ref)
				assert.True(t, model.IsTenant(tenant.Type), name)
			}
		}
	}
}

// TestTenantUnknown: what is not there, or lies in two places, has no tenant that
// can be told.
func TestTenantUnknown(t *testing.T) {
	t.Parallel()
	x := index.New(builtin(t, "scalr"))
	touch := func(text string) {
		tuple, err := rel.ParseTuple(text)
		assert.NoError(t, err)
		x.Apply([]rel.Update{{Op: rel.Touch, Tuple: tuple}})
	}
	touch("environment:E#parent@account:A")
	touch("environment:F#parent@account:A")
	touch("environment:F#parent@account:B")
	touch("workspace:W#parent@environment:F")
	touch("service_account:s#scope@account:A")
	touch("service_account:s#scope@account:B")
	for _, object := range []iam.Ref{ref("environment", "none"), ref("galaxy", "G"), ref("environment", "F"), ref("workspace", "W"), ref("service_account", "s")} {
		_, found := x.Snapshot().Tenant(object)
		assert.False(t, found, "%s", object)
	}
	tenant, found := x.Snapshot().Tenant(ref("environment", "E"))
	assert.True(t, found)
	assert.Equal(t, ref("account", "A"), tenant)
	assert.True(t, x.Knows("environment"))
	assert.False(t, x.Knows("galaxy"))
}
