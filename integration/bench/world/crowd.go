package world

import "fmt"

// The crowd is one team that holds a role of its own at the account.
const (
	CrowdTeam = "team:crowd"
	CrowdRole = "crowd"
	// Holders is how many people hold the role.
	Holders = 10_000
)

// AddCrowd adds 10,000 users who hold a role through a team, and nothing else, and
// returns them. The role holds the first permission; engines are timed while it is
// edited.
func (w *World) AddCrowd() []string {
	team := Team{Name: CrowdTeam}
	for i := range Holders {
		team.Members = append(team.Members, fmt.Sprint("user:crowd", i))
	}
	w.Users = append(w.Users, team.Members...)
	w.Teams = append(w.Teams, team)
	w.Roles = append(w.Roles, Role{Name: CrowdRole, Permissions: w.Permissions[:1]})
	w.Policies = append(w.Policies, Policy{Subject: CrowdTeam, Role: CrowdRole, Scope: Account})
	return team.Members
}
