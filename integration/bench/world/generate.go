package world

import (
	"fmt"
	"math/rand/v2"
)

const (
	teamsOfUser = 3
	roles       = 20
	permissions = 150
	// accountRoles are the first roles: those that teams hold at the account.
	accountRoles = 3
)

// Generate makes the world with a number of policies. At 5,000: 100 environments,
// 2,000 workspaces, 200 teams, 2,000 users, 150 permissions. Everything but the
// roles grows with the policies.
//
// Half of the teams hold a policy at the account; two fifths of all policies are for
// teams at environments, two fifths for teams at workspaces, and one fifth for users
// at workspaces. Each user is in three teams.
func Generate(policies int) *World {
	w := &World{Parent: map[string]string{}}
	rng := rand.New(rand.NewPCG(42, 1)) //nolint:gosec // no secret, and everywhere the same
	w.addScopes(max(10, policies/50))
	w.addRoles()
	w.addPeople(rng, max(20, policies/25), max(200, policies*2/5))
	w.addPolicies(rng, policies)
	return w
}

func (w *World) addScopes(environments int) {
	for i := range environments {
		w.Environments = append(w.Environments, fmt.Sprint("environment:e", i))
		w.Parent[w.Environments[i]] = Account
	}
	for i := range 20 * environments {
		w.Workspaces = append(w.Workspaces, fmt.Sprint("workspace:w", i))
		w.Parent[w.Workspaces[i]] = w.Environments[i%environments]
	}
}

// addRoles gives each role a third of the catalogue.
func (w *World) addRoles() {
	for i := range permissions {
		w.Permissions = append(w.Permissions, fmt.Sprintf("kind%d:act%d", i/5, i%5))
	}
	for i := range roles {
		role := Role{Name: fmt.Sprint("role", i)}
		for j, permission := range w.Permissions {
			if (7*i+j)%3 == 0 {
				role.Permissions = append(role.Permissions, permission)
			}
		}
		w.Roles = append(w.Roles, role)
	}
}

func (w *World) addPeople(rng *rand.Rand, teams, users int) {
	for i := range teams {
		w.Teams = append(w.Teams, Team{Name: fmt.Sprint("team:t", i)})
	}
	for i := range users {
		user := fmt.Sprint("user:u", i)
		w.Users = append(w.Users, user)
		mine := map[int]bool{}
		for len(mine) < teamsOfUser {
			team := rng.IntN(teams)
			if !mine[team] {
				mine[team] = true
				w.Teams[team].Members = append(w.Teams[team].Members, user)
			}
		}
	}
}

func (w *World) addPolicies(rng *rand.Rand, policies int) {
	seen := map[Policy]bool{}
	for n := 0; len(w.Policies) < policies; n++ {
		p := Policy{Subject: w.Teams[rng.IntN(len(w.Teams))].Name, Role: w.Roles[rng.IntN(roles)].Name, Scope: pick(rng, w.Workspaces)}
		switch {
		case n%5 == 0 && n/5 < len(w.Teams)/2:
			p = Policy{Subject: w.Teams[n/5].Name, Role: w.Roles[rng.IntN(accountRoles)].Name, Scope: Account}
		case n%5 < 2:
			p.Scope = pick(rng, w.Environments)
		case n%5 == 4:
			p.Subject = pick(rng, w.Users)
		}
		if !seen[p] {
			seen[p] = true
			w.Policies = append(w.Policies, p)
		}
	}
}

// Questions draws n of them at random: anybody, any permission, three quarters at
// workspaces, the others at environments. The same seed draws the same.
func (w *World) Questions(n int, seed uint64) []Question {
	rng := rand.New(rand.NewPCG(7, seed)) //nolint:gosec // no secret, and everywhere the same
	questions := make([]Question, n)
	for i := range questions {
		questions[i] = Question{User: pick(rng, w.Users), Permission: pick(rng, w.Permissions), Object: pick(rng, w.Workspaces)}
		if rng.IntN(4) == 0 {
			questions[i].Object = pick(rng, w.Environments)
		}
	}
	return questions
}

func pick(rng *rand.Rand, from []string) string { return from[rng.IntN(len(from))] }
