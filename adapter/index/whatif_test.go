package index_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// naively compares every answer of two states, and returns the list and the
// counts.
func (g *generator) naively(before, after *index.Snapshot) index.Changes {
	var all index.Changes
	subjects, objects := map[iam.Ref]bool{}, map[iam.Ref]bool{}
	for _, subject := range g.subjects() {
		for _, object := range g.objects() {
			was, is := before.Permissions(subject, object), after.Permissions(subject, object)
			all.Page = append(all.Page, changes(subject, object, was, is)...)
		}
	}
	slices.SortFunc(all.Page, index.Change.Compare)
	for _, c := range all.Page {
		subjects[c.Subject], objects[c.Object] = true, true
		if c.Gained {
			all.Gains++
		} else {
			all.Losses++
		}
	}
	all.Subjects, all.Objects = uint64(len(subjects)), uint64(len(objects))
	return all
}

// changes returns what one list of permissions has and another has not.
func changes(subject, object iam.Ref, was, is []string) []index.Change {
	var found []index.Change
	for _, name := range was {
		if !slices.Contains(is, name) {
			found = append(found, index.Change{Subject: subject, Object: object, Permission: name})
		}
	}
	for _, name := range is {
		if !slices.Contains(was, name) {
			found = append(found, index.Change{Subject: subject, Object: object, Permission: name, Gained: true})
		}
	}
	return found
}

// edit adds several permissions to a role and takes others away, at once.
func (g *generator) edit() {
	if len(g.world.Roles) == 0 {
		return
	}
	row := &g.world.Roles[g.IntN(len(g.world.Roles))]
	row.Permissions = slices.DeleteFunc(slices.Clone(row.Permissions), func(string) bool { return g.IntN(3) == 0 })
	for range 2 + g.IntN(6) {
		row.Permissions = append(row.Permissions, g.permission().Name)
	}
}

// upset changes the world: one thing, a role in several permissions, or much of
// everything.
func (g *generator) upset() {
	switch g.IntN(4) {
	case 0:
		g.edit()
	case 1:
		for range 2 + g.IntN(6) {
			g.step()
			g.edit()
		}
	default:
		g.step()
	}
}

// TestWhatIf: along random histories of every model, what is said of a step
// before it is made is what comparing all answers finds after it.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen index.Changes
			rapid.Check(t, func(t *rapid.T) {
				g := newGenerator(model, rapid.Uint64().Draw(t, "seed"), "w")
				x, before := index.New(model), []rel.Tuple(nil)
				for range rapid.IntRange(1, 6).Draw(t, "steps") {
					after := tuplesOf(model, g.world)
					updates, was := shuffled(g, rel.Diff(before, after)), x.Snapshot()
					said, err := was.WhatIf(t.Context(), updates, index.ChangePage{Limit: 1 << 20})
					require.NoError(t, err)
					require.Equal(t, before, was.Tuples(), "nothing is written")
					x.Apply(updates)
					want := g.naively(was, x.Snapshot())
					require.Equal(t, want, said)
					g.pages(t, was, updates, want)
					seen.Gains, seen.Losses, before = seen.Gains+want.Gains, seen.Losses+want.Losses, after
					g.upset()
				}
			})
			t.Logf("%d gains, %d losses", seen.Gains, seen.Losses)
			require.Positive(t, seen.Gains)
			require.Positive(t, seen.Losses)
		})
	}
}

// pages reads the list in pages.
func (g *generator) pages(t require.TestingT, s *index.Snapshot, updates []rel.Update, want index.Changes) {
	var all []index.Change
	page := index.ChangePage{Limit: 1 + g.IntN(1+len(want.Page)/2), MaxKept: g.IntN(20)}
	for {
		part, err := s.WhatIf(context.Background(), updates, page)
		require.NoError(t, err)
		require.Equal(t, want.Losses, part.Losses)
		require.LessOrEqual(t, len(part.Page), page.Limit)
		all = append(all, part.Page...)
		if !part.More {
			break
		}
		page.After = part.Page[len(part.Page)-1]
	}
	require.Equal(t, want.Page, all)
}

func TestWhatIfIsBounded(t *testing.T) {
	t.Parallel()
	model := builtin(t, "scalr")
	updates := rel.Diff(nil, tuplesOf(model, newGenerator(model, 7, "a").world))
	empty := index.New(model).Snapshot()
	_, err := empty.WhatIf(t.Context(), updates, index.ChangePage{Limit: 1, MaxSteps: 10})
	require.ErrorIs(t, err, index.ErrTooMuch)
	found, err := empty.WhatIf(t.Context(), updates, index.ChangePage{Limit: 1, MaxSteps: 1 << 20})
	require.NoError(t, err)
	assert.Len(t, found.Page, 1)
	assert.Greater(t, found.Gains, uint64(1))

	ended, end := context.WithCancel(t.Context())
	end()
	_, err = empty.WhatIf(ended, updates, index.ChangePage{})
	require.ErrorIs(t, err, context.Canceled)
	stranger := rel.Update{Op: rel.Touch, Tuple: rel.Tuple{Resource: rel.Object{Type: "nothing", ID: "n"}, Relation: "r", Subject: rel.Object{Type: "user", ID: "u"}}}
	_, err = empty.WhatIf(t.Context(), []rel.Update{stranger}, index.ChangePage{})
	require.ErrorIs(t, err, index.ErrSkipped)
}
