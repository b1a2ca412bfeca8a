package main

import (
	"context"
	"fmt"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// rules is the world in Casbin's words: g puts users into teams, g2 scopes below
// scopes, g3 permissions into roles. That way an edit of a role changes its own rows
// only, as with the other engines.
const rules = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, role
[role_definition]
g = _, _
g2 = _, _
g3 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && g2(r.obj, p.obj) && g3(r.act, p.role)
`

type engine struct {
	*casbin.SyncedEnforcer
}

func open(ctx context.Context, w *world.World) (peer.Engine, error) {
	m, err := model.NewModelFromString(rules)
	if err != nil {
		return nil, err
	}
	enforcer, err := casbin.NewSyncedEnforcer(m)
	if err != nil {
		return nil, err
	}
	for name, rows := range groupings(w) {
		if _, err := enforcer.AddNamedGroupingPolicies(name, rows); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	var policies [][]string
	for _, p := range w.Policies {
		policies = append(policies, row(p))
	}
	if _, err := enforcer.AddPolicies(policies); err != nil {
		return nil, err
	}
	return engine{enforcer}, ctx.Err()
}

func groupings(w *world.World) map[string][][]string {
	rows := map[string][][]string{}
	for _, team := range w.Teams {
		for _, user := range team.Members {
			rows["g"] = append(rows["g"], []string{user, team.Name})
		}
	}
	for _, scope := range w.Scopes()[1:] {
		rows["g2"] = append(rows["g2"], []string{scope, w.Parent[scope]})
	}
	for _, role := range w.Roles {
		rows["g3"] = append(rows["g3"], contents(role.Name, role.Permissions)...)
	}
	return rows
}

func contents(role string, permissions []string) [][]string {
	var rows [][]string
	for _, permission := range permissions {
		rows = append(rows, []string{permission, role})
	}
	return rows
}

func row(p world.Policy) []string { return []string{p.Subject, p.Scope, p.Role} }

// Check is one Enforce, which goes through the policies.
func (e engine) Check(_ context.Context, q world.Question) (bool, error) {
	return e.Enforce(q.User, q.Object, q.Permission)
}

// CheckMany is one BatchEnforce, which asks one question after the other under one
// lock.
func (e engine) CheckMany(_ context.Context, questions []world.Question) ([]bool, error) {
	requests := make([][]any, len(questions))
	for i, q := range questions {
		requests[i] = []any{q.User, q.Object, q.Permission}
	}
	return e.BatchEnforce(requests)
}

// SetRole adds before it removes: Casbin has no call that does both at once.
func (e engine) SetRole(_ context.Context, role world.Role, was []string) error {
	if _, err := e.AddNamedGroupingPolicies("g3", contents(role.Name, role.Permissions)); err != nil {
		return err
	}
	_, err := e.RemoveNamedGroupingPolicies("g3", contents(role.Name, was))
	return err
}

// Grant adds one row.
func (e engine) Grant(_ context.Context, p world.Policy) error {
	_, err := e.AddPolicy(row(p))
	return err
}

// Revoke removes one row.
func (e engine) Revoke(_ context.Context, p world.Policy) error {
	_, err := e.RemovePolicy(row(p))
	return err
}

// Close has nothing to close: rows are kept in memory.
func (e engine) Close() error { return nil }
