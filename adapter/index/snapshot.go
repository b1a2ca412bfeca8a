package index

import (
	"hash/maphash"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Snapshot is one state of an index. It never changes, so that many questions
// can be asked about the same state. Snapshots share what is the same; an old
// one costs what has changed since.
type Snapshot struct {
	plan    *plan
	objects table
	// names finds objects by id: one for each type, and one for each type's raw ids.
	names  []names
	tuples int
}

// Len returns the number of tuples.
func (s *Snapshot) Len() int { return s.tuples }

// Fork returns an index that begins with this state, to try out what is not true
// yet. It costs nothing but what is changed later.
func (s *Snapshot) Fork() *Index {
	fork := &Index{}
	fork.state.Store(s)
	return fork
}

// Check reports whether a subject has a permission on an object. It is no for
// whatever the model or the state does not know, for subjects that are neither
// users nor service accounts, and where the permission does not apply.
func (s *Snapshot) Check(subject iam.Ref, permission string, object iam.Ref) bool {
	asked, known := s.plan.permissions[permission]
	if !known {
		return false
	}
	_, o := s.object(object)
	if o == nil || asked.rules[o.kind] == nil {
		return false
	}
	q, known := s.asking(subject)
	return known && q.holds(asked.rules[o.kind], o)
}

// object finds an object that a reference can name.
func (s *Snapshot) object(ref iam.Ref) (uint32, *node) {
	kind, known := s.plan.byName[ref.Type]
	if !known {
		return 0, nil
	}
	return s.find(kind, false, ref.ID)
}

// find returns an object with its number, or 0 and nil.
func (s *Snapshot) find(kind uint8, raw bool, id string) (uint32, *node) {
	n := &s.names[s.place(kind, raw)]
	if len(n.buckets) == 0 {
		return 0, nil
	}
	hash := s.hash(id)
	b, tag := n.buckets[n.in(hash)], uint32(hash)
	if len(b) == 0 {
		return 0, nil
	}
	for i := b.first(tag); b[i] != 0; i = (i + 1) & (len(b) - 1) {
		if b[i].tag() != tag {
			continue
		}
		if o := s.objects.at(b[i].number()); o.id == id {
			return b[i].number(), o
		}
	}
	return 0, nil
}

// place returns where the names of a type are.
func (s *Snapshot) place(kind uint8, raw bool) int {
	if raw {
		return len(s.plan.kinds) + int(kind)
	}
	return int(kind)
}

func (s *Snapshot) hash(id string) uint64 { return maphash.String(s.plan.seed, id) }

// ref returns how callers name an object. Raw ids, which no caller can ask
// about, stay as SpiceDB spells them.
func (s *Snapshot) ref(o *node) iam.Ref {
	return iam.Ref{Type: s.plan.kinds[o.kind].name, ID: o.id}
}
