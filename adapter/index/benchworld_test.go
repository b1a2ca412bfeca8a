package index_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// size says how large a generated world of the model scalr is: one account.
type size struct{ environments, workspaces, teams, users, teamsOfUser, roles, policies int }

// grown is the world that engines are compared in, grown with its policies. At
// 5,000: 100 environments, 2,000 workspaces, 200 teams, 2,000 users.
func grown(policies int) size {
	environments := max(10, policies/50)
	return size{
		environments: environments, workspaces: 20 * environments, teams: max(20, policies/25), users: max(200, policies*2/5),
		teamsOfUser: 3, roles: 20, policies: policies,
	}
}

// dense is the same world with more and more policies for the same people.
func dense(policies int) size {
	s := grown(5000)
	s.policies = policies
	return s
}

func ref(typeName, id string) iam.Ref { return iam.Ref{Type: typeName, ID: id} }

func numbered(typeName string, i int) iam.Ref { return ref(typeName, fmt.Sprint(typeName[:1], i)) }

// generate makes the world. Half of the teams hold a policy at the account; two
// fifths of all policies are for teams at environments, as many for teams at
// workspaces, and one fifth for users at workspaces.
func (s size) generate() iam.World {
	rng := rand.New(rand.NewPCG(42, 1))
	account := ref("account", "A")
	world := iam.World{Scopes: []iam.Scope{{Ref: account, Tenant: account}}}
	for i := range s.environments {
		world.Scopes = append(world.Scopes, iam.Scope{Ref: numbered("environment", i), Parent: account, Tenant: account})
	}
	for i := range s.workspaces {
		world.Scopes = append(world.Scopes, iam.Scope{Ref: numbered("workspace", i), Parent: numbered("environment", i%s.environments), Tenant: account})
	}
	for i := range s.roles {
		world.Roles = append(world.Roles, iam.Role{ID: roleNamed(i), Scope: account, Permissions: rolePatterns(rng)})
	}
	members := make([][]iam.Ref, s.teams)
	for i := range s.users {
		world.Users = append(world.Users, iam.User{ID: iam.UserID(numbered("user", i).ID)})
		mine := map[int]bool{}
		for len(mine) < s.teamsOfUser {
			mine[rng.IntN(s.teams)] = true
		}
		for team := range mine {
			members[team] = append(members[team], numbered("user", i))
		}
	}
	for i := range s.teams {
		world.Groups = append(world.Groups, iam.Group{ID: iam.GroupID(numbered("team", i).ID), Scope: account, Members: members[i]})
	}
	world.Policies = s.generatePolicies(rng, account)
	return world
}

func roleNamed(i int) iam.RoleID { return iam.RoleID(fmt.Sprint("custom", i)) }

func rolePatterns(rng *rand.Rand) []string {
	all := []string{
		"workspaces:*", "runs:*", "variables:read", "variables:*", "state-versions:*", "modules:read", "environments:read",
		"policy-groups:*", "webhooks:*", "templates:read", "vcs-providers:read", "plans:read-json-output",
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:4]
}

func (s size) generatePolicies(rng *rand.Rand, account iam.Ref) []iam.Policy {
	system := []iam.RoleID{"read-only", "user", "environment-min-access"}
	type policy struct {
		subject, scope iam.Ref
		role           iam.RoleID
	}
	seen := map[policy]bool{}
	var out []iam.Policy
	for n := 0; len(out) < s.policies; n++ {
		p := policy{
			subject: numbered("team", rng.IntN(s.teams)), role: roleNamed(rng.IntN(s.roles)),
			scope: numbered("workspace", rng.IntN(s.workspaces)),
		}
		switch {
		case n%5 == 0 && n/5 < s.teams/2:
			p.subject, p.role, p.scope = numbered("team", n/5), system[rng.IntN(len(system))], account
		case n%5 < 2:
			p.scope = numbered("environment", rng.IntN(s.environments))
		case n%5 == 4:
			p.subject = numbered("user", rng.IntN(s.users))
		}
		if !seen[p] {
			seen[p] = true
			out = append(out, iam.Policy{Subject: p.subject, Scope: p.scope, Roles: []iam.RoleID{p.role}})
		}
	}
	return out
}

// world is a loaded index, and what it holds.
type world struct {
	*index.Index
	size
	model  *schema.Model
	tuples []rel.Tuple
}

func loaded(tb testing.TB, s size) world {
	tb.Helper()
	model := builtin(tb, "scalr")
	w := world{Index: index.New(model), size: s, model: model, tuples: tuplesOf(model, s.generate())}
	load(tb, w.Index, w.tuples)
	return w
}

// questions draws n of them at random: anybody, any permission that applies.
func (w world) questions(n int) []question {
	rng := rand.New(rand.NewPCG(7, 7))
	questions := make([]question, 0, n)
	for len(questions) < n {
		q := question{numbered("user", rng.IntN(w.users)), w.model.Permissions[rng.IntN(len(w.model.Permissions))].Name, numbered("workspace", rng.IntN(w.workspaces))}
		if rng.IntN(4) == 0 {
			q.object = numbered("environment", rng.IntN(w.environments))
		}
		if w.model.Permission(q.permission).AppliesAt(q.object.Type) {
			questions = append(questions, q)
		}
	}
	return questions
}
