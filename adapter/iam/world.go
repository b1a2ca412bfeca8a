package iam

// World is a set of objects that belong together: what a world file says, what
// an export returns. In Apply, a nil slice inside an object leaves that part of
// an existing object as it is, an empty one empties it.
type World struct {
	Scopes          []Scope
	Users           []User
	ServiceAccounts []ServiceAccount
	Groups          []Group
	Roles           []Role
	Policies        []Policy
	Resources       []Resource
}

// Len returns the number of objects.
func (w World) Len() int {
	return len(w.Scopes) + len(w.Users) + len(w.ServiceAccounts) + len(w.Groups) +
		len(w.Roles) + len(w.Policies) + len(w.Resources)
}
