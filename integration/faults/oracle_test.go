package faults

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// permissions are those that writers give and ask for. All of them can be asked
// at every type of scope, and need nothing else.
var permissions = []string{"runs-queue:read", "variables:create", "variables:delete", "variables:read", "variables:update"}

// sharedPermission is what the shared team of an account gives.
const sharedPermission = "software-versions:read"

// question is whether a user has a permission at a scope.
type question struct {
	user       iam.UserID
	permission string
	scope      iam.Ref
}

func (q question) message() *ambitv1.Question {
	return &ambitv1.Question{Subject: userRef(q.user).String(), Permission: q.permission, Object: q.scope.String()}
}

// view is a look at holdings that do not change meanwhile.
type view struct {
	holdings
	policies []iam.Policy
	users    []iam.User
	scopes   []iam.Scope
}

func viewOf(h holdings) view {
	return view{holdings: h, policies: all[iam.Policy](h), users: all[iam.User](h), scopes: all[iam.Scope](h)}
}

// allows answers a question by the rules alone, as naively as they are written.
func (v view) allows(q question) bool { return v.granted(q.user, q.scope)[q.permission] }

// granted returns all that a user may do at a scope.
func (v view) granted(id iam.UserID, scope iam.Ref) map[string]bool {
	user, known := v.holdings[userRef(id)].(iam.User)
	if !known || user.Status == iam.Inactive {
		return nil
	}
	found, path := map[string]bool{}, v.path(scope)
	for _, policy := range v.policies {
		if !slices.Contains(path, policy.Scope) || !v.names(policy.Subject, id) {
			continue
		}
		for _, id := range policy.Roles {
			role, _ := v.holdings[roleRef(id)].(iam.Role)
			for _, permission := range role.Permissions {
				found[permission] = true
			}
		}
	}
	return found
}

// path returns the scopes whose policies reach a scope; none, if there is no such
// scope.
func (v view) path(ref iam.Ref) []iam.Ref {
	var path []iam.Ref
	for {
		scope, known := v.holdings[ref].(iam.Scope)
		if !known {
			return path
		}
		path = append(path, ref)
		if scope.Isolated {
			return append(path, scope.Tenant)
		}
		ref = scope.Parent
	}
}

// names reports whether the subject of a policy is a user, itself or as a team.
func (v view) names(subject iam.Ref, user iam.UserID) bool {
	if subject == userRef(user) {
		return true
	}
	team, ok := v.holdings[subject].(iam.Group)
	return ok && (slices.Contains(team.Members, userRef(user)) || v.holdings[membershipRef(team.ID, user)] != nil)
}

// asking is a user and a scope that questions are about.
type asking struct {
	user   iam.UserID
	scope  iam.Ref
	tenant iam.Ref
}

// askings returns all users and scopes of some views together.
func askings(views ...view) []asking {
	var found []asking
	seen := map[asking]bool{}
	for _, users := range views {
		for _, scopes := range views {
			for _, user := range users.users {
				for _, scope := range scopes.scopes {
					one := asking{user.ID, scope.Ref, scope.Tenant}
					if !seen[one] {
						seen[one], found = true, append(found, one)
					}
				}
			}
		}
	}
	return found
}

// decided returns the questions whose answer a change turned over, by tenant.
func decided(before, after holdings) map[iam.Ref][]question {
	turned := map[iam.Ref][]question{}
	old, young := viewOf(before), viewOf(after)
	for _, a := range askings(old, young) {
		was, is := old.granted(a.user, a.scope), young.granted(a.user, a.scope)
		for _, permission := range append([]string{sharedPermission}, permissions...) {
			if was[permission] != is[permission] {
				turned[a.tenant] = append(turned[a.tenant], question{a.user, permission, a.scope})
			}
		}
	}
	return turned
}
