package index

// below reports whether the subject holds any binding at a scope below. It goes
// up from the subject's bindings, as most subjects have few, and scopes may have
// thousands below them.
func (q *query) below(top *node) bool {
	if q.bound(q.self, top) {
		return true
	}
	for _, g := range q.groups {
		if q.bound(g.low(), top) {
			return true
		}
		for _, above := range q.s.objects.at(g.low()).derived {
			if q.bound(above.low(), top) {
				return true
			}
		}
	}
	return false
}

// bound reports whether a binding that names an object hangs below a scope.
func (q *query) bound(subject uint32, top *node) bool {
	for _, b := range q.s.objects.at(subject).sources(subjectOf) {
		binding := q.s.objects.at(b.low())
		if q.s.hangsUnder(binding.sources(bindingOf), top) || q.s.hangsUnder(binding.sources(localBindingOf), top) {
			return true
		}
	}
	return false
}

func (s *Snapshot) hangsUnder(scopes pairs, top *node) bool {
	for _, p := range scopes {
		if s.under(s.objects.at(p.low()), top) {
			return true
		}
	}
	return false
}

// under reports whether a scope is below top, over the relation child.
func (s *Snapshot) under(scope, top *node) bool {
	for _, p := range scope.sources(childOf) {
		if above := s.objects.at(p.low()); above == top || s.under(above, top) {
			return true
		}
	}
	return false
}
