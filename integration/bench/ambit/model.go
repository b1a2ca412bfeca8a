package main

import (
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/integration/bench/world"
	"github.com/ambit-iam/ambit/schema"
)

// modelText is the world's kind as a model file: the catalogue at three types of
// scopes, and custom roles.
func modelText(permissions []string) string {
	var b strings.Builder
	b.WriteString(`model: bench
version: 1
types:
  user: {kind: user, description: A person.}
  team: {kind: group, in: [account], members: [user], description: People who share policies.}
  account: {kind: scope, description: The tenant.}
  environment: {kind: scope, in: [account], description: A group of workspaces.}
  workspace: {kind: scope, in: [environment], description: One state.}
policies: {subjects: [user, team], at: [account, environment, workspace]}
custom_roles: {in: [account], in_use: refuse}
permissions:
`)
	for _, permission := range permissions {
		fmt.Fprintf(&b, "- {name: %q, at: [account, environment, workspace], description: One of many}\n", permission)
	}
	return b.String()
}

func modelOf(w *world.World) (*schema.Model, error) {
	return schema.Load("bench.yaml", []byte(modelText(w.Permissions)))
}

func ref(reference string) iam.Ref {
	return iam.Ref{Type: world.Type(reference), ID: world.ID(reference)}
}

func refs(references []string) []iam.Ref {
	found := make([]iam.Ref, len(references))
	for i, reference := range references {
		found[i] = ref(reference)
	}
	return found
}

func texts(references []iam.Ref) []string {
	found := make([]string, len(references))
	for i, reference := range references {
		found[i] = reference.Type + ":" + reference.ID
	}
	return found
}

// rowsOf is the world in Ambit's words.
func rowsOf(w *world.World) iam.World {
	account := ref(world.Account)
	rows := iam.World{Scopes: []iam.Scope{{Ref: account, Name: "bench", Tenant: account}}}
	for _, scope := range w.Scopes()[1:] {
		rows.Scopes = append(rows.Scopes, iam.Scope{Ref: ref(scope), Parent: ref(w.Parent[scope]), Tenant: account})
	}
	for _, user := range w.Users {
		rows.Users = append(rows.Users, iam.User{ID: iam.UserID(world.ID(user))})
	}
	for _, team := range w.Teams {
		rows.Groups = append(rows.Groups, iam.Group{ID: iam.GroupID(world.ID(team.Name)), Scope: account, Members: refs(team.Members)})
	}
	for _, role := range w.Roles {
		rows.Roles = append(rows.Roles, iam.Role{ID: iam.RoleID(role.Name), Scope: account, Permissions: role.Permissions})
	}
	for _, p := range w.Policies {
		rows.Policies = append(rows.Policies, policyOf(p))
	}
	return rows
}

func policyOf(p world.Policy) iam.Policy {
	return iam.Policy{Subject: ref(p.Subject), Roles: []iam.RoleID{iam.RoleID(p.Role)}, Scope: ref(p.Scope)}
}
