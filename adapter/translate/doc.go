// Package translate turns rows of the domain into relationships, and back.
//
// It is pure: the same rows give the same tuples, nothing is read or kept. All
// that SpiceDB holds is the union of what these functions return, so it can be
// rebuilt, compared and repaired at any time.
//
//	iam.Scope          ──▶ environment:E#parent@account:A
//	iam.Role           ──▶ role:R#modules__read@user:*
//	policies of a      ──▶ role_binding:environment/E/R#role@role:R
//	(scope, role) pair     role_binding:environment/E/R#subject@team:dev#member
//	                       environment:E#role_binding@role_binding:environment/E/R
//	iam.Group          ──▶ team:dev#member@user:ann
//	owned object       ──▶ service_account:ci#owner@team:dev#member
//
// A binding gathers all subjects that hold one role at one scope. Its id is made
// of both, so every tuple leads back to the policies that caused it.
package translate
