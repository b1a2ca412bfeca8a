package index

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Page is a part of a sorted list. Its key is the last reference of the part
// before, so pages hold together while the index changes: what is there
// throughout is listed once. The zero value is the whole list.
type Page struct {
	// After is where the page before ended; zero: this is the first.
	After iam.Ref
	// Limit bounds the page; 0: it does not.
	Limit int
}

func compareRefs(a, b iam.Ref) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
}

// entry is an object that may be listed.
type entry struct {
	number uint32
	*node
}

// cut returns the objects of the page for which holds is true, sorted, and whether
// there are more. Raw ids, which no caller can ask about, are left out.
func (p Page) cut(s *Snapshot, candidates marks, kinds func(*kind) bool, holds func(entry) bool) ([]iam.Ref, bool) {
	var entries []entry
	for number := range candidates.all() {
		e := entry{number, s.objects.at(number)}
		if e.raw || !kinds(s.plan.kinds[e.kind]) || p.After != (iam.Ref{}) && compareRefs(s.ref(e.node), p.After) <= 0 {
			continue
		}
		// Who wants everything gets less to sort; who wants a page less to check.
		if p.Limit > 0 || holds(e) {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.kind == b.kind {
			return strings.Compare(a.id, b.id)
		}
		return compareRefs(s.ref(a.node), s.ref(b.node))
	})
	var refs []iam.Ref
	for _, e := range entries {
		if p.Limit > 0 && !holds(e) {
			continue
		}
		if p.Limit > 0 && len(refs) == p.Limit {
			return refs, true
		}
		refs = append(refs, s.ref(e.node))
	}
	return refs, false
}
