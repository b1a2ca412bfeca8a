package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// generator draws worlds that hang together, and histories of them.
type generator struct {
	*rand.Rand
	model *schema.Model
	// prefix keeps the objects of one history apart from those of another.
	prefix string
	world  iam.World
}

// pool is how many objects there are of each type.
const pool = 3

// newGenerator draws a first world.
func newGenerator(model *schema.Model, seed uint64, prefix string) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), model: model, prefix: prefix}
	for _, name := range g.kinds(schema.KindScope) {
		for i := range pool {
			g.world.Scopes = append(g.world.Scopes, iam.Scope{Ref: g.ref(name, i)})
			g.scope(len(g.world.Scopes) - 1)
		}
	}
	if g.model.CustomRoles != nil {
		for i := range pool {
			g.world.Roles = append(g.world.Roles, iam.Role{ID: iam.RoleID(g.name(i))})
			g.role(i)
		}
	}
	for i := range pool {
		g.world.Users = append(g.world.Users, iam.User{ID: iam.UserID(g.name(i))})
	}
	g.each(schema.KindServiceAccount, func(name string, i int) {
		g.world.ServiceAccounts = append(g.world.ServiceAccounts, iam.ServiceAccount{ID: iam.ServiceAccountID(g.name(i))})
		g.serviceAccount(name, i)
	})
	g.each(schema.KindGroup, func(_ string, i int) {
		g.world.Groups = append(g.world.Groups, iam.Group{ID: iam.GroupID(g.name(i))})
		g.group(i)
	})
	for _, name := range g.kinds(schema.KindResource) {
		for i := range pool {
			g.world.Resources = append(g.world.Resources, iam.Resource{Ref: g.ref(name, i)})
			g.resource(len(g.world.Resources) - 1)
		}
	}
	if len(model.Policies.Subjects) > 0 {
		g.world.Policies = make([]iam.Policy, 4+g.IntN(12))
		for i := range g.world.Policies {
			g.policy(i)
		}
	}
	g.settle()
	return g
}

// step changes some rows of the world.
func (g *generator) step() {
	w := &g.world
	steps := []func(){
		func() { g.scope(g.IntN(len(w.Scopes))) },
		func() { g.status(&w.Users[g.IntN(pool)].Status) },
	}
	more := func(n int, draw func(int)) {
		if n > 0 {
			steps = append(steps, func() { draw(g.IntN(n)) })
		}
	}
	more(len(w.ServiceAccounts), func(i int) { g.serviceAccount(g.model.TypeOf(schema.KindServiceAccount), i) })
	more(len(w.Groups), g.group)
	more(len(w.Roles), g.role)
	more(len(w.Resources), g.resource)
	for range 3 {
		more(len(w.Policies), g.policy)
	}
	for range 1 + g.IntN(3) {
		steps[g.IntN(len(steps))]()
	}
	g.settle()
}

func (g *generator) name(i int) string {
	if i == 0 {
		return g.prefix + "@x.org" // an id that SpiceDB does not take as it is
	}
	return fmt.Sprintf("%s-%d", g.prefix, i)
}

func (g *generator) ref(typeName string, i int) iam.Ref {
	return iam.Ref{Type: typeName, ID: g.name(i)}
}

func (g *generator) kinds(kinds ...schema.Kind) []string {
	return slices.DeleteFunc(g.model.TypeNames(), func(name string) bool {
		return !slices.Contains(kinds, g.model.Type(name).Kind)
	})
}

func (g *generator) each(kind schema.Kind, f func(name string, i int)) {
	if name := g.model.TypeOf(kind); name != "" {
		for i := range pool {
			f(name, i)
		}
	}
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// in draws where an object of a type lives: mostly in the first tenant, so that
// much can meet.
func (g *generator) in(typeName string) iam.Ref {
	in := g.model.Type(typeName).In
	if len(in) == 0 {
		return iam.Ref{}
	}
	return g.ref(pick(g, in), max(0, g.IntN(pool+2)-2))
}

func (g *generator) refs(types []string, most int) []iam.Ref {
	var refs []iam.Ref
	if len(types) > 0 {
		for range g.IntN(most + 1) {
			refs = append(refs, g.ref(pick(g, types), g.IntN(pool)))
		}
	}
	slices.SortFunc(refs, compareRefs)
	return slices.Compact(refs)
}

func (g *generator) status(status *iam.Status) {
	*status = pick(g, []iam.Status{iam.Active, iam.Active, iam.Inactive})
}

func (g *generator) scope(i int) {
	s := &g.world.Scopes[i]
	s.Parent = g.in(s.Ref.Type)
	s.Isolated = g.model.Type(s.Ref.Type).Isolatable && g.IntN(2) == 0
}

func (g *generator) serviceAccount(name string, i int) {
	s := &g.world.ServiceAccounts[i]
	s.Scope, s.Owners = g.in(name), g.refs(g.model.Type(name).Owners, 2)
	g.status(&s.Status)
}

func (g *generator) resource(i int) {
	r := &g.world.Resources[i]
	r.Scope, r.Owners = g.in(r.Ref.Type), g.refs(g.model.Type(r.Ref.Type).Owners, 3)
}

func (g *generator) group(i int) {
	name := g.model.TypeOf(schema.KindGroup)
	kind, row := g.model.Type(name), &g.world.Groups[i]
	row.Scope, row.Members = g.in(name), g.refs(kind.Members, 3)
	if kind.NestedGroups > 0 && i > 0 && g.IntN(2) == 0 {
		row.Members = append(row.Members, g.ref(name, g.IntN(i))) // never in a circle
	}
	if kind.Carries != nil {
		row.Roles = g.roles("")
		row.Scopes = g.refs(kind.Carries.Scopes, 2)
	}
}

func (g *generator) role(i int) {
	row := &g.world.Roles[i]
	row.Base, row.Permissions, row.Except = "", g.patterns(), g.patterns()
	if len(g.model.Roles) > 0 && g.IntN(2) == 0 {
		row.Base = iam.RoleID(pick(g, g.model.Roles).ID)
	}
}

func (g *generator) patterns() []string {
	patterns := make([]string, g.IntN(4))
	for i := range patterns {
		patterns[i] = g.permission().Name
	}
	return patterns
}

// permission draws a permission that roles can hold, mostly one with a rule.
func (g *generator) permission() *schema.Permission {
	p := pick(g, g.model.Permissions)
	if p.Tiers != nil {
		p = g.model.Permission(pick(g, []string{p.Tiers.All, p.Tiers.Groups, p.Tiers.Own}))
	}
	if p == nil || p.Derived() {
		return pick(g, g.model.Grantable())
	}
	return p
}

// roles draws roles that may be assigned at a type of scopes; "": at all.
func (g *generator) roles(scopeType string) []iam.RoleID {
	var fitting []iam.RoleID
	for _, r := range g.model.Roles {
		if scopeType == "" || slices.Contains(g.model.AssignableAt(r), scopeType) {
			fitting = append(fitting, iam.RoleID(r.ID))
		}
	}
	for range 3 {
		for _, r := range g.world.Roles {
			fitting = append(fitting, r.ID)
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	return []iam.RoleID{pick(g, fitting)}
}

func (g *generator) policy(i int) {
	scope := g.ref(pick(g, g.model.PolicyTypes()), g.IntN(pool))
	g.world.Policies[i] = iam.Policy{
		Subject: g.ref(pick(g, g.model.Policies.Subjects), g.IntN(pool)), Scope: scope, Roles: g.roles(scope.Type),
	}
}

// settle finds the tenants of what has moved.
func (g *generator) settle() {
	tenants := map[iam.Ref]iam.Ref{}
	for i := range g.world.Scopes { // parents come before children
		s := &g.world.Scopes[i]
		if s.Tenant = s.Ref; !s.Parent.IsZero() {
			s.Tenant = tenants[s.Parent]
		}
		tenants[s.Ref] = s.Tenant
	}
	for i := range g.world.ServiceAccounts {
		g.world.ServiceAccounts[i].Tenant = tenants[g.world.ServiceAccounts[i].Scope]
	}
	for i := range g.world.Resources {
		g.world.Resources[i].Tenant = tenants[g.world.Resources[i].Scope]
	}
}

func compareRefs(a, b iam.Ref) int {
	return slices.Compare([]string{a.Type, a.ID}, []string{b.Type, b.ID})
}

// subjects returns all who can ask, and objects all that can be asked about.
func (g *generator) subjects() []iam.Ref { return g.all(schema.KindUser, schema.KindServiceAccount) }

func (g *generator) objects() []iam.Ref {
	return g.all(schema.KindScope, schema.KindResource, schema.KindServiceAccount)
}

func (g *generator) all(kinds ...schema.Kind) []iam.Ref {
	var refs []iam.Ref
	for _, name := range g.kinds(kinds...) {
		for i := range pool {
			refs = append(refs, g.ref(name, i))
		}
	}
	return refs
}
