package index_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/schema"
)

// TestOneStory: whichever way one asks, the answer is that of Check, which other
// tests hold against SpiceDB and the oracle.
func TestOneStory(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := story{}
			rapid.Check(t, func(t *rapid.T) {
				g := newGenerator(model, rapid.Uint64().Draw(t, "seed"), "h")
				x := index.New(model)
				load(t, x, tuplesOf(model, g.world))
				story := newStory(g, x.Snapshot())
				story.hear(t)
				story.paths(t)
				if rapid.Bool().Draw(t, "foreign") {
					x.Apply(g.foreign(x, x.Snapshot().Tuples()))
					newStory(g, x.Snapshot()).hear(t)
				}
				told.yes += story.yes
				told.below += story.below
			})
			t.Logf("%d answers yes, %d filters with scopes", told.yes, told.below)
			require.Positive(t, told.yes)
		})
	}
}

// story is all that Check says about a state.
type story struct {
	*generator
	s          *index.Snapshot
	allowed    map[question]bool
	yes, below int
	// under are the objects of each type with a scope that they are in.
	under map[string][]index.Placed
}

func newStory(g *generator, s *index.Snapshot) *story {
	told := &story{generator: g, s: s, allowed: map[question]bool{}, under: s.Placed()}
	for _, p := range g.model.Permissions {
		for _, object := range g.objects() {
			for _, subject := range g.subjects() {
				if s.Check(subject, p.Name, object) {
					told.allowed[question{subject, p.Name, object}] = true
				}
			}
		}
	}
	told.yes = len(told.allowed)
	return told
}

// objectsOf and subjectsOf are the lists that follow.
func (told *story) objectsOf(subject iam.Ref, permission, typeName string) []iam.Ref {
	return slices.DeleteFunc(told.objects(), func(object iam.Ref) bool {
		return object.Type != typeName || !told.allowed[question{subject, permission, object}]
	})
}

func (told *story) subjectsOf(permission string, object iam.Ref) []iam.Ref {
	return slices.DeleteFunc(told.subjects(), func(subject iam.Ref) bool { return !told.allowed[question{subject, permission, object}] })
}

func (told *story) hear(t require.TestingT) {
	for _, subject := range told.subjects() {
		for _, object := range told.objects() {
			var names []string
			for _, p := range told.model.Permissions {
				if told.allowed[question{subject, p.Name, object}] {
					names = append(names, p.Name)
				}
			}
			slices.Sort(names)
			if held := told.s.Permissions(subject, object); !slices.Equal(names, held) {
				require.Failf(t, "differs", "%v %v: %v, want %v", subject, object, held, names)
			}
		}
	}
	for _, p := range sample(told.generator, slices.Clone(told.model.Permissions), 20) {
		told.resources(t, p)
		for _, object := range told.objects() {
			if p.AppliesAt(object.Type) || told.IntN(10) == 0 {
				told.who(t, p.Name, object)
			}
		}
	}
}

func (told *story) resources(t require.TestingT, p *schema.Permission) {
	for _, typeName := range told.kinds(schema.KindScope, schema.KindResource, schema.KindServiceAccount) {
		if !p.AppliesAt(typeName) && told.IntN(10) > 0 {
			continue
		}
		for _, subject := range told.subjects() {
			want := sorted(told.objectsOf(subject, p.Name, typeName))
			found, more := told.s.Resources(subject, p.Name, typeName, index.Page{})
			require.Equal(t, want, sorted(found), "%v %s %s", subject, p.Name, typeName)
			require.False(t, more)
			require.True(t, slices.IsSortedFunc(found, compareRefs))
			require.Equal(t, found, pages(t, func(page index.Page) ([]iam.Ref, bool) {
				return told.s.Resources(subject, p.Name, typeName, page)
			}))
			filter := told.s.Filter(subject, p.Name, typeName)
			if len(filter.Below) > 0 {
				told.below++
			}
			require.Equal(t, want, sorted(told.expand(t, filter, typeName)), "%v %s %s: %v", subject, p.Name, typeName, filter)
		}
	}
}

func sorted(refs []iam.Ref) []iam.Ref {
	if len(refs) == 0 {
		return nil
	}
	slices.SortFunc(refs, compareRefs)
	return refs
}

// pages reads a list two at a time.
func pages(t require.TestingT, list func(index.Page) ([]iam.Ref, bool)) []iam.Ref {
	var all []iam.Ref
	for page := (index.Page{Limit: 2}); ; page.After = all[len(all)-1] {
		refs, more := list(page)
		all = append(all, refs...)
		if !more {
			return all
		}
		require.Len(t, refs, 2)
	}
}

// expand returns what a filter selects.
func (told *story) expand(t require.TestingT, filter index.Filter, typeName string) []iam.Ref {
	refs := slices.Clone(filter.Objects)
	for _, placed := range told.under[typeName] {
		if slices.Contains(filter.Below, placed.Scope) {
			require.NotContains(t, filter.Objects, placed.Object)
			refs = append(refs, placed.Object)
		}
	}
	return slices.Compact(sorted(refs))
}

func (told *story) who(t require.TestingT, permission string, object iam.Ref) {
	want := sorted(told.subjectsOf(permission, object))
	found, _ := told.s.Subjects(permission, object, "", index.Page{})
	require.Equal(t, want, sorted(found), "%s %v", permission, object)
	require.Equal(t, found, pages(t, func(page index.Page) ([]iam.Ref, bool) { return told.s.Subjects(permission, object, "", page) }))
	var expanded []iam.Ref
	group := told.model.TypeOf(schema.KindGroup)
	for _, grantee := range told.s.Grantees(permission, object) {
		if grantee.Type != group {
			expanded = append(expanded, grantee)
			continue
		}
		for _, member := range told.s.Members(grantee) {
			require.Contains(t, want, member, "%s %v: a member of %v", permission, object, grantee)
			expanded = append(expanded, member)
		}
	}
	require.Equal(t, want, slices.Compact(sorted(expanded)), "%s %v", permission, object)
	grantees := slices.DeleteFunc(told.s.Grantees(permission, object), func(ref iam.Ref) bool { return ref.Type != group })
	require.ElementsMatch(t, grantees, told.s.Groups(permission, object), "%s %v", permission, object)
}

// paths are told exactly where Check says yes, and each of them is a policy.
func (told *story) paths(t require.TestingT) {
	policies := reference.New(told.model, told.world).Policies
	for _, subject := range told.subjects() {
		for _, object := range told.objects() {
			for _, p := range told.model.Permissions {
				paths := told.s.Paths(subject, p.Name, object)
				if told.allowed[question{subject, p.Name, object}] != (len(paths) > 0) {
					require.Failf(t, "differs", "%v %s %v: %v", subject, p.Name, object, paths)
				}
				for _, path := range paths {
					require.Equal(t, object, path.Through[0])
					told.follow(t, path, subject, policies)
				}
			}
		}
	}
}

func (told *story) follow(t require.TestingT, path index.Path, subject iam.Ref, policies []iam.Policy) {
	if path.Kind != index.ByNoOwner {
		require.Equal(t, subject, path.Chain[0])
	}
	if path.Kind == index.ByRole || path.Kind == index.ByAnyRole {
		found := slices.ContainsFunc(policies, func(p iam.Policy) bool {
			return p.Subject == path.Subject() && p.Scope == path.Scope() && slices.Contains(p.Roles, path.Role)
		})
		require.True(t, found, "%+v is no policy of %+v", path, policies)
		require.Equal(t, !told.model.RoleInherits(string(path.Role)), path.Local)
	}
	for _, condition := range path.Conditions {
		require.NotEmpty(t, condition.Ways)
		for _, way := range condition.Ways {
			require.Equal(t, condition.Object, way.Through[0])
			told.follow(t, way, subject, policies)
		}
		if condition.Permission != "" {
			require.True(t, told.s.Check(subject, condition.Permission, condition.Object))
		}
	}
}
