package index_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// TestRetain: of several random worlds, which share the roles of the system and here
// and there a group, what some tenants need stays, whole, and nothing else.
func TestRetain(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, dropped := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				seed := rapid.Uint64().Draw(t, "seed")
				var tuples []rel.Tuple
				var tenants []iam.Ref
				for _, prefix := range []string{"a", "b", "c"} {
					g := newGenerator(model, seed, prefix)
					seed++
					tuples = append(tuples, tuplesOf(model, g.world)...)
					for _, scope := range g.world.Scopes {
						if model.IsTenant(scope.Ref.Type) && g.IntN(2) == 0 {
							tenants = append(tenants, scope.Ref)
						}
					}
				}
				x := index.New(model)
				load(t, x, tuples)
				before := x.Snapshot()
				all := before.Tuples()
				want := neededBy(model, all, tenants)
				x.Retain(tenants)
				require.Equal(t, want, x.Snapshot().Tuples())
				require.NoError(t, x.Snapshot().Verify())
				require.Equal(t, all, before.Tuples(), "a snapshot has changed")
				kept, dropped = kept+len(want), dropped+len(all)-len(want)
			})
			require.Positive(t, kept)
			require.Positive(t, dropped)
		})
	}
}

// neededBy finds in the most naive way what tenants need of tuples.
func neededBy(model *schema.Model, tuples []rel.Tuple, tenants []iam.Ref) []rel.Tuple {
	inside, whole := map[rel.Object]bool{}, map[rel.Object]bool{}
	for _, tenant := range tenants {
		root := rel.Object{Type: tenant.Type, ID: rel.EncodeID(tenant.ID)}
		inside[root], whole[root] = true, true
	}
	for size := -1; size != len(whole); {
		size = len(whole)
		for _, tuple := range tuples {
			if inside[tuple.Subject] && (tuple.Relation == "parent" || tuple.Relation == "scope") {
				inside[tuple.Resource], whole[tuple.Resource] = true, true
			}
			subject := model.Type(tuple.Subject.Type)
			direct := subject != nil && subject.Kind != schema.KindScope && tuple.SubjectRelation == ""
			if whole[tuple.Resource] && !direct {
				whole[tuple.Subject] = true
			}
		}
	}
	var needed []rel.Tuple
	for _, tuple := range tuples {
		if whole[tuple.Resource] {
			needed = append(needed, tuple)
		}
	}
	return needed
}
