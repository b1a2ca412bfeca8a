package schema_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/schema"
)

// needy has permissions that need others: two of them each other.
const needy = head + `permissions:
- {name: FARMS, at: [org], description: See farms}
- {name: FARMS/update, at: [org], needs: [FARMS], description: Change farms}
- {name: FARMS/update/name, at: [org], needs: [FARMS/update], description: Rename farms}
- {name: HEN, at: [org], needs: [EGG], description: Keep hens}
- {name: EGG, at: [org], needs: [HEN], description: Keep eggs}
- {name: SHELL, at: [org], needs: [EGG, FARMS], description: Open eggs}
- {name: enter, at: [org], any_role: true, description: Enter}
roles:
- {id: renamer, description: Renames, permissions: [FARMS, "FARMS/*"], except: [FARMS/update]}
- {id: farmer, description: Farms, permissions: ["*"], except: [EGG], aliases: [peasant]}
- {id: local, description: Differs, permissions_at: {org: ["FARMS*"], project: [FARMS]}, except: [FARMS/update/name]}
`

func TestExpand(t *testing.T) {
	t.Parallel()
	model := load(t, needy)
	for _, c := range []struct{ permissions, except, want []string }{
		{nil, nil, nil},
		{[]string{"FARMS"}, nil, []string{"FARMS"}},
		{[]string{"FARMS/update"}, nil, nil},
		{[]string{"FARMS*"}, nil, []string{"FARMS", "FARMS/update", "FARMS/update/name"}},
		{[]string{"FARMS*"}, []string{"FARMS"}, nil},
		{[]string{"FARMS*"}, []string{"FARMS/update"}, []string{"FARMS"}},
		{[]string{"HEN"}, nil, nil},
		{[]string{"HEN", "EGG"}, nil, []string{"EGG", "HEN"}},
		{[]string{"HEN", "EGG", "SHELL"}, nil, []string{"EGG", "HEN"}},
		{[]string{"enter"}, nil, nil},
		{[]string{"nowhere:*"}, []string{"*"}, nil},
	} {
		assert.Equal(t, c.want, model.Expand(c.permissions, c.except), "%v except %v", c.permissions, c.except)
	}
}

// TestExpandKeepsAllItCan holds what is left against the rule: it has all it
// needs, and nothing that was asked for could be added to it.
func TestExpandKeepsAllItCan(t *testing.T) {
	t.Parallel()
	model := load(t, needy)
	names := []string{"FARMS", "FARMS/update", "FARMS/update/name", "HEN", "EGG", "SHELL"}
	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "asked")
		held := model.Expand(asked, nil)
		for _, name := range held {
			if !slices.Contains(asked, name) {
				t.Fatalf("%s was not asked for", name)
			}
		}
		if want := largest(model, asked); !slices.Equal(held, want) {
			t.Fatalf("%v gives %v, not %v", asked, held, want)
		}
	})
}

// largest returns the union of all subsets of asked that have what they need.
func largest(model *schema.Model, asked []string) []string {
	var union []string
	for bits := range 1 << len(asked) {
		var subset []string
		for i, name := range asked {
			if bits&(1<<i) != 0 {
				subset = append(subset, name)
			}
		}
		met := !slices.ContainsFunc(subset, func(name string) bool {
			return slices.ContainsFunc(model.Permission(name).Needs, func(need string) bool { return !slices.Contains(subset, need) })
		})
		if met {
			union = append(union, subset...)
		}
	}
	slices.Sort(union)
	return slices.Compact(union)
}

func TestExpandCustom(t *testing.T) {
	t.Parallel()
	model := load(t, needy)
	for _, c := range []struct {
		base                      string
		permissions, except, want []string
	}{
		{"", []string{"FARMS"}, nil, []string{"FARMS"}},
		{"renamer", nil, nil, []string{"FARMS"}},
		{"renamer", []string{"FARMS/update"}, nil, []string{"FARMS", "FARMS/update", "FARMS/update/name"}},
		{"peasant", nil, []string{"FARMS/*"}, []string{"FARMS"}},
		{"peasant", []string{"EGG"}, []string{"FARMS*"}, []string{"EGG", "HEN"}},
		{"nobody", []string{"FARMS"}, nil, []string{"FARMS"}},
		{"local", nil, nil, nil},
	} {
		assert.Equal(t, c.want, model.ExpandCustom(c.base, c.permissions, c.except), "%+v", c)
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	model := load(t, needy)
	assert.Equal(t, []string{"FARMS"}, model.Content("renamer", "project"))
	assert.Equal(t, []string{"FARMS", "FARMS/update"}, model.Content("local", "org"))
	assert.Equal(t, []string{"FARMS"}, model.Content("local", "project"))
	assert.Equal(t, model.Content("farmer", "org"), model.Content("peasant", "org"))
	assert.Nil(t, model.Content("nobody", "org"))
	assert.Nil(t, model.Content("farmer", "user"))
	assert.Equal(t, []string{"org", "project"}, model.Variants("local"))
	assert.Equal(t, []string{""}, model.Variants("farmer"))
	assert.Equal(t, []string{""}, model.Variants("nobody"))
	for _, variant := range model.Variants("local") {
		assert.Equal(t, model.Content("local", variant), model.SystemContent(model.Role("local"), variant))
	}
}
