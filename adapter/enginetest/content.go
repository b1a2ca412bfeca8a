package enginetest

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
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
	for what, text := range map[string]string{
		"does not parse":      "definition {",
		"drops used relation": "definition user {}",
	} {
		if err := subject.WriteSchema(t.Context(), text); iam.CodeOf(err) != iam.Internal {
			t.Errorf("a schema that %s: got %v, want INTERNAL", what, err)
		}
	}
	if allowed, _ := check(t, subject, rel.Consistency{}, question(environment("E1"), "read", "ann")); !allowed {
		t.Error("a refused schema changed an answer")
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
		fits(filter.Relation, tuple.Relation)
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
