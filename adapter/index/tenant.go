package index

import (
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// maxDepth bounds the way up, which would have no end where scopes that somebody
// else wrote hold each other.
const maxDepth = 64

// Tenant returns the root of the scopes in which an object lies, and false if the
// object is not there or its place is not plain.
func (s *Snapshot) Tenant(object iam.Ref) (iam.Ref, bool) {
	number, o := s.object(object)
	if o == nil {
		return iam.Ref{}, false
	}
	if in := o.targets(scopeOf); len(in) > 0 {
		if len(in) > 1 {
			return iam.Ref{}, false
		}
		number = in[0].low()
	}
	for range maxDepth {
		o = s.objects.at(number)
		if o.up == 0 {
			break
		}
		number = o.up
	}
	return s.ref(o), o.up == 0 && len(o.targets(parentOf)) == 0 && !o.raw
}

// Holds reports whether tuples name an object, as SpiceDB spells it. Those who ask
// are named wherever they hold something: of them it says whether they have a place.
func (s *Snapshot) Holds(object rel.Object) bool {
	kind, known := s.plan.byName[object.Type]
	if !known {
		return false
	}
	id, err := rel.DecodeID(object.ID)
	if err != nil {
		id = object.ID
	}
	_, o := s.find(kind, err != nil, id)
	return o != nil && (s.plan.kinds[kind].asker < 0 || len(o.targets(scopeOf)) > 0)
}

// Has reports whether anything is held about an object.
func (s *Snapshot) Has(ref iam.Ref) bool {
	_, o := s.object(ref)
	return o != nil
}

// Knows reports whether tuples of objects of a type can be in the index.
func (x *Index) Knows(typeName string) bool {
	_, known := x.Snapshot().plan.byName[typeName]
	return known
}
