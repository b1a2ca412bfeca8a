package index

import (
	"cmp"
	"encoding/binary"
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
	// Limit bounds the page; 0 or less: it does not.
	Limit int
}

func compareRefs(a, b iam.Ref) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
}

// entry is an object that may be listed. It has no pointers, so that long lists mean
// nothing to the garbage collector.
type entry struct {
	number uint32
	kind   uint8
	// begins is how its id begins, behind what all have in common: as a number, which
	// is compared sooner than texts are.
	begins uint64
}

// sort sorts entries like compareRefs.
func (s *Snapshot) sort(entries []entry) {
	common := ""
	for i, e := range entries {
		id := s.objects.at(e.number).id
		if i == 0 {
			common = id
		}
		for !strings.HasPrefix(id, common) {
			common = common[:len(common)-1]
		}
	}
	for i := range entries {
		var begins [8]byte
		copy(begins[:], s.objects.at(entries[i].number).id[len(common):])
		entries[i].begins = binary.BigEndian.Uint64(begins[:])
	}
	slices.SortFunc(entries, s.compareEntries)
}

func (s *Snapshot) compareEntries(a, b entry) int {
	switch {
	case a.kind != b.kind:
		return strings.Compare(s.plan.kinds[a.kind].name, s.plan.kinds[b.kind].name)
	case a.begins != b.begins:
		return cmp.Compare(a.begins, b.begins)
	}
	return strings.Compare(s.objects.at(a.number).id, s.objects.at(b.number).id)
}

// cut returns the objects of the page for which holds is true, sorted, and whether
// there are more. Raw ids, which no caller can ask about, are left out.
func (p Page) cut(s *Snapshot, candidates marks, kinds func(*kind) bool, holds func(uint32, *node) bool) ([]iam.Ref, bool) {
	entries := make([]entry, 0, candidates.count())
	for number := range candidates.all() {
		o := s.objects.at(number)
		if o.raw || !kinds(s.plan.kinds[o.kind]) || p.After != (iam.Ref{}) && compareRefs(s.ref(o), p.After) <= 0 {
			continue
		}
		// Who wants everything gets less to sort; who wants a page less to check.
		if p.Limit > 0 || holds(number, o) {
			entries = append(entries, entry{number: number, kind: o.kind})
		}
	}
	s.sort(entries)
	if p.Limit <= 0 {
		p.Limit = len(entries)
		holds = func(uint32, *node) bool { return true }
	}
	refs := make([]iam.Ref, 0, min(p.Limit, len(entries)))
	for _, e := range entries {
		o := s.objects.at(e.number)
		if !holds(e.number, o) {
			continue
		}
		if len(refs) == p.Limit {
			return refs, true
		}
		refs = append(refs, s.ref(o))
	}
	if len(refs) == 0 {
		return nil, false
	}
	return refs, false
}
