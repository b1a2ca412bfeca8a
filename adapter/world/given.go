package world

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// together returns the worlds to apply for the given of a file and of a case:
// one, so that each may refer to the other, or none if both are empty. Where
// both name the same object they stay two, so that the case's wins.
func together(file, own iam.World) []iam.World {
	worlds := []iam.World{file, own}
	if !overlap(file, own) {
		worlds = []iam.World{union(file, own)}
	}
	return slices.DeleteFunc(worlds, func(w iam.World) bool { return w.Len() == 0 })
}

func union(a, b iam.World) iam.World {
	return iam.World{
		Scopes:          slices.Concat(a.Scopes, b.Scopes),
		Users:           slices.Concat(a.Users, b.Users),
		ServiceAccounts: slices.Concat(a.ServiceAccounts, b.ServiceAccounts),
		Groups:          slices.Concat(a.Groups, b.Groups),
		Roles:           slices.Concat(a.Roles, b.Roles),
		Policies:        slices.Concat(a.Policies, b.Policies),
		Resources:       slices.Concat(a.Resources, b.Resources),
	}
}

// overlap reports whether two worlds name the same object.
func overlap(a, b iam.World) bool {
	return share(a.Scopes, b.Scopes, func(s iam.Scope) iam.Ref { return s.Ref }) ||
		share(a.Users, b.Users, func(u iam.User) iam.UserID { return u.ID }) ||
		share(a.ServiceAccounts, b.ServiceAccounts, func(s iam.ServiceAccount) iam.ServiceAccountID { return s.ID }) ||
		share(a.Groups, b.Groups, func(g iam.Group) iam.GroupID { return g.ID }) ||
		share(a.Roles, b.Roles, func(r iam.Role) iam.RoleID { return r.ID }) ||
		share(a.Policies, b.Policies, policyID) ||
		share(a.Resources, b.Resources, func(r iam.Resource) iam.Ref { return r.Ref })
}

func share[Row any, ID comparable](a, b []Row, id func(Row) ID) bool {
	ids := make(map[ID]bool, len(a))
	for _, row := range a {
		ids[id(row)] = true
	}
	return slices.ContainsFunc(b, func(row Row) bool { return ids[id(row)] })
}

// policyID returns the id of a policy, or the one that follows from its
// content.
func policyID(p iam.Policy) iam.PolicyID {
	if p.ID != "" {
		return p.ID
	}
	return iam.DerivedPolicyID(p.Subject, p.Scope, p.Roles)
}
