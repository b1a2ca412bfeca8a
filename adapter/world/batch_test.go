package world_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

func TestBatchesCanBeAppliedInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, size := drawTree(t), rapid.IntRange(-1, 20).Draw(t, "size")
		known := map[string]bool{"": true}
		declare := func(name string) { known[name] = true }
		need := func(batch int, refs ...iam.Ref) {
			for _, ref := range refs {
				require.True(t, known[ref.String()], "batch %d refers to %v before it is there", batch, ref)
			}
		}
		last := iam.World{}
		for i, batch := range slices.Collect(world.Batches(w, size)) {
			require.LessOrEqual(t, batch.Len(), max(size, 1))
			for _, s := range batch.Scopes {
				declare(s.Ref.String())
			}
			for _, u := range batch.Users {
				declare("user:" + string(u.ID))
			}
			for _, s := range batch.ServiceAccounts {
				declare("service_account:" + string(s.ID))
			}
			for _, g := range batch.Groups {
				declare("team:" + string(g.ID))
			}
			for _, s := range batch.Scopes {
				need(i, s.Parent)
			}
			for _, s := range batch.ServiceAccounts {
				need(i, append(s.Owners, s.Scope)...)
			}
			for _, g := range batch.Groups {
				need(i, append(g.Members, g.Scope)...)
			}
			last.Scopes = append(last.Scopes, batch.Scopes...)
			last.Groups = append(last.Groups, batch.Groups...)
			last.ServiceAccounts = append(last.ServiceAccounts, batch.ServiceAccounts...)
			last.Users = append(last.Users, batch.Users...)
		}
		require.ElementsMatch(t, w.Scopes, last.Scopes)
		require.ElementsMatch(t, w.Users, last.Users)
		require.ElementsMatch(t, w.ServiceAccounts, last.ServiceAccounts)
		for _, group := range w.Groups {
			// The last word on a group has its members.
			final := iam.Group{}
			for _, written := range last.Groups {
				if written.ID == group.ID {
					final = written
				}
			}
			require.Equal(t, group, final)
		}
	})
}

func TestBatchesKeepSmallWorldsWhole(t *testing.T) {
	t.Parallel()
	w := iam.World{Policies: make([]iam.Policy, 3), Users: make([]iam.User, 2)}
	assert.Equal(t, []iam.World{w}, slices.Collect(world.Batches(w, 5)))
	assert.Len(t, slices.Collect(world.Batches(w, 4)), 2)
	assert.Empty(t, slices.Collect(world.Batches(iam.World{}, 5)))
	for range world.Batches(w, 1) {
		break
	}
}

// drawTree draws scopes below each other, and groups and service accounts that
// own and contain each other, all in any order.
func drawTree(t *rapid.T) iam.World {
	var w iam.World
	count := rapid.IntRange(1, 10).Draw(t, "count")
	pick := func(kind string, below int) []iam.Ref {
		var refs []iam.Ref
		for i := range below {
			if rapid.Bool().Draw(t, kind) {
				refs = append(refs, iam.Ref{Type: kind, ID: fmt.Sprint(kind, i)})
			}
		}
		return refs
	}
	for i := range count {
		scope := iam.Scope{Ref: iam.Ref{Type: "scope", ID: fmt.Sprint("scope", i)}}
		if i > 0 {
			scope.Parent = iam.Ref{Type: "scope", ID: fmt.Sprint("scope", rapid.IntRange(0, i-1).Draw(t, "parent"))}
		}
		w.Scopes = append(w.Scopes, scope)
		w.Users = append(w.Users, iam.User{ID: iam.UserID(fmt.Sprint("user", i))})
		w.ServiceAccounts = append(w.ServiceAccounts, iam.ServiceAccount{
			ID: iam.ServiceAccountID(fmt.Sprint("service_account", i)), Scope: scope.Ref, Owners: pick("team", count),
		})
		w.Groups = append(w.Groups, iam.Group{
			ID: iam.GroupID(fmt.Sprint("team", i)), Scope: scope.Ref,
			Members: slices.Concat(pick("user", count), pick("service_account", count), pick("team", i)),
		})
	}
	w.Scopes = rapid.Permutation(w.Scopes).Draw(t, "scopes")
	w.Groups = rapid.Permutation(w.Groups).Draw(t, "groups")
	return w
}
