package faults

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// next draws what to do. What there is much of is rather deleted than created, so
// that a long trial does not grow.
func (w *writer) next() step {
	kinds := []func() (step, bool){
		w.createUser, w.switchUser, w.switchUser, w.deleteUser,
		w.createEnvironment, w.createWorkspace, w.createWorkspace, w.isolate, w.move, w.deleteScope,
		w.createRole, w.editRole, w.editRole, w.deleteRole,
		w.createTeam, w.changeMembers, w.changeMembers, w.deleteTeam, w.joinOrLeave, w.joinOrLeave,
		w.createPolicy, w.createPolicy, w.createPolicy, w.createPolicy, w.editPolicy, w.editPolicy, w.deletePolicy, w.revoke,
		w.applyWorld, w.createTwice,
	}
	for {
		if s, possible := kinds[w.rng.IntN(len(kinds))](); possible {
			return s
		}
	}
}

// pick draws one of a list.
func pick[E any](w *writer, list []E) (drawn E, ok bool) {
	if len(list) == 0 {
		return drawn, false
	}
	return list[w.rng.IntN(len(list))], true
}

// mine are the objects of one kind that this writer made.
func mine[Row any](w *writer, refOf func(Row) iam.Ref) []Row {
	return slices.DeleteFunc(all[Row](w.held), func(row Row) bool {
		ref := refOf(row)
		return ref.Type == typeAccount || len(ref.ID) > 7 && ref.ID[:7] == "shared-"
	})
}

func (w *writer) users() []iam.User {
	return mine(w, func(u iam.User) iam.Ref { return userRef(u.ID) })
}
func (w *writer) scopes() []iam.Scope { return mine(w, func(s iam.Scope) iam.Ref { return s.Ref }) }
func (w *writer) roles() []iam.Role {
	return mine(w, func(r iam.Role) iam.Ref { return roleRef(r.ID) })
}
func (w *writer) teams() []iam.Group {
	return mine(w, func(g iam.Group) iam.Ref { return teamRef(g.ID) })
}
func (w *writer) policies() []iam.Policy {
	return mine(w, func(p iam.Policy) iam.Ref { return policyRef(p.ID) })
}

// rolesIn are the roles of an account.
func (w *writer) rolesIn(account iam.Ref) []iam.Role {
	return slices.DeleteFunc(w.roles(), func(r iam.Role) bool { return r.Scope != account })
}

func (w *writer) scopesOf(kind string) []iam.Scope {
	return slices.DeleteFunc(w.scopes(), func(s iam.Scope) bool { return s.Ref.Type != kind })
}

func (w *writer) account() iam.Ref { return w.accounts[w.rng.IntN(len(w.accounts))] }

// some draws one to n of a list, sorted.
func some[E cmp.Ordered](w *writer, list []E, n int) []E {
	list = slices.Clone(list)
	w.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	list = list[:min(len(list), 1+w.rng.IntN(n))]
	slices.Sort(list)
	return list
}

// creating is a step that adds an object.
func creating(value any, ref iam.Ref, action string, call func(context.Context, *client.Client) (receipt, error)) step {
	return step{
		name: fmt.Sprintf("%s %s", action, ref), call: call,
		change: func(h holdings) []note { h.put(value); return []note{{action, ref}} },
	}
}

// createTwice tries to create again what is there.
func (w *writer) createTwice() (step, bool) {
	user, ok := pick(w, w.users())
	return step{
		name: "a second user.create " + string(user.ID),
		call: func(ctx context.Context, c *client.Client) (receipt, error) {
			return c.Users.CreateUser(ctx, &ambitv1.CreateUserRequest{User: &ambitv1.User{Id: string(user.ID), Name: "usurper"}})
		},
		change:  func(holdings) []note { return nil },
		refusal: iam.AlreadyExists,
	}, ok
}

// applyWorld makes several objects as one step: a new environment and who works
// in it.
func (w *writer) applyWorld() (step, bool) {
	account := w.account()
	environment := iam.Scope{Ref: iam.Ref{Type: typeEnvironment, ID: w.id("e")}, Parent: account, Tenant: account}
	workspace := iam.Scope{Ref: iam.Ref{Type: typeWorkspace, ID: w.id("w")}, Parent: environment.Ref, Tenant: account}
	user := iam.User{ID: iam.UserID(w.id("u")), Name: "applied", Status: iam.Active}
	role := iam.Role{ID: iam.RoleID(w.id("r")), Scope: account, Permissions: some(w, permissions, 3)}
	policy := iam.Policy{ID: iam.PolicyID(w.id("p")), Subject: userRef(user.ID), Roles: []iam.RoleID{role.ID}, Scope: environment.Ref}
	content := iam.World{
		Scopes: []iam.Scope{environment, workspace}, Users: []iam.User{user}, Roles: []iam.Role{role}, Policies: []iam.Policy{policy},
	}
	return step{
		name: "apply " + environment.Ref.String(),
		call: func(ctx context.Context, c *client.Client) (receipt, error) { return apply(ctx, c, w.model, content) },
		change: func(h holdings) []note {
			for _, value := range []any{environment, workspace, user, role, policy} {
				h.put(value)
			}
			return []note{
				{"scope.create", environment.Ref}, {"scope.create", workspace.Ref}, {"user.apply", userRef(user.ID)},
				{"role.apply", roleRef(role.ID)}, {"policy.apply", policyRef(policy.ID)},
			}
		},
	}, len(w.users()) < 6 && len(w.scopesOf(typeEnvironment)) < 4
}

// mask names the fields that an update changes.
func mask(fields ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: fields} }
