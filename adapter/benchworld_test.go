package adapter_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// size says how large a generated world is.
type size struct {
	environments, workspaces, teams, users, roles, policies int
}

// large is the world of the benchmarks: one account.
var large = size{environments: 100, workspaces: 2000, teams: 200, users: 2000, roles: 20, policies: 5000}

// generate makes a world of one account after the reference world of the
// comparison with other engines: each user in three teams, a few teams with
// roles at the account, and most policies at environments and workspaces, two
// thirds of them for teams.
func (s size) generate() iam.World {
	rng := rand.New(rand.NewPCG(42, 1))
	account := ref("account", "A")
	world := iam.World{Scopes: []iam.Scope{{Ref: account, Name: "Account"}}}
	for i := range s.environments {
		world.Scopes = append(world.Scopes, iam.Scope{Ref: ref("environment", fmt.Sprint("e", i)), Parent: account})
	}
	for i := range s.workspaces {
		parent := ref("environment", fmt.Sprint("e", i%s.environments))
		world.Scopes = append(world.Scopes, iam.Scope{Ref: ref("workspace", fmt.Sprint("w", i)), Parent: parent})
	}
	for i := range s.roles {
		world.Roles = append(world.Roles, iam.Role{ID: roleNamed(i), Scope: account, Permissions: rolePatterns(rng)})
	}
	members := make([][]iam.Ref, s.teams)
	for i := range s.users {
		world.Users = append(world.Users, iam.User{ID: iam.UserID(fmt.Sprint("u", i)), Email: fmt.Sprintf("u%d@example.com", i)})
		for _, team := range rng.Perm(s.teams)[:min(3, s.teams)] {
			members[team] = append(members[team], ref("user", fmt.Sprint("u", i)))
		}
	}
	for i := range s.teams {
		world.Groups = append(world.Groups, iam.Group{ID: iam.GroupID(fmt.Sprint("t", i)), Scope: account, Members: members[i]})
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
	system := []iam.RoleID{"read-only", "user", "admin", "environment-min-access"}
	policies := map[iam.PolicyID]bool{}
	var out []iam.Policy
	for n := 0; len(out) < s.policies; n++ {
		policy := iam.Policy{Subject: ref("user", fmt.Sprint("u", rng.IntN(s.users))), Roles: []iam.RoleID{roleNamed(rng.IntN(s.roles))}}
		if n%3 > 0 {
			policy.Subject = ref("team", fmt.Sprint("t", rng.IntN(s.teams)))
		}
		if n%5 == 0 {
			policy.Roles = []iam.RoleID{system[rng.IntN(len(system))]}
		}
		switch {
		case n%50 == 0:
			policy.Scope = account
		case n%4 == 0:
			policy.Scope = ref("environment", fmt.Sprint("e", rng.IntN(s.environments)))
		default:
			policy.Scope = ref("workspace", fmt.Sprint("w", rng.IntN(s.workspaces)))
		}
		if id := iam.DerivedPolicyID(policy.Subject, policy.Scope, policy.Roles); !policies[id] {
			policies[id] = true
			out = append(out, policy)
		}
	}
	return out
}

func ref(typeName, id string) iam.Ref { return iam.Ref{Type: typeName, ID: id} }
