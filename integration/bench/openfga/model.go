package main

import (
	"fmt"
	"strings"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// modelOf is the world in OpenFGA's words: an object for each role at each scope,
// which gathers who holds it there. An edit of a role changes its own tuples only.
func modelOf(permissions []string) string {
	var b strings.Builder
	b.WriteString("model\n  schema 1.1\ntype user\ntype team\n  relations\n    define member: [user]\ntype role\n  relations\n")
	each := func(lines string) {
		for _, permission := range permissions {
			b.WriteString(strings.ReplaceAll(lines, "PERMISSION", relation(permission)))
		}
	}
	each("    define PERMISSION: [user:*]\n")
	b.WriteString("type binding\n  relations\n    define role: [role]\n    define subject: [user, team#member]\n")
	each("    define PERMISSION: subject and PERMISSION from role\n")
	b.WriteString("type account\n  relations\n    define binding: [binding]\n")
	each("    define PERMISSION: PERMISSION from binding\n")
	for _, scope := range [][2]string{{"environment", "account"}, {"workspace", "environment"}} {
		fmt.Fprintf(&b, "type %s\n  relations\n    define binding: [binding]\n    define parent: [%s]\n", scope[0], scope[1])
		each("    define PERMISSION: PERMISSION from binding or PERMISSION from parent\n")
	}
	return b.String()
}

// relation is the name of a permission in the model.
func relation(permission string) string { return strings.ReplaceAll(permission, ":", "__") }

func tuple(object, relation, user string) *openfgav1.TupleKey {
	return &openfgav1.TupleKey{Object: object, Relation: relation, User: user}
}

func tuplesOf(w *world.World) []*openfgav1.TupleKey {
	var tuples []*openfgav1.TupleKey
	for _, role := range w.Roles {
		tuples = append(tuples, contents(role.Name, role.Permissions)...)
	}
	for _, team := range w.Teams {
		for _, user := range team.Members {
			tuples = append(tuples, tuple(team.Name, "member", user))
		}
	}
	for _, scope := range w.Scopes()[1:] {
		tuples = append(tuples, tuple(scope, "parent", w.Parent[scope]))
	}
	for at, subjects := range w.Holders() {
		tuples = append(tuples, bindingOf(at)...)
		for _, subject := range subjects {
			tuples = append(tuples, tuple("binding:"+at.ID(), "subject", subjectOf(subject)))
		}
	}
	return tuples
}

func contents(role string, permissions []string) []*openfgav1.TupleKey {
	var tuples []*openfgav1.TupleKey
	for _, permission := range permissions {
		tuples = append(tuples, tuple("role:"+role, relation(permission), "user:*"))
	}
	return tuples
}

func bindingOf(at world.Binding) []*openfgav1.TupleKey {
	return []*openfgav1.TupleKey{
		tuple(at.Scope, "binding", "binding:"+at.ID()),
		tuple("binding:"+at.ID(), "role", "role:"+at.Role),
	}
}

func subjectOf(subject string) string {
	if world.Type(subject) == "team" {
		return subject + "#member"
	}
	return subject
}
