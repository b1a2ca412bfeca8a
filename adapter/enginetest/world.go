package enginetest

import (
	"slices"
	"testing"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// schemaText has the shape of a compiled model: bindings join a role and its
// holders, and scopes inherit from their parent.
const schemaText = `definition user {}

definition team {
	relation member: user
}

definition role {
	relation read: user:*
	relation edit: user:*
}

definition role_binding {
	relation role: role
	relation subject: user | team#member
	permission read = subject & role->read
	permission edit = subject & role->edit
}

definition account {
	relation role_binding: role_binding
	permission read = role_binding->read
	permission edit = role_binding->edit
}

definition environment {
	relation parent: account
	relation role_binding: role_binding
	relation public: user:*
	permission read = role_binding->read + parent->read
	permission edit = role_binding->edit + parent->edit
	permission visit = public
}`

// world is what most tests begin with: ann reads everything in account A, as a
// member of team dev; bob reads and edits environment E1.
func world() []string {
	return []string{
		"role:reader#read@user:*",
		"role:editor#read@user:*",
		"role:editor#edit@user:*",
		"team:dev#member@user:ann",
		"role_binding:b1#role@role:reader",
		"role_binding:b1#subject@team:dev#member",
		"account:A#role_binding@role_binding:b1",
		"role_binding:b2#role@role:editor",
		"role_binding:b2#subject@user:bob",
		"environment:E1#role_binding@role_binding:b2",
		"environment:E1#parent@account:A",
		"environment:E2#parent@account:A",
	}
}

// inhabited writes the schema and the world.
func inhabited(t *testing.T, subject Subject) rel.ZedToken {
	t.Helper()
	withSchema(t, subject)
	return touch(t, subject, world()...)
}

func withSchema(t *testing.T, subject Subject) {
	t.Helper()
	if err := subject.WriteSchema(t.Context(), schemaText); err != nil {
		t.Fatalf("WriteSchema: %v", err)
	}
}

func touch(t *testing.T, subject Subject, tuples ...string) rel.ZedToken {
	t.Helper()
	return write(t, subject, updates(t, rel.Touch, tuples...))
}

func remove(t *testing.T, subject Subject, tuples ...string) rel.ZedToken {
	t.Helper()
	return write(t, subject, updates(t, rel.Delete, tuples...))
}

// tenant owns the changes that the tests make.
const tenant = "acme"

// next returns updates as the next change of the tenant. An engine without
// positions takes each for the first.
func next(t *testing.T, subject Subject, updates []rel.Update) rel.Write {
	t.Helper()
	position := positions(t, subject)[tenant]
	return rel.Write{Updates: updates, Tenant: tenant, Seq: position + 1, After: position}
}

func positions(t *testing.T, subject Subject) map[string]uint64 {
	t.Helper()
	held, err := subject.Positions(t.Context())
	if err != nil {
		t.Fatalf("Positions: %v", err)
	}
	return held
}

func write(t *testing.T, subject Subject, updates []rel.Update) rel.ZedToken {
	t.Helper()
	token, err := subject.Write(t.Context(), next(t, subject, updates))
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	if token == "" {
		t.Fatal("Write returned no token")
	}
	return token
}

func updates(t *testing.T, op rel.Op, tuples ...string) []rel.Update {
	t.Helper()
	var result []rel.Update
	for _, text := range tuples {
		result = append(result, rel.Update{Op: op, Tuple: tuple(t, text)})
	}
	return result
}

func tuple(t *testing.T, text string) rel.Tuple {
	t.Helper()
	parsed, err := rel.ParseTuple(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// question reads "environment:E1 read user:ann" from its three parts.
func question(resource rel.Object, permission, user string) rel.Question {
	return rel.Question{Resource: resource, Permission: permission, Subject: rel.Object{Type: "user", ID: user}}
}

func environment(id string) rel.Object { return rel.Object{Type: "environment", ID: id} }

func check(t *testing.T, subject Subject, at rel.Consistency, asked rel.Question) (bool, rel.ZedToken) {
	t.Helper()
	allowed, token, err := subject.Check(t.Context(), at, asked)
	if err != nil {
		t.Fatalf("Check %v: %v", asked, err)
	}
	if token == "" {
		t.Fatalf("Check %v returned no token", asked)
	}
	return allowed, token
}

// contents returns the tuples that match filter, sorted, as text.
func contents(t *testing.T, subject Subject, filter rel.Filter) []string {
	t.Helper()
	found := []string{}
	for tuple, err := range subject.Read(t.Context(), filter) {
		if err != nil {
			t.Fatalf("Read %+v: %v", filter, err)
		}
		found = append(found, tuple.String())
	}
	slices.Sort(found)
	return found
}

func sorted(texts []string) []string {
	copied := slices.Clone(texts)
	slices.Sort(copied)
	return copied
}

func expectSame[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
