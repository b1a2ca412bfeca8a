package main

import (
	"strings"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// schemaOf is the world in SpiceDB's words: an object for each role at each scope,
// which gathers who holds it there. Of the ways that were tried it is the fastest.
func schemaOf(permissions []string) string {
	var b strings.Builder
	each := func(lines string) {
		for _, permission := range permissions {
			b.WriteString(strings.ReplaceAll(lines, "PERMISSION", relation(permission)))
		}
		b.WriteString("}\n")
	}
	b.WriteString("definition user {}\ndefinition team {\n relation member: user\n}\ndefinition role {\n")
	each(" relation PERMISSION: user:*\n")
	b.WriteString("definition binding {\n relation role: role\n relation subject: user | team#member\n")
	each(" permission PERMISSION = subject & role->PERMISSION\n")
	b.WriteString("definition account {\n relation binding: binding\n")
	each(" permission PERMISSION = binding->PERMISSION\n")
	for _, scope := range [][2]string{{"environment", "account"}, {"workspace", "environment"}} {
		b.WriteString("definition " + scope[0] + " {\n relation binding: binding\n relation parent: " + scope[1] + "\n")
		each(" permission PERMISSION = binding->PERMISSION + parent->PERMISSION\n")
	}
	return b.String()
}

// relation is the name of a permission in the schema.
func relation(permission string) string { return strings.ReplaceAll(permission, ":", "__") }

func object(reference string) *v1.ObjectReference {
	return &v1.ObjectReference{ObjectType: world.Type(reference), ObjectId: world.ID(reference)}
}

func subject(reference string) *v1.SubjectReference {
	s := &v1.SubjectReference{Object: object(reference)}
	if world.Type(reference) == "team" {
		s.OptionalRelation = "member"
	}
	return s
}

func plain(reference string) *v1.SubjectReference {
	return &v1.SubjectReference{Object: object(reference)}
}

func tuple(resource, relation string, subject *v1.SubjectReference) *v1.Relationship {
	return &v1.Relationship{Resource: object(resource), Relation: relation, Subject: subject}
}

func tuplesOf(w *world.World) []*v1.Relationship {
	var tuples []*v1.Relationship
	for _, role := range w.Roles {
		tuples = append(tuples, contents(role.Name, role.Permissions)...)
	}
	for _, team := range w.Teams {
		for _, user := range team.Members {
			tuples = append(tuples, tuple(team.Name, "member", plain(user)))
		}
	}
	for _, scope := range w.Scopes()[1:] {
		tuples = append(tuples, tuple(scope, "parent", plain(w.Parent[scope])))
	}
	for at, subjects := range w.Holders() {
		binding := "binding:" + at.ID()
		tuples = append(tuples, tuple(at.Scope, "binding", plain(binding)), tuple(binding, "role", plain("role:"+at.Role)))
		for _, holder := range subjects {
			tuples = append(tuples, tuple(binding, "subject", subject(holder)))
		}
	}
	return tuples
}

func contents(role string, permissions []string) []*v1.Relationship {
	var tuples []*v1.Relationship
	for _, permission := range permissions {
		tuples = append(tuples, tuple("role:"+role, relation(permission), plain("user:*")))
	}
	return tuples
}
