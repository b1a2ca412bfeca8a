package index

import (
	"math"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// batch makes the next state of a base. Only what changes is copied, once. The
// order of its updates matters only where they name the same tuple: the last
// one counts.
type batch struct {
	plan    *plan
	base    *Snapshot
	next    *Snapshot
	edits   []edit
	skipped uint64
	// owned are the objects that the batch may change.
	owned []uint32
	// suspects may have lost their last tuple, or never got one.
	suspects []uint32
}

// edit is an update of a tuple: the edge from an object that is to be there, or
// not, and how manieth of the batch it is.
type edit struct {
	from uint32
	turn uint32
	edge pair
}

// maxEdits is how many updates a batch can tell apart.
const maxEdits = math.MaxUint32 / 2

func newBatch(base *Snapshot) *batch {
	next := *base
	next.objects.pages = slices.Clone(base.objects.pages)
	next.names = slices.Clone(base.names)
	return &batch{plan: base.plan, base: base, next: &next}
}

// update notes one update. What the schema does not know is skipped.
func (b *batch) update(u rel.Update) {
	add := u.Op == rel.Touch
	if !add && u.Op != rel.Delete || len(b.edits) >= maxEdits {
		b.skipped++
		return
	}
	kind, known := b.plan.byName[u.Tuple.Resource.Type]
	if !known {
		b.skipped++
		return
	}
	accepts := b.plan.kinds[kind].accepts[u.Tuple.Relation]
	subject, known := accepts.form(b.plan, u.Tuple)
	if !known || !nameable(u.Tuple.Resource.ID) {
		b.skipped++
		return
	}
	from := b.number(kind, u.Tuple.Resource.ID, add)
	edge, known := b.edge(accepts, subject, u.Tuple.Subject.ID, add)
	if from == 0 || !known {
		return // what is to be removed was never there
	}
	turn := uint32(len(b.edits)) << 1
	if add {
		turn |= 1
	}
	b.edits = append(b.edits, edit{from: from, turn: turn, edge: edge})
}

// nameable reports whether an id names one object.
func nameable(id string) bool { return id != "" && id != rel.Wildcard }

// form returns the form of a tuple's subject, if the relation takes it.
func (a *acceptance) form(p *plan, tuple rel.Tuple) (*subjectForm, bool) {
	kind, known := p.byName[tuple.Subject.Type]
	if a == nil || !known || tuple.Subject.ID == "" {
		return nil, false
	}
	relation := tuple.SubjectRelation
	if tuple.Subject.ID == rel.Wildcard {
		if relation != "" {
			return nil, false
		}
		relation = rel.Wildcard
	}
	for i := range a.subjects {
		if a.subjects[i].kind.number == kind && a.subjects[i].relation == relation {
			return &a.subjects[i], true
		}
	}
	return nil, false
}

// edge returns the edge to a subject; a wildcard's is the bit that it sets.
func (b *batch) edge(a *acceptance, form *subjectForm, id string, add bool) (pair, bool) {
	if form.relation == rel.Wildcard {
		asker := uint32(max(form.kind.asker, 0))
		if a.relation == unownedOf {
			return join(uint32(unownedOf), asker), form.kind.asker >= 0
		}
		return join(uint32(contentOf), asker*b.plan.words*wordBits+a.bit), form.kind.asker >= 0
	}
	to := b.number(form.kind.number, id, add)
	return join(uint32(a.relation), to), to != 0
}

// number returns the number of an object by its encoded id. If there is none,
// it makes one or returns 0.
func (b *batch) number(kind uint8, encoded string, add bool) uint32 {
	id, err := rel.DecodeID(encoded)
	raw := err != nil
	if raw {
		id = encoded
	}
	number, _ := b.next.find(kind, raw, id)
	if number != 0 || !add {
		return number
	}
	number = b.next.objects.take()
	b.next.objects.set(&b.base.objects, number, &node{id: strings.Clone(id), kind: kind, raw: raw})
	b.owned = append(b.owned, number)
	place := b.next.place(kind, raw)
	b.names(place).with(&b.base.names[place], b.next.hash(id), number, b.hashOf)
	b.suspects = append(b.suspects, number)
	return number
}

// names returns a list of names that the batch may change.
func (b *batch) names(place int) *names {
	n := &b.next.names[place]
	if base := b.base.names[place].buckets; len(base) > 0 && len(n.buckets) > 0 && &n.buckets[0] == &base[0] {
		n.buckets = slices.Clone(n.buckets)
	}
	return n
}

func (b *batch) hashOf(number uint32) uint64 { return b.next.hash(b.next.objects.at(number).id) }

// own returns an object that the batch may change.
func (b *batch) own(number uint32) *node {
	o := b.next.objects.at(number)
	if o == b.base.objects.at(number) {
		own := *o
		o = &own
		b.owned = append(b.owned, number)
		b.next.objects.set(&b.base.objects, number, o)
	}
	return o
}

// forget drops the objects that no tuple names any more.
func (b *batch) forget() {
	for _, number := range b.suspects {
		o := b.next.objects.at(number)
		if o == nil || o.uses > 0 {
			continue
		}
		b.names(b.next.place(o.kind, o.raw)).without(b.next.hash(o.id), number)
		b.next.objects.give(&b.base.objects, number)
	}
}

// pack gives the changed objects their final form. Bindings, which are many, are
// not read by checks.
func (b *batch) pack() {
	for _, number := range b.owned {
		if o := b.next.objects.at(number); o != nil && b.plan.kinds[o.kind].name != schema.DefinitionBinding {
			b.next.objects.set(&b.base.objects, number, o.pack())
		}
	}
}
