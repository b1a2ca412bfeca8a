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
	allowed, _ := s.Ask(subject, permission, object)
	return allowed
}

// Ask is Check, and reports whether anything is held about subject and object both.
func (s *Snapshot) Ask(subject iam.Ref, permission string, object iam.Ref) (allowed, both bool) {
	number, who, o := s.two(subject, object)
	if who == nil || o == nil {
		return false, false
	}
	asked, known := s.plan.permissions[permission]
	if !known || asked.rules[o.kind] == nil || s.plan.kinds[who.kind].asker < 0 {
		return false, true
	}
	q := s.query(number, who, s.plan.kinds[who.kind].asker)
	return q.holds(asked.rules[o.kind], o), true
}

// object finds an object that a reference can name.
func (s *Snapshot) object(ref iam.Ref) (uint32, *node) {
	w := s.wantedRef(ref)
	return s.found(&w)
}

// two finds two objects. Memory is slow, so that each step asks it for what both
// need before it waits for either.
func (s *Snapshot) two(first, second iam.Ref) (number uint32, one, other *node) {
	a, b := s.wantedRef(first), s.wantedRef(second)
	number, numberB := a.candidate(), b.candidate()
	one, other = s.objects.at(number), s.objects.at(numberB)
	if one != nil && one.id != a.id {
		number, one = s.rare(&a)
	}
	if other != nil && other.id != b.id {
		_, other = s.rare(&b)
	}
	return number, one, other
}

// find returns an object with its number, or 0 and nil.
func (s *Snapshot) find(kind uint8, raw bool, id string) (uint32, *node) {
	w := s.wanted(kind, raw, id)
	return s.found(&w)
}

func (s *Snapshot) wantedRef(ref iam.Ref) wanted {
	kind, known := s.plan.byName[ref.Type]
	if !known {
		return wanted{}
	}
	return s.wanted(kind, false, ref.ID)
}

// wanted returns what names an object, and the bucket that it would be in.
func (s *Snapshot) wanted(kind uint8, raw bool, id string) wanted {
	n := &s.names[s.place(kind, raw)]
	if len(n.buckets) == 0 {
		return wanted{}
	}
	hash := s.hash(id)
	return wanted{id: id, tag: tagged(hash), bucket: n.buckets[n.in(hash)]}
}

// found returns the object that is wanted.
func (s *Snapshot) found(w *wanted) (uint32, *node) {
	number := w.candidate()
	if o := s.objects.at(number); o == nil || o.id == w.id {
		return number, o
	}
	return s.rare(w)
}

// rare returns the object that is wanted where others have the same tag.
func (s *Snapshot) rare(w *wanted) (uint32, *node) {
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

// heirs returns the scopes that inherit from an object. Most objects are of types from
// which none can: then their edges, which are elsewhere in memory, are let alone.
func (s *Snapshot) heirs(o *node) pairs {
	if !s.plan.kinds[o.kind].above {
		return nil
	}
	return o.sources(parentOf)
}

// residents returns the objects that lie in an object, as heirs does.
func (s *Snapshot) residents(o *node) pairs {
	if !s.plan.kinds[o.kind].around {
		return nil
	}
	return o.sources(scopeOf)
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
