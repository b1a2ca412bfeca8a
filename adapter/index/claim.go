package index

import "slices"

// claim says that answers about some permissions may differ, for some subjects
// and about some objects.
type claim struct {
	// topics are places in affected.topics.
	topics marks
	// named are subjects, and groups for whoever is in them.
	named marks
	// scopes are where bindings have changed; objects are what answers may be
	// about, and complete adds what is reached from scopes.
	scopes, objects marks
}

// maxClaims bounds the memory for claims. What is beyond becomes part of the last
// one: then more is compared than need be.
const maxClaims = 16

// claim returns the claim about some topics.
func (a *affected) claim(topics marks) *claim {
	for _, c := range a.claims {
		if slices.Equal(c.topics, topics) {
			return c
		}
	}
	if len(a.claims) >= maxClaims {
		last := a.claims[maxClaims-1]
		last.topics.join(topics)
		return last
	}
	return a.newClaim(topics)
}

func (a *affected) newClaim(topics marks) *claim {
	s := a.after()
	c := &claim{topics: topics, named: s.marks(), scopes: s.marks(), objects: s.marks()}
	a.claims = append(a.claims, c)
	return c
}

// reached notes that bindings at scopes have changed for subjects.
func (c *claim) reached(subjects, scopes pairs) {
	for _, p := range subjects {
		c.named.add(p.low())
	}
	for _, p := range scopes {
		c.scopes.add(p.low())
	}
}

// complete adds who is in the groups that a claim names, and what is reached from
// its scopes.
func (a *affected) complete(c *claim) {
	c.named = a.behind(c.named)
	for number := range c.named.all() {
		if o := a.either(number); o.raw || a.after().plan.kinds[o.kind].asker < 0 {
			c.named.remove(number)
		}
	}
	for _, s := range a.states {
		c.objects.join(a.from(s, c.scopes))
	}
}

// from returns what bindings at scopes count for.
func (a *affected) from(s *Snapshot, scopes marks) marks {
	r := s.reach()
	for scope := range scopes.all() {
		if s.objects.at(scope) != nil {
			r.from(pairs{pair(scope)}, a.below)
		}
	}
	if a.spreads {
		for number := range r.up.all() {
			r.descend(number)
		}
	}
	return r.found()
}
