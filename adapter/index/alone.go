package index

// share is what somebody brings into the answers about a topic: a subject, or a
// group for whoever is in it, without the groups it is in. What a subject may do is
// what it and its groups bring. So it is found out once for a group, and not once
// for each of its members.
type share struct {
	topic, state int
	asker        uint8
	who          uint32
}

// union puts together what a subject and its groups bring.
func (c *comparison) union(into marks, m *matter, a *asker, state int) {
	clear(into)
	if !a.known[state] {
		return
	}
	q := &a.queries[state]
	q.eachSelf(func(who uint32) {
		found := c.shareOf(m, state, q, who)
		for i, word := range found {
			into[i] |= word
		}
		c.steps += uint64(1 + len(found)/wordBits)
	})
}

// shareOf returns what the subject of a query or one of its groups brings, nil if
// it is nothing.
func (c *comparison) shareOf(m *matter, state int, q *query, who uint32) marks {
	if who == q.self {
		return c.alone(m, q, who)
	}
	key := share{m.at, state, q.asker, who}
	found, known := c.shares[key]
	if !known {
		found = c.alone(m, q, who)
		if c.kept += 8 + len(found); c.kept > c.page.MaxKept {
			clear(c.shares)
			c.kept = 8 + len(found)
		}
		c.shares[key] = found
	}
	return found
}

// alone returns the places where somebody has the permission; of those that have
// to be looked at one by one, where they may have.
func (c *comparison) alone(m *matter, q *query, who uint32) marks {
	w := walk{area: c.in, s: q.s}
	self := *q
	self.self, self.groups = who, nil
	for _, b := range q.s.objects.at(who).sources(subjectOf) {
		binding := q.s.objects.at(b.low())
		if !self.grounds(m.grounds, binding) {
			continue
		}
		if w.down == nil {
			w.down, w.up = c.in.marks(), c.in.marks()
		}
		w.from(binding, m.grounds.below)
	}
	if w.down == nil {
		return nil
	}
	found := w.found()
	found.meet(m.judged)
	for at := range found.all() {
		c.steps++
		o := q.s.objects.at(c.in.objects[at])
		if m.plain[o.kind] && !self.holds(m.rules[o.kind], o) {
			found.remove(at)
		}
	}
	return found
}
