package faults

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// holdings is what is stored, as the acknowledgements say: an iam.User, Scope,
// Role, Group or Policy by its reference, and true for each membership in a team
// that writers share.
type holdings map[iam.Ref]any

// The types of references. Roles, policies and memberships have none in the
// model; these are ours.
const (
	typeUser        = "user"
	typeTeam        = "team"
	typeRole        = "role"
	typePolicy      = "policy"
	typeMembership  = "membership"
	typeAccount     = "account"
	typeEnvironment = "environment"
	typeWorkspace   = "workspace"
)

func userRef(id iam.UserID) iam.Ref     { return iam.Ref{Type: typeUser, ID: string(id)} }
func teamRef(id iam.GroupID) iam.Ref    { return iam.Ref{Type: typeTeam, ID: string(id)} }
func roleRef(id iam.RoleID) iam.Ref     { return iam.Ref{Type: typeRole, ID: string(id)} }
func policyRef(id iam.PolicyID) iam.Ref { return iam.Ref{Type: typePolicy, ID: string(id)} }

// membershipRef stands for a user in a shared team.
func membershipRef(team iam.GroupID, user iam.UserID) iam.Ref {
	return iam.Ref{Type: typeMembership, ID: string(team) + " " + string(user)}
}

// membershipOf is the inverse of membershipRef.
func membershipOf(ref iam.Ref) (team iam.GroupID, user iam.UserID) {
	first, second, _ := strings.Cut(ref.ID, " ")
	return iam.GroupID(first), iam.UserID(second)
}

// put adds an object under its own reference.
func (h holdings) put(value any) {
	switch v := value.(type) {
	case iam.User:
		h[userRef(v.ID)] = v
	case iam.Scope:
		h[v.Ref] = v
	case iam.Role:
		h[roleRef(v.ID)] = v
	case iam.Group:
		h[teamRef(v.ID)] = v
	case iam.Policy:
		h[policyRef(v.ID)] = v
	}
}

// changed returns the references under which two holdings differ, sorted.
func (h holdings) changed(other holdings) []iam.Ref {
	refs := map[iam.Ref]bool{}
	for _, side := range []holdings{h, other} {
		for ref := range side {
			if !alike(h[ref], other[ref]) {
				refs[ref] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(refs), func(x, y iam.Ref) int { return strings.Compare(x.String(), y.String()) })
}

// alike compares two objects by what writers decide about.
func alike(x, y any) bool { return reflect.DeepEqual(plain(x), plain(y)) }

// plain leaves out what the server decides: stamps, tenants, and whether an empty
// list is nil.
func plain(value any) any {
	switch v := value.(type) {
	case iam.User:
		v.Stamp = iam.Stamp{}
		if v.Status == "" {
			v.Status = iam.Active
		}
		return v
	case iam.Scope:
		v.Stamp, v.Tenant = iam.Stamp{}, iam.Ref{}
		return v
	case iam.Role:
		v.Stamp, v.Tenant = iam.Stamp{}, iam.Ref{}
		v.Permissions, v.Except = orNil(v.Permissions), orNil(v.Except)
		return v
	case iam.Group:
		v.Stamp, v.Tenant = iam.Stamp{}, iam.Ref{}
		v.Members, v.Roles, v.Scopes = orNil(v.Members), orNil(v.Roles), orNil(v.Scopes)
		return v
	case iam.Policy:
		v.Stamp, v.Tenant = iam.Stamp{}, iam.Ref{}
		v.Roles = orNil(v.Roles)
		return v
	}
	return value
}

func orNil[E any](list []E) []E {
	if len(list) == 0 {
		return nil
	}
	return list
}

// all returns the objects of one kind in the order of their references, so that
// a seed always leads to the same choices.
func all[Row any](h holdings) []Row {
	var refs []iam.Ref
	for ref, value := range h {
		if _, ok := value.(Row); ok {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(x, y iam.Ref) int { return strings.Compare(x.String(), y.String()) })
	rows := make([]Row, len(refs))
	for i, ref := range refs {
		rows[i] = h[ref].(Row) //nolint:forcetypeassert // looked at above
	}
	return rows
}

// tenantOf returns the account above an object, or zero for a user.
func (h holdings) tenantOf(value any) iam.Ref {
	switch v := value.(type) {
	case iam.Scope:
		return v.Tenant
	case iam.Role:
		return v.Scope
	case iam.Group:
		return v.Scope
	case iam.Policy:
		scope, _ := h[v.Scope].(iam.Scope)
		return scope.Tenant
	}
	return iam.Ref{}
}

// dropPolicies removes policies, as a deletion of what they name does.
func (h holdings) dropPolicies(gone func(iam.Policy) bool) []note {
	var notes []note
	for _, policy := range all[iam.Policy](h) {
		if gone(policy) {
			delete(h, policyRef(policy.ID))
			notes = append(notes, note{"policy.delete", policyRef(policy.ID)})
		}
	}
	return notes
}

// dropUser removes a user with its policies, and from all teams.
func (h holdings) dropUser(id iam.UserID) []note {
	ref := userRef(id)
	notes := h.dropPolicies(func(p iam.Policy) bool { return p.Subject == ref })
	for _, team := range all[iam.Group](h) {
		if at := slices.Index(team.Members, ref); at >= 0 {
			team.Members = slices.Delete(slices.Clone(team.Members), at, at+1)
			h.put(team)
		}
	}
	for other := range h {
		if other.Type == typeMembership {
			if _, user := membershipOf(other); user == id {
				delete(h, other)
			}
		}
	}
	delete(h, ref)
	return append(notes, note{"user.delete", ref})
}

// dropScope removes a scope with all below it. Writers keep teams and roles at
// accounts, which nobody deletes.
func (h holdings) dropScope(top iam.Ref) []note {
	below := map[iam.Ref]bool{top: true}
	for _, scope := range all[iam.Scope](h) { // an environment holds workspaces, and they nothing
		if scope.Parent == top {
			below[scope.Ref] = true
		}
	}
	notes := h.dropPolicies(func(p iam.Policy) bool { return below[p.Scope] })
	for ref := range below {
		delete(h, ref)
		notes = append(notes, note{"scope.delete", ref})
	}
	return notes
}

// note is an entry of the audit log that an acknowledged change leaves.
type note struct {
	action string
	object iam.Ref
}
