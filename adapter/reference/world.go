package reference

import (
	"fmt"
	"math/rand/v2"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Size says how large a generated world of the model scalr is: one account.
type Size struct{ Environments, Workspaces, Teams, Users, TeamsOfUser, Roles, Policies int }

// Grown is the world that engines are compared in, grown with its policies. At
// 5,000: 100 environments, 2,000 workspaces, 200 teams, 2,000 users.
func Grown(policies int) Size {
	environments := max(10, policies/50)
	return Size{
		Environments: environments, Workspaces: 20 * environments, Teams: max(20, policies/25), Users: max(200, policies*2/5),
		TeamsOfUser: 3, Roles: 20, Policies: policies,
	}
}

// Numbered is an object of the world: "w7" is a workspace.
func Numbered(typeName string, i int) iam.Ref {
	return iam.Ref{Type: typeName, ID: fmt.Sprint(typeName[:1], i)}
}

// World makes the world. Half of the teams hold a policy at the account; two
// fifths of all policies are for teams at environments, as many for teams at
// workspaces, and one fifth for users at workspaces.
func (s Size) World() iam.World {
	rng := rand.New(rand.NewPCG(42, 1)) //nolint:gosec // the same world each time
	account := iam.Ref{Type: "account", ID: "A"}
	world := iam.World{Scopes: []iam.Scope{{Ref: account, Tenant: account}}}
	for i := range s.Environments {
		world.Scopes = append(world.Scopes, iam.Scope{Ref: Numbered("environment", i), Parent: account, Tenant: account})
	}
	for i := range s.Workspaces {
		world.Scopes = append(world.Scopes, iam.Scope{Ref: Numbered("workspace", i), Parent: Numbered("environment", i%s.Environments), Tenant: account})
	}
	for i := range s.Roles {
		world.Roles = append(world.Roles, iam.Role{ID: roleNamed(i), Scope: account, Permissions: rolePatterns(rng)})
	}
	members := make([][]iam.Ref, s.Teams)
	for i := range s.Users {
		world.Users = append(world.Users, iam.User{ID: iam.UserID(Numbered("user", i).ID)})
		mine := map[int]bool{}
		for len(mine) < s.TeamsOfUser {
			mine[rng.IntN(s.Teams)] = true
		}
		for team := range mine {
			members[team] = append(members[team], Numbered("user", i))
		}
	}
	for i := range s.Teams {
		world.Groups = append(world.Groups, iam.Group{ID: iam.GroupID(Numbered("team", i).ID), Scope: account, Members: members[i]})
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

func (s Size) generatePolicies(rng *rand.Rand, account iam.Ref) []iam.Policy {
	system := []iam.RoleID{"read-only", "user", "environment-min-access"}
	type policy struct {
		subject, scope iam.Ref
		role           iam.RoleID
	}
	seen := map[policy]bool{}
	var out []iam.Policy
	for n := 0; len(out) < s.Policies; n++ {
		p := policy{
			subject: Numbered("team", rng.IntN(s.Teams)), role: roleNamed(rng.IntN(s.Roles)),
			scope: Numbered("workspace", rng.IntN(s.Workspaces)),
		}
		switch {
		case n%5 == 0 && n/5 < s.Teams/2:
			p.subject, p.role, p.scope = Numbered("team", n/5), system[rng.IntN(len(system))], account
		case n%5 < 2:
			p.scope = Numbered("environment", rng.IntN(s.Environments))
		case n%5 == 4:
			p.subject = Numbered("user", rng.IntN(s.Users))
		}
		if !seen[p] {
			seen[p] = true
			out = append(out, iam.Policy{Subject: p.subject, Scope: p.scope, Roles: []iam.RoleID{p.role}})
		}
	}
	return out
}
