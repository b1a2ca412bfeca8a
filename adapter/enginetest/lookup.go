package enginetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

func readableBy(user string) rel.ResourceQuery {
	return rel.ResourceQuery{
		Type:       "environment",
		Permission: "read",
		Subject:    rel.Object{Type: "user", ID: user},
	}
}

func resources(t *testing.T, subject Subject, at rel.Consistency, query rel.ResourceQuery) rel.Page {
	t.Helper()
	page, err := subject.Resources(t.Context(), at, query)
	if err != nil {
		t.Fatalf("Resources %+v: %v", query, err)
	}
	return page
}

func resourcesAll(t *testing.T, subject Subject) {
	token := inhabited(t, subject)
	page := resources(t, subject, rel.Consistency{AtLeast: token}, readableBy("ann"))
	expectSame(t, "readable by ann", sorted(page.IDs), []string{"E1", "E2"})
	if page.Cursor != "" {
		t.Error("a listing of everything has a cursor")
	}
	if page.Token == "" {
		t.Error("a page has no token")
	}
}

func resourcesNone(t *testing.T, subject Subject) {
	token := inhabited(t, subject)
	page := resources(t, subject, rel.Consistency{AtLeast: token}, readableBy("nobody"))
	if len(page.IDs) != 0 || page.Cursor != "" {
		t.Errorf("readable by nobody: got %+v", page)
	}
}

// crowded adds 25 environments, each readable by ann for three reasons.
func crowded(t *testing.T, subject Subject) (rel.ZedToken, []string) {
	t.Helper()
	inhabited(t, subject)
	tuples := []string{"role_binding:b3#role@role:editor", "role_binding:b3#subject@user:ann"}
	ids := []string{"E1", "E2"}
	for i := range 25 {
		id := fmt.Sprintf("N%02d", i)
		ids = append(ids, id)
		tuples = append(tuples,
			"environment:"+id+"#parent@account:A",
			"environment:"+id+"#role_binding@role_binding:b1",
			"environment:"+id+"#role_binding@role_binding:b3")
	}
	return touch(t, subject, tuples...), ids
}

// follow reads pages from query on and calls between after each of them.
func follow(t *testing.T, subject Subject, at rel.Consistency, query rel.ResourceQuery, between func()) []string {
	t.Helper()
	var ids []string
	for range 100 {
		page := resources(t, subject, at, query)
		if len(page.IDs) > query.Limit {
			t.Errorf("a page of %d has %d entries", query.Limit, len(page.IDs))
		}
		ids = append(ids, page.IDs...)
		if page.Cursor == "" {
			return ids
		}
		query.Cursor = page.Cursor
		between()
	}
	t.Fatal("the pages do not end")
	return nil
}

func resourcesPages(t *testing.T, subject Subject) {
	token, want := crowded(t, subject)
	for _, limit := range []int{1, 9, 26, 27, 28, 2000} {
		query := readableBy("ann")
		query.Limit = limit
		ids := follow(t, subject, rel.Consistency{AtLeast: token}, query, func() {})
		expectSame(t, fmt.Sprintf("pages of %d", limit), sorted(ids), want)
	}
}

// resourcesStable: pages show the state of the first one, whatever happens and
// whatever consistency the later requests ask for.
func resourcesStable(t *testing.T, subject Subject) {
	_, want := crowded(t, subject)
	query := readableBy("ann")
	query.Limit = 4
	at := rel.Consistency{}
	ids := follow(t, subject, at, query, func() {
		at.AtLeast = touch(t, subject, "environment:A0#parent@account:A", "environment:Z9#parent@account:A")
		remove(t, subject, "environment:N24#parent@account:A", "environment:E2#parent@account:A")
	})
	expectSame(t, "pages during writes", sorted(ids), want)
}

func resourcesForeignCursor(t *testing.T, subject Subject) {
	inhabited(t, subject)
	query := readableBy("ann")
	query.Cursor = "made up"
	if _, err := subject.Resources(t.Context(), rel.Consistency{}, query); iam.CodeOf(err) != iam.InvalidArgument {
		t.Errorf("a cursor that no page returned: got %v, want INVALID_ARGUMENT", err)
	}
}

func subjects(t *testing.T, subject Subject, permission string) rel.Page {
	t.Helper()
	page, err := subject.Subjects(t.Context(), rel.Consistency{}, rel.SubjectQuery{
		Resource:   environment("E1"),
		Permission: permission,
		Type:       "user",
	})
	if err != nil {
		t.Fatalf("Subjects: %v", err)
	}
	slices.Sort(page.IDs)
	return page
}

// subjectsGroups: a binding meets the wildcard of its role in an intersection,
// and what is left are the people, those in groups included.
func subjectsGroups(t *testing.T, subject Subject) {
	inhabited(t, subject)
	page := subjects(t, subject, "read")
	expectSame(t, "who reads E1", page.IDs, []string{"ann", "bob"})
	if page.Token == "" {
		t.Error("a page has no token")
	}
	expectSame(t, "who edits E1", subjects(t, subject, "edit").IDs, []string{"bob"})
	expectSame(t, "who visits E1", subjects(t, subject, "visit").IDs, nil)
}

func subjectsWildcard(t *testing.T, subject Subject) {
	inhabited(t, subject)
	touch(t, subject, "environment:E1#public@user:*")
	expectSame(t, "who visits E1", subjects(t, subject, "visit").IDs, []string{rel.Wildcard})
}
