package index

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Subjects returns the users and service accounts that have a permission on an
// object, of one type or, with an empty name, of all; sorted by type and id, and
// whether there are more after the page.
func (s *Snapshot) Subjects(permission string, object iam.Ref, typeName string, page Page) ([]iam.Ref, bool) {
	rule, o := s.asked(permission, object)
	if rule == nil {
		return nil, false
	}
	wanted := func(k *kind) bool { return k.asker >= 0 && (typeName == "" || typeName == k.name) }
	return page.cut(s, s.members(s.named(rule, o)), wanted, func(number uint32, asker *node) bool {
		q := s.query(number, asker, s.plan.kinds[asker.kind].asker)
		return q.holds(rule, o)
	})
}

// Grantees returns the same subjects with groups not expanded, sorted: groups all
// of whose members have the permission because of the group, and those who have
// it by themselves or not through one of these groups alone. Whoever has it is
// in the list or in a group of the list.
func (s *Snapshot) Grantees(permission string, object iam.Ref) []iam.Ref {
	rule, o := s.asked(permission, object)
	if rule == nil {
		return nil
	}
	listed := s.groupsWith(rule, o)
	refs := s.refs(listed)
	askers, _ := s.Subjects(permission, object, "", Page{})
	for _, asker := range askers {
		q, _ := s.asking(asker)
		through := false
		q.eachSelf(func(number uint32) { through = through || listed.has(number) && !s.objects.at(number).raw })
		q.groups = nil
		if !through || q.holds(rule, o) {
			refs = append(refs, asker)
		}
	}
	slices.SortFunc(refs, compareRefs)
	return refs
}

// Groups returns the groups all of whose members have a permission because of the
// group, sorted.
func (s *Snapshot) Groups(permission string, object iam.Ref) []iam.Ref {
	rule, o := s.asked(permission, object)
	if rule == nil {
		return nil
	}
	refs := s.refs(s.groupsWith(rule, o))
	slices.SortFunc(refs, compareRefs)
	return refs
}

// groupsWith returns the groups that give a permission to whoever may be in them.
func (s *Snapshot) groupsWith(rule *expr, o *node) marks {
	found := s.marks()
	for number := range s.named(rule, o).all() {
		if s.granted(rule, o, number) {
			found.add(number)
		}
	}
	return found
}

// refs returns how callers name some objects, but for those that they cannot name.
func (s *Snapshot) refs(set marks) []iam.Ref {
	var refs []iam.Ref
	for number := range set.all() {
		if o := s.objects.at(number); !o.raw {
			refs = append(refs, s.ref(o))
		}
	}
	return refs
}

// granted reports whether a group gives a permission to whoever may be in it.
func (s *Snapshot) granted(rule *expr, o *node, number uint32) bool {
	group := s.objects.at(number)
	k := s.plan.kinds[group.kind]
	return k.groups() && !slices.ContainsFunc(k.accepts[schema.RelationMember].subjects, func(form subjectForm) bool {
		if form.kind.asker < 0 {
			return false
		}
		q := s.query(number, group, form.kind.asker)
		return !q.holds(rule, o)
	})
}

// asked returns an object, and what a permission means there; a nil rule if it
// is held by nobody.
func (s *Snapshot) asked(permission string, ref iam.Ref) (*expr, *node) {
	_, o := s.object(ref)
	asked, known := s.plan.permissions[permission]
	if !known || o == nil {
		return nil, nil
	}
	return asked.rules[o.kind], o
}

// named returns the subjects and groups that may have what an expression says,
// and maybe others.
func (s *Snapshot) named(e *expr, o *node) marks {
	found := s.marks()
	s.nameAt(found, e, o)
	return found
}

func (s *Snapshot) nameAt(found marks, e *expr, o *node) {
	switch e.op {
	case opUnion:
		for i := range e.parts {
			s.nameAt(found, &e.parts[i], o)
		}
	case opAll:
		s.nameAt(found, e.main(), o)
	case opHeld, opHolder:
		for _, h := range o.derived {
			if e.takes(h) && (e.op == opHolder || s.givesAnybody(h.held(), e.bit)) {
				found.add(h.holder())
			}
		}
	case opArrow:
		for _, to := range o.targets(e.relation) {
			target := s.objects.at(to.low())
			if rule := s.plan.kinds[target.kind].rule(e.name); rule != nil {
				s.nameAt(found, rule, target)
			}
		}
	case opBelow:
		s.nameBelow(found, o)
	case opSubject:
		for _, to := range o.targets(e.relation) {
			found.add(to.low())
		}
	}
}

// givesAnybody reports whether a role holds a permission for some type of askers.
func (s *Snapshot) givesAnybody(role, bit uint32) bool {
	if role == 0 {
		return false
	}
	for asker := range s.plan.askers() {
		if s.objects.at(role).gives(asker*s.plan.words*wordBits + bit) {
			return true
		}
	}
	return false
}

func (s *Snapshot) nameBelow(found marks, o *node) {
	for _, child := range o.targets(childOf) {
		scope := s.objects.at(child.low())
		for _, h := range scope.derived {
			found.add(h.holder())
		}
		s.nameBelow(found, scope)
	}
}

// members returns a set with all that is in its groups, and in theirs.
func (s *Snapshot) members(set marks) marks {
	all, open := s.marks(), slices.Collect(set.all())
	for len(open) > 0 {
		number := open[len(open)-1]
		open = open[:len(open)-1]
		if !all.add(number) {
			continue
		}
		for _, member := range s.objects.at(number).targets(memberOf) {
			open = append(open, member.low())
		}
	}
	return all
}
