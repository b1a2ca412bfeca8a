package spicedb

import (
	"strings"
	"testing"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// printed is what SpiceDB makes of our definitions between others.
const printed = `/** First. */
definition account {
	// of the account
	permission read = nil
}

/** A text that Ambit notes here. */
definition ambit/text {}

/**
 * A long comment
 * of two lines.
 */
definition ambit/store {
	relation model: ambit/text

	/** of a relation */
	relation version: ambit/text
}

// of user
definition user {}`

func TestWithoutOwn(t *testing.T) {
	t.Parallel()
	user, account := "// of user\ndefinition user {}", strings.Split(printed, "\n\n")[0]
	for name, test := range map[string]struct{ text, want string }{
		"between others": {printed, account + "\n\n" + user},
		"nothing else":   {ownSchema + bookkeepingSchema, ""},
		"at the end":     {New(nil, Bookkeeping()).withOwn(user + "\n"), user},
		"less of them":   {New(nil).withOwn(user + "\n"), user},
		"none":           {account + "\n\n" + user, account + "\n\n" + user},
		"empty":          {"", ""},
		"header":         {"// of the file\n\n" + ownSchema + bookkeepingSchema + "\n" + user + "\n", "// of the file\n\n" + user},
		"similar names":  {"definition ambition {}\n\ndefinition ambit {}", "definition ambition {}\n\ndefinition ambit {}"},
	} {
		if got := withoutOwn(test.text); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestWithOwn(t *testing.T) {
	t.Parallel()
	if got := New(nil).withOwn("definition user {}"); got != "definition user {}\n\n"+ownSchema {
		t.Errorf("without bookkeeping: got %q", got)
	}
	if got := New(nil, Bookkeeping()).withOwn(""); got != ownSchema+bookkeepingSchema {
		t.Errorf("nothing else: got %q", got)
	}
}

func TestBookkeepingRaisesMaxUpdates(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{1: minBookkeepingUpdates, 50: 50} {
		for _, options := range [][]Option{{MaxUpdates(limit), Bookkeeping()}, {Bookkeeping(), MaxUpdates(limit)}} {
			if got := New(nil, options...).maxUpdates; got != want {
				t.Errorf("MaxUpdates(%d): got %d, want %d", limit, got, want)
			}
		}
	}
}

func TestMovement(t *testing.T) {
	t.Parallel()
	const outbox = "ambit/outbox:=YWNjb3VudDpB#delivered"
	for name, test := range map[string]struct {
		after, seq uint64
		condition  string
		updates    string
	}{
		"the first":    {0, 1, "OPERATION_MUST_NOT_MATCH", "TOUCH 1"},
		"the next":     {1, 2, "OPERATION_MUST_MATCH 1", "DELETE 1, TOUCH 2"},
		"after a gap":  {3, 7, "OPERATION_MUST_MATCH 3", "DELETE 3, TOUCH 7"},
		"a correction": {3, 3, "OPERATION_MUST_MATCH 3", ""},
		"before all":   {0, 0, "OPERATION_MUST_NOT_MATCH", ""},
	} {
		write := rel.Write{Tenant: "account:A", After: test.after, Seq: test.seq}
		var updates []string
		for _, update := range movement(write) {
			tuple := fromRelationship(update.GetRelationship())
			resource, id, _ := strings.Cut(tuple.String(), "@ambit/text:")
			if resource != outbox {
				t.Errorf("%s: moves %v", name, tuple)
			}
			updates = append(updates, strings.TrimPrefix(update.GetOperation().String(), "OPERATION_")+" "+id)
		}
		if got := strings.Join(updates, ", "); got != test.updates {
			t.Errorf("%s: got %s, want %s", name, got, test.updates)
		}
		wants := condition(write)
		got := strings.TrimSpace(wants.GetOperation().String() + " " + wants.GetFilter().GetOptionalSubjectFilter().GetOptionalSubjectId())
		if got != test.condition {
			t.Errorf("%s: the condition is %s, want %s", name, got, test.condition)
		}
	}
}
