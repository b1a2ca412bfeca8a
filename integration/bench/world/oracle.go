package world

import "slices"

// Oracle knows what is right. It follows the words of the world, step by step, and
// shares nothing with any engine.
type Oracle struct {
	world *World
	// names are what a user is in policies: itself and its teams.
	names map[string][]string
	// roles are the roles of a subject at a scope.
	roles map[[2]string][]string
	holds map[string]map[string]bool
}

// NewOracle returns the oracle of a world, which must not change afterwards.
func NewOracle(w *World) *Oracle {
	o := &Oracle{world: w, names: map[string][]string{}, roles: map[[2]string][]string{}, holds: map[string]map[string]bool{}}
	for _, user := range w.Users {
		o.names[user] = []string{user}
	}
	for _, team := range w.Teams {
		for _, user := range team.Members {
			o.names[user] = append(o.names[user], team.Name)
		}
	}
	for _, p := range w.Policies {
		at := [2]string{p.Subject, p.Scope}
		o.roles[at] = append(o.roles[at], p.Role)
	}
	for _, role := range w.Roles {
		o.holds[role.Name] = map[string]bool{}
		for _, permission := range role.Permissions {
			o.holds[role.Name][permission] = true
		}
	}
	return o
}

// Check reports whether a user has a permission at a scope.
func (o *Oracle) Check(q Question) bool {
	for scope := q.Object; scope != ""; scope = o.world.Parent[scope] {
		for _, name := range o.names[q.User] {
			if o.gives([2]string{name, scope}, q.Permission) {
				return true
			}
		}
	}
	return false
}

// gives reports whether a subject holds a permission by a policy at the very scope.
func (o *Oracle) gives(at [2]string, permission string) bool {
	return slices.ContainsFunc(o.roles[at], func(role string) bool { return o.holds[role][permission] })
}

// Permissions returns all that a user may do at a scope, sorted.
func (o *Oracle) Permissions(user, object string) []string {
	return where(o.world.Permissions, func(p string) bool { return o.Check(Question{user, p, object}) })
}

// Workspaces returns those where a user has a permission, sorted.
func (o *Oracle) Workspaces(user, permission string) []string {
	return where(o.world.Workspaces, func(w string) bool { return o.Check(Question{user, permission, w}) })
}

// WhoCan returns the users who have a permission at a scope, sorted.
func (o *Oracle) WhoCan(permission, object string) []string {
	return where(o.world.Users, func(u string) bool { return o.Check(Question{u, permission, object}) })
}

func where(all []string, holds func(string) bool) []string {
	var found []string
	for _, one := range all {
		if holds(one) {
			found = append(found, one)
		}
	}
	slices.Sort(found)
	return found
}
