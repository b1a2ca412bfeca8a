package index

import (
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Form is a kind of tuple that the compiled schema takes.
type Form struct{ Type, Relation, Subject, SubjectRelation string }

// Forms returns all kinds of tuples, sorted.
func (x *Index) Forms() []Form {
	var forms []Form
	for _, k := range x.Snapshot().plan.kinds {
		for name, a := range k.accepts {
			for _, s := range a.subjects {
				forms = append(forms, Form{k.name, name, s.kind.name, s.relation})
			}
		}
	}
	slices.SortFunc(forms, func(a, b Form) int { return slices.Compare(a.words(), b.words()) })
	return forms
}

func (f Form) words() []string { return []string{f.Type, f.Relation, f.Subject, f.SubjectRelation} }

// Tuples returns what the state holds, sorted.
func (s *Snapshot) Tuples() []rel.Tuple {
	var tuples []rel.Tuple
	s.each(func(_ uint32, o *node) {
		k := s.plan.kinds[o.kind]
		for name, a := range k.accepts {
			for _, form := range a.subjects {
				tuples = append(tuples, s.tuplesOf(o, name, a, form)...)
			}
		}
	})
	slices.SortFunc(tuples, rel.Tuple.Compare)
	return tuples
}

func (s *Snapshot) tuplesOf(o *node, name string, a *acceptance, form subjectForm) []rel.Tuple {
	self := s.encoded(o)
	tuple := rel.Tuple{Resource: self, Relation: name, Subject: rel.Object{Type: form.kind.name, ID: rel.Wildcard}}
	if form.relation == rel.Wildcard {
		bit := uint32(form.kind.asker)*s.plan.words*wordBits + a.bit
		if a.relation == contentOf && o.gives(bit) || a.relation == unownedOf && o.unowned>>form.kind.asker&1 == 1 {
			return []rel.Tuple{tuple}
		}
		return nil
	}
	var tuples []rel.Tuple
	for _, t := range o.targets(a.relation) {
		if to := s.objects.at(t.low()); to.kind == form.kind.number {
			tuple.Subject, tuple.SubjectRelation = s.encoded(to), form.relation
			tuples = append(tuples, tuple)
		}
	}
	return tuples
}

func (s *Snapshot) encoded(o *node) rel.Object {
	id := o.id
	if !o.raw {
		id = rel.EncodeID(id)
	}
	return rel.Object{Type: s.plan.kinds[o.kind].name, ID: id}
}

func (s *Snapshot) each(f func(uint32, *node)) {
	for number := range s.objects.size {
		if o := s.objects.at(number); o != nil {
			f(number, o)
		}
	}
}

// Verify returns what is wrong inside the state, or nil: everything that is kept
// twice must say the same.
func (s *Snapshot) Verify() error {
	uses, named := map[uint32]uint32{}, 0
	var fault error
	claim := func(ok bool, format string, args ...any) {
		if !ok && fault == nil {
			fault = fmt.Errorf(format, args...)
		}
	}
	s.each(func(number uint32, o *node) {
		named++
		found, _ := s.find(o.kind, o.raw, o.id)
		claim(found == number, "%v is found as %d instead of %d", s.encoded(o), found, number)
		claim(slices.IsSorted(o.edges), "%v is not sorted", s.encoded(o))
		for _, e := range o.edges.forth() {
			uses[number]++
			uses[e.low()]++
			mirrored := s.objects.at(e.low()).edges.has(join(uint32(relation(e.high()).back()), number))
			claim(mirrored == relation(e.high()).mirrored(), "%v %v: mirrored: %v", s.encoded(o), e, mirrored)
		}
		for _, e := range o.edges[len(o.edges.forth()):] {
			claim(s.objects.at(e.low()).edges.has(join(e.high()-uint32(noRelation), number)), "%v: nothing leads in from %v", s.encoded(o), e)
		}
		if k := s.plan.kinds[o.kind]; k.of == schema.KindScope {
			claim(slices.Equal(o.derived, s.holdersAnew(o)), "%v: holders", s.encoded(o))
		} else if k.of == schema.KindGroup {
			claim(slices.Equal(o.derived, s.aboveAnew(number)), "%v: above %v, want %v", s.encoded(o), o.derived, s.aboveAnew(number))
		}
		for _, word := range s.content(o) {
			for ; word != 0; word &= word - 1 {
				uses[number]++
			}
		}
		for bits := o.unowned; bits != 0; bits &= bits - 1 {
			uses[number]++
		}
	})
	s.each(func(number uint32, o *node) {
		claim(o.uses == uses[number] && o.uses > 0, "%v is used %d times, says %d", s.encoded(o), uses[number], o.uses)
	})
	free := 0
	for f := s.objects.free; f != nil; f = f.next {
		free++
	}
	claim(int(s.objects.size) == 0 || named+free+1 == int(s.objects.size), "%d objects and %d free numbers of %d", named, free, s.objects.size)
	claim(s.upright(), "up differs from the parents")
	claim(len(s.Tuples()) == s.Len(), "%d tuples, says %d", len(s.Tuples()), s.Len())
	return fault
}

// forth returns the edges to subjects.
func (ps pairs) forth() pairs { return ps[:ps.start(uint32(noRelation))] }

func (s *Snapshot) content(o *node) pairs {
	if s.plan.kinds[o.kind].name != schema.DefinitionRole {
		return nil
	}
	return o.derived
}

func (s *Snapshot) holdersAnew(o *node) pairs {
	var holders pairs
	for _, e := range o.edges.forth() {
		r, binding := relation(e.high()), s.objects.at(e.low())
		if !r.attaches() {
			continue
		}
		roles := binding.targets(roleOf)
		if len(roles) == 0 {
			roles = pairs{0}
		}
		for _, role := range roles {
			for _, subject := range binding.targets(subjectOf) {
				holders = append(holders, holding(subject.low(), role.low(), r))
			}
		}
	}
	slices.Sort(holders)
	return slices.Compact(holders)
}

func (s *Snapshot) aboveAnew(number uint32) pairs {
	var above pairs
	for open := []uint32{number}; len(open) > 0; open = open[1:] {
		for _, e := range s.objects.at(open[0]).sources(memberOf) {
			if !slices.Contains(above, pair(e.low())) {
				above, open = append(above, pair(e.low())), append(open, e.low())
			}
		}
	}
	slices.Sort(above)
	return above
}

func (s *Snapshot) upright() bool {
	right := true
	s.each(func(_ uint32, o *node) {
		parents := o.targets(parentOf)
		right = right && (len(parents) == 1) == (o.up != 0) && (o.up == 0 || o.up == parents[0].low())
	})
	return right
}

// Placed is an object in a scope, or below it.
type Placed struct{ Scope, Object iam.Ref }

// Placed returns, from the tuples alone, where the objects of each type are.
func (s *Snapshot) Placed() map[string][]Placed {
	above, isolated := map[rel.Object][]rel.Object{}, map[rel.Object]bool{}
	tuples := s.Tuples()
	for _, t := range tuples {
		isolated[t.Resource] = isolated[t.Resource] || t.Relation == schema.RelationIsolatedParent
	}
	for _, t := range tuples {
		switch t.Relation {
		case schema.RelationIsolatedParent, schema.RelationScope:
			above[t.Resource] = append(above[t.Resource], t.Subject)
		case schema.RelationParent:
			if !isolated[t.Resource] {
				above[t.Resource] = append(above[t.Resource], t.Subject)
			}
		}
	}
	placed := map[string][]Placed{}
	s.each(func(_ uint32, o *node) {
		for open := above[s.encoded(o)]; len(open) > 0 && !o.raw; open = open[1:] {
			if id, err := rel.DecodeID(open[0].ID); err == nil {
				self := s.ref(o)
				placed[self.Type] = append(placed[self.Type], Placed{iam.Ref{Type: open[0].Type, ID: id}, self})
			}
			open = append(open, above[open[0]]...)
		}
	})
	return placed
}

// Members returns who is in a group, over any number of groups, without raw ids.
func (s *Snapshot) Members(group iam.Ref) []iam.Ref {
	var refs []iam.Ref
	number, _ := s.object(group)
	set := s.marks()
	set.add(number)
	for member := range s.members(set).all() {
		if o := s.objects.at(member); s.plan.kinds[o.kind].asker >= 0 && !o.raw {
			refs = append(refs, s.ref(o))
		}
	}
	return refs
}
