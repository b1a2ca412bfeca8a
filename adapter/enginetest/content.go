package enginetest

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func schemaEmpty(t *testing.T, subject Subject) {
	text, err := subject.Schema(t.Context())
	if text != "" || err != nil {
		t.Errorf("the schema of an empty engine: got %q, %v", text, err)
	}
	expectSame(t, "content of an empty engine", contents(t, subject, rel.Filter{}), []string{})
}

func schemaRoundTrip(t *testing.T, subject Subject) {
	for _, text := range []string{"definition user {}", schemaText} {
		if err := subject.WriteSchema(t.Context(), text); err != nil {
			t.Fatalf("WriteSchema: %v", err)
		}
		held, err := subject.Schema(t.Context())
		if err != nil {
			t.Fatalf("Schema: %v", err)
		}
		expectSame(t, "definitions", definitions(held), definitions(text))
	}
}

// definitions returns the first line of each definition, sorted: an engine may
// print a schema in another order and layout than it was written in.
func definitions(text string) []string {
	var heads []string
	for line := range strings.Lines(text) {
		if head, found := strings.CutPrefix(line, "definition "); found {
			name, _, _ := strings.Cut(head, " ")
			heads = append(heads, name)
		}
	}
	return sorted(heads)
}

func schemaBroken(t *testing.T, subject Subject) {
	inhabited(t, subject)
	err := subject.WriteSchema(t.Context(), "definition {")
	expectRefused(t, "a schema that does not parse", err, "parse")
	err = subject.WriteSchema(t.Context(), "definition user {}")
	expectRefused(t, "a schema that drops relations in use", err, "relation")
	if allowed, _ := check(t, subject, rel.Consistency{}, question(environment("E1"), "read", "ann")); !allowed {
		t.Error("a refused schema changed an answer")
	}
}

// schemaDifference: it names what differs, in both directions, and only that.
func schemaDifference(t *testing.T, subject Subject) {
	withSchema(t, subject)
	for _, test := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"a comment", "definition account {", "// where all begins\ndefinition account {", nil},
		{"a definition more", "definition user {}", "definition user {}\n\ndefinition farm {}",
			[]string{"definition farm is missing"}},
		{"a definition less", "definition team {\n\trelation member: user\n}", "",
			[]string{"definition team should not be there", "relation role_binding#subject takes team#member and should not"}},
		{"a relation more", "relation member: user", "relation member: user\n\trelation lead: user",
			[]string{"relation team#lead is missing"}},
		{"a relation less", "\trelation edit: user:*\n}", "}", []string{"relation role#edit should not be there"}},
		{"a subject more", "relation member: user", "relation member: user | user:* | team#member",
			[]string{"relation team#member does not take team#member", "relation team#member does not take user:*"}},
		{"a permission more", "permission visit = public", "permission visit = public\n\tpermission see = visit",
			[]string{"permission environment#see is missing"}},
		{"a permission less", "\tpermission visit = public\n", "", []string{"permission environment#visit should not be there"}},
		{"another rule", "permission visit = public", "permission visit = public & read",
			[]string{"permission environment#visit differs"}},
	} {
		text := strings.Replace(schemaText, test.old, test.new, 1)
		if test.name == "a definition less" {
			text = strings.Replace(text, " | team#member", "", 1)
		}
		got, err := subject.SchemaDifference(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		expectSame(t, test.name, got, test.want)
	}
	_, err := subject.SchemaDifference(t.Context(), "definition {")
	expectRefused(t, "a schema that does not parse", err, "parse")
}

// schemaNone: all of a schema is missing where there is none.
func schemaNone(t *testing.T, subject Subject) {
	got, err := subject.SchemaDifference(t.Context(), "definition user {}\n\ndefinition team {}")
	if err != nil {
		t.Fatalf("SchemaDifference: %v", err)
	}
	for _, want := range []string{"definition team is missing", "definition user is missing"} {
		if !slices.Contains(got, want) {
			t.Errorf("an engine without a schema: got %q, want %q among them", got, want)
		}
	}
}

// members yields many tuples, more than one stream of an import.
func members(count int) iter.Seq[rel.Tuple] {
	return func(yield func(rel.Tuple) bool) {
		for i := range count {
			member := rel.Tuple{
				Resource: rel.Object{Type: "team", ID: fmt.Sprintf("t%d", i%7)},
				Relation: "member",
				Subject:  rel.Object{Type: "user", ID: fmt.Sprintf("u%d", i)},
			}
			if !yield(member) {
				return
			}
		}
	}
}

func importMany(t *testing.T, subject Subject) {
	withSchema(t, subject)
	const many = 21_500
	added, err := subject.Import(t.Context(), members(many))
	if err != nil || added != many {
		t.Fatalf("Import: got %d, %v, want %d", added, err, many)
	}
	want := []string{}
	for tuple := range members(many) {
		want = append(want, tuple.String())
	}
	expectSame(t, "imported", contents(t, subject, rel.Filter{}), sorted(want))
}

func importNone(t *testing.T, subject Subject) {
	withSchema(t, subject)
	if added, err := subject.Import(t.Context(), members(0)); err != nil || added != 0 {
		t.Errorf("importing nothing: got %d, %v", added, err)
	}
}

func readFilters(t *testing.T, subject Subject) {
	inhabited(t, subject)
	for _, filter := range []rel.Filter{
		{},
		{ResourceType: "role_binding"},
		{ResourceType: "role_binding", ResourceID: "b1"},
		{ResourceType: "role_binding", Relation: "role"},
		{ResourceType: "environment", ResourceID: "E1", Relation: "parent"},
		{Relation: "parent"},
		{ResourceType: "team", ResourceID: "none"},
		{ResourceType: "role_binding", Subject: rel.Object{Type: "user"}},
		{ResourceType: "role_binding", Relation: "subject", Subject: rel.Object{Type: "team", ID: "dev"}},
		{ResourceType: "environment", Subject: rel.Object{Type: "account", ID: "none"}},
	} {
		want := []string{}
		for _, text := range world() {
			if matches(tuple(t, text), filter) {
				want = append(want, text)
			}
		}
		expectSame(t, fmt.Sprintf("%+v", filter), contents(t, subject, filter), sorted(want))
	}
}

func matches(tuple rel.Tuple, filter rel.Filter) bool {
	fits := func(wanted, held string) bool { return wanted == "" || wanted == held }
	return fits(filter.ResourceType, tuple.Resource.Type) &&
		fits(filter.ResourceID, tuple.Resource.ID) &&
		fits(filter.Relation, tuple.Relation) &&
		fits(filter.Subject.Type, tuple.Subject.Type) &&
		fits(filter.Subject.ID, tuple.Subject.ID)
}

// readPast: a reading at a revision does not show what came later.
func readPast(t *testing.T, subject Subject) {
	inhabited(t, subject)
	for _, filter := range []rel.Filter{{}, {ResourceType: "role_binding"}} {
		before := contents(t, subject, filter)
		then := touch(t, subject, "role_binding:late#subject@user:eve")
		remove(t, subject, "role_binding:late#subject@user:eve")
		expectSame(t, "the head", contents(t, subject, filter), before)
		filter.At = then
		expectSame(t, "the revision", contents(t, subject, filter), sorted(append(before, "role_binding:late#subject@user:eve")))
	}
}

// readStopped: a reader may stop early, and start over.
func readStopped(t *testing.T, subject Subject) {
	inhabited(t, subject)
	for _, filter := range []rel.Filter{{}, {ResourceType: "role_binding"}} {
		stream := subject.Read(t.Context(), filter)
		for _, err := range stream {
			if err != nil {
				t.Fatalf("Read: %v", err)
			}
			break
		}
		again := slices.Collect(func(yield func(rel.Tuple) bool) {
			stream(func(tuple rel.Tuple, err error) bool { return err == nil && yield(tuple) })
		})
		if want := len(contents(t, subject, filter)); len(again) != want {
			t.Errorf("%+v: the second reading has %d tuples, want %d", filter, len(again), want)
		}
	}
}
