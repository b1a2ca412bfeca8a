package enginetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

func checkInherits(t *testing.T, subject Subject) {
	token := inhabited(t, subject)
	want := map[rel.Question]bool{
		question(rel.Object{Type: "account", ID: "A"}, "read", "ann"): true,
		question(rel.Object{Type: "account", ID: "A"}, "read", "bob"): false,
		question(environment("E1"), "read", "ann"):                    true,
		question(environment("E1"), "edit", "ann"):                    false,
		question(environment("E1"), "edit", "bob"):                    true,
		question(environment("E2"), "read", "ann"):                    true,
		question(environment("E2"), "read", "bob"):                    false,
		question(environment("E1"), "read", "nobody"):                 false,
		question(environment("nowhere"), "read", "ann"):               false,
	}
	for asked, wanted := range want {
		if allowed, _ := check(t, subject, rel.Consistency{AtLeast: token}, asked); allowed != wanted {
			t.Errorf("%v: got %v, want %v", asked, allowed, wanted)
		}
	}
}

// checkExact: the revision that an answer names stays what it was, also for
// questions that were not asked before the next write, which no cache can know.
func checkExact(t *testing.T, subject Subject) {
	written := inhabited(t, subject)
	asked := question(environment("E1"), "edit", "bob")
	for i, at := range []rel.Consistency{{}, {AtLeast: written}, {AtLeast: written, Exact: true}} {
		_, answered := check(t, subject, at, asked)
		late := fmt.Sprintf("late%d", i)
		touch(t, subject, "role_binding:b2#subject@user:"+late)
		exact := rel.Consistency{AtLeast: answered, Exact: true}
		if allowed, _ := check(t, subject, exact, question(environment("E1"), "edit", late)); allowed {
			t.Errorf("asked at %+v: a later write shows at the revision of the answer", at)
		}
	}
}

func checkUnknown(t *testing.T, subject Subject) {
	inhabited(t, subject)
	_, _, err := subject.Check(t.Context(), rel.Consistency{}, question(environment("E1"), "fly", "ann"))
	if iam.CodeOf(err) != iam.Internal {
		t.Errorf("a permission that the schema lacks: got %v, want INTERNAL", err)
	}
}

// alternating holds count questions whose answers are yes, no, yes, no, ...
func alternating(count int) ([]rel.Question, []bool) {
	questions, want := make([]rel.Question, count), make([]bool, count)
	for i := range questions {
		user := "bob"
		if i%2 == 1 {
			user = fmt.Sprintf("stranger%d", i)
		}
		questions[i], want[i] = question(environment("E1"), "edit", user), i%2 == 0
	}
	return questions, want
}

func checkManyOrder(t *testing.T, subject Subject) {
	token := inhabited(t, subject)
	// More than one call to SpiceDB, and the last one not full.
	questions, want := alternating(1101)
	answers, at, err := subject.CheckMany(t.Context(), rel.Consistency{AtLeast: token}, questions)
	if err != nil {
		t.Fatalf("CheckMany: %v", err)
	}
	expectSame(t, "answers", answers, want)
	if at == "" {
		t.Error("CheckMany returned no token")
	}
}

func checkManyEmpty(t *testing.T, subject Subject) {
	inhabited(t, subject)
	answers, _, err := subject.CheckMany(t.Context(), rel.Consistency{}, nil)
	if err != nil || len(answers) != 0 {
		t.Errorf("no questions: got %v, %v", answers, err)
	}
}

func checkManyFailure(t *testing.T, subject Subject) {
	inhabited(t, subject)
	questions, _ := alternating(10)
	questions[7].Permission = "fly"
	answers, _, err := subject.CheckMany(t.Context(), rel.Consistency{}, questions)
	if iam.CodeOf(err) != iam.Internal || answers != nil {
		t.Errorf("one bad question: got %v, %v, want only INTERNAL", answers, err)
	}
}

// checkManyRevision asks for many people while the role that all of them hold
// changes as fast as the engine can write: their answers must be the same.
func checkManyRevision(t *testing.T, subject Subject) {
	inhabited(t, subject)
	const holders = 2000
	tuples, questions := make([]string, holders), make([]rel.Question, holders)
	for i := range holders {
		user := fmt.Sprintf("holder%d", i)
		tuples[i] = "role_binding:b2#subject@user:" + user
		questions[i] = question(environment("E1"), "edit", user)
	}
	token := touch(t, subject, tuples...)
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() { flip(t, subject, done) })
	defer writer.Wait()
	defer close(done)
	for range 2 {
		answers, _, err := subject.CheckMany(t.Context(), rel.Consistency{AtLeast: token}, questions)
		if err != nil {
			t.Errorf("CheckMany: %v", err)
			return
		}
		if other := slices.Index(answers, !answers[0]); other >= 0 {
			t.Errorf("answer %d is of another revision than answer 0", other)
		}
	}
}

// flip takes a permission out of a role and puts it back until done.
func flip(t *testing.T, subject Subject, done <-chan struct{}) {
	change := rel.Update{Op: rel.Delete, Tuple: rel.Tuple{
		Resource: rel.Object{Type: "role", ID: "editor"},
		Relation: "edit",
		Subject:  rel.Object{Type: "user", ID: rel.Wildcard},
	}}
	for {
		select {
		case <-done:
			return
		default:
		}
		if _, err := subject.Write(t.Context(), rel.Write{Updates: []rel.Update{change}}); err != nil {
			t.Errorf("Write: %v", err)
			return
		}
		if change.Op == rel.Touch {
			change.Op = rel.Delete
		} else {
			change.Op = rel.Touch
		}
	}
}
