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
	number, who, o := s.two(subject, object)
	if who == nil || o == nil || asked.rules[o.kind] == nil || s.plan.kinds[who.kind].asker < 0 {
		return false
	}
	q := s.query(number, who, s.plan.kinds[who.kind].asker)
	return q.holds(asked.rules[o.kind], o)
}

// two finds two objects, and the number of the first. Memory is slow, so it is
// asked for both at each step, and for neither twice.
func (s *Snapshot) two(first, second iam.Ref) (uint32, *node, *node) {
	a, b := s.seek(first), s.seek(second)
	numberA, numberB := a.candidate(), b.candidate()
	nodeA, nodeB := s.objects.at(numberA), s.objects.at(numberB)
	if nodeA != nil && nodeA.id != a.id {
		numberA, nodeA = s.rare(a)
	}
	if nodeB != nil && nodeB.id != b.id {
		_, nodeB = s.rare(b)
	}
	return numberA, nodeA, nodeB
}

// sought is a name that is looked for.
type sought struct {
	id     string
	tag    uint32
	bucket bucket
}

func (s *Snapshot) seek(ref iam.Ref) sought {
	kind, known := s.plan.byName[ref.Type]
	if !known {
		return sought{}
	}
	return s.sought(kind, false, ref.ID)
}

func (s *Snapshot) sought(kind uint8, raw bool, id string) sought {
	n := &s.names[s.place(kind, raw)]
	if len(n.buckets) == 0 {
		return sought{}
	}
	hash := s.hash(id)
	return sought{id: id, tag: tagged(hash), bucket: n.buckets[n.in(hash)]}
}

// candidate returns the number that is most likely that of the name, or 0 if it
// has none.
func (w *sought) candidate() uint32 {
	if len(w.bucket) == 0 {
		return 0
	}
	for i := w.bucket.first(w.tag); ; i = (i + 1) & (len(w.bucket) - 1) {
		r := &w.bucket[i]
		number := r.match(w.tag)
		if number != 0 || r[len(r)-1] == 0 {
			return number
		}
	}
}

// rare finds a name whose tag others have, too.
func (s *Snapshot) rare(w sought) (uint32, *node) {
	for slot := range w.bucket.slots() {
		if slot.tag() != w.tag {
			continue
		}
		if o := s.objects.at(slot.number()); o.id == w.id {
			return slot.number(), o
		}
	}
	return 0, nil
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
	w := s.sought(kind, raw, id)
	number := w.candidate()
	o := s.objects.at(number)
	if o != nil && o.id != id {
		return s.rare(w)
	}
	return number, o
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
