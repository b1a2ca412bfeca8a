package enginetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

func writeRepeated(t *testing.T, subject Subject) {
	inhabited(t, subject)
	touch(t, subject, world()...)
	expectSame(t, "touched twice", contents(t, subject, rel.Filter{}), sorted(world()))
	gone := world()[0]
	remove(t, subject, gone)
	remove(t, subject, gone)
	expectSame(t, "deleted twice", contents(t, subject, rel.Filter{}), sorted(world()[1:]))
}

// writeEmpty: a change without effect on relationships still names a revision.
func writeEmpty(t *testing.T, subject Subject) {
	inhabited(t, subject)
	token := write(t, subject, nil)
	if allowed, _ := check(t, subject, rel.Consistency{AtLeast: token}, question(environment("E1"), "read", "ann")); !allowed {
		t.Error("the revision of an empty write does not hold what was written before")
	}
}

func writeAtomic(t *testing.T, subject Subject) {
	inhabited(t, subject)
	mixed := updates(t, rel.Touch, "team:dev#member@user:eve", "galaxy:G#parent@account:A")
	mixed = append(mixed, updates(t, rel.Delete, world()[0])...)
	_, err := subject.Write(t.Context(), next(t, subject, mixed))
	expectRefused(t, "a tuple of a type that the schema lacks", err, "galaxy")
	expectSame(t, "after a refused write", contents(t, subject, rel.Filter{}), sorted(world()))
}

// expectRefused: what can never be written is told apart from what can be tried
// again, and says what is wrong with it.
func expectRefused(t *testing.T, what string, err error, names string) {
	t.Helper()
	if iam.CodeOf(err) != iam.Internal || iam.ReasonOf(err) != "SPICEDB_REFUSED" {
		t.Errorf("%s: got %v, want INTERNAL and SPICEDB_REFUSED", what, err)
	} else if !strings.Contains(err.Error(), names) {
		t.Errorf("%s: %q does not name %s", what, err, names)
	}
}

func writeThenRead(t *testing.T, subject Subject) {
	inhabited(t, subject)
	asked := question(environment("E1"), "edit", "eve")
	for range 20 {
		granted := touch(t, subject, "role_binding:b2#subject@user:eve")
		if allowed, _ := check(t, subject, rel.Consistency{AtLeast: granted}, asked); !allowed {
			t.Fatal("a grant is not visible at its own token")
		}
		revoked := remove(t, subject, "role_binding:b2#subject@user:eve")
		if allowed, _ := check(t, subject, rel.Consistency{AtLeast: revoked}, asked); allowed {
			t.Fatal("a revocation is not visible at its own token")
		}
		if allowed, _ := check(t, subject, rel.Consistency{}, asked); allowed {
			t.Fatal("a revocation is not visible at the head revision")
		}
	}
}

// writeMany goes beyond the 1,000 updates that SpiceDB takes at once.
func writeMany(t *testing.T, subject Subject) {
	withSchema(t, subject)
	const many = 2500
	tuples := make([]string, many)
	for i := range tuples {
		tuples[i] = fmt.Sprintf("team:dev#member@user:u%04d", i)
	}
	token := touch(t, subject, tuples...)
	last := rel.Question{
		Resource:   rel.Object{Type: "team", ID: "dev"},
		Permission: "member",
		Subject:    rel.Object{Type: "user", ID: fmt.Sprintf("u%04d", many-1)},
	}
	if allowed, _ := check(t, subject, rel.Consistency{AtLeast: token}, last); !allowed {
		t.Error("the token of a long write does not hold its last update")
	}
	expectSame(t, "a long write", contents(t, subject, rel.Filter{}), tuples)
	remove(t, subject, tuples...)
	expectSame(t, "a long removal", contents(t, subject, rel.Filter{}), []string{})
}
