package index

import "github.com/ambit-iam/ambit/adapter/iam"

// Resources returns the objects of a type on which a subject has a permission,
// sorted by id, and whether there are more after the page.
//
// It goes from the subject's bindings to all that may follow from them, and
// checks that; so it says exactly what Check says.
func (s *Snapshot) Resources(subject iam.Ref, permission, typeName string, page Page) ([]iam.Ref, bool) {
	q, rule, wanted := s.listing(subject, permission, typeName)
	if rule == nil {
		return nil, false
	}
	is := func(k *kind) bool { return k.number == wanted }
	return page.cut(s, q.reach(rule).found(), is, func(_ uint32, o *node) bool { return q.holds(rule, o) })
}

// listing returns what it takes to list objects; a nil rule if there are none.
func (s *Snapshot) listing(subject iam.Ref, permission, typeName string) (query, *expr, uint8) {
	q, known := s.asking(subject)
	asked, there := s.plan.permissions[permission]
	kind, is := s.plan.byName[typeName]
	if !known || !there || !is {
		return query{}, nil, 0
	}
	q.found = &findings{s: s}
	return q, asked.rules[kind], kind
}

// reach is where what a subject holds can lead.
type reach struct {
	s *Snapshot
	// down are the scopes with a binding, and all below them.
	down marks
	// up are the scopes above, as far as bindings below count.
	up marks
}

// reach goes from the bindings of a subject to the scopes for which they count.
func (q *query) reach(rule *expr) *reach { return q.reachOn(q.s.plan.grounds(rule)) }

func (q *query) reachOn(g grounds) *reach {
	r := q.s.reach()
	q.eachSelf(func(number uint32) {
		for _, b := range q.s.objects.at(number).sources(subjectOf) {
			if binding := q.s.objects.at(b.low()); q.grounds(g, binding) {
				r.from(binding.sources(bindingOf), g.below)
				r.from(binding.sources(localBindingOf), g.below)
			}
		}
	})
	return r
}

func (s *Snapshot) reach() *reach { return &reach{s, s.marks(), s.marks()} }

// eachSelf calls f with all that stands for the subject: itself and its groups,
// some maybe twice.
func (q *query) eachSelf(f func(number uint32)) {
	f(q.self)
	for _, g := range q.groups {
		f(g.low())
		for _, above := range q.s.objects.at(g.low()).derived {
			f(above.low())
		}
	}
}

func (r *reach) from(scopes pairs, below bool) {
	for _, scope := range scopes {
		r.descend(scope.low())
		if below {
			r.ascend(scope.low())
		}
	}
}

func (r *reach) descend(scope uint32) {
	if !r.down.add(scope) {
		return
	}
	for _, below := range r.s.heirs(r.s.objects.at(scope)) {
		r.descend(below.low())
	}
}

func (r *reach) ascend(scope uint32) {
	for _, above := range r.s.objects.at(scope).sources(childOf) {
		if r.up.add(above.low()) {
			r.ascend(above.low())
		}
	}
}

// found returns the scopes that were reached, and what lives in them.
func (r *reach) found() marks {
	found := r.s.marks()
	for _, scopes := range [...]marks{r.down, r.up} {
		for number := range scopes.all() {
			found.add(number)
			for _, in := range r.s.residents(r.s.objects.at(number)) {
				found.add(in.low())
			}
		}
	}
	return found
}
