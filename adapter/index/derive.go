package index

import (
	"cmp"
	"slices"
)

// stance is a role that a subject may hold at a scope, because of a binding.
type stance struct {
	scope   uint32
	holding pair
	binding uint32
}

// holders brings the holders of scopes up to date. A subject holds a role at a
// scope while a binding hangs there, names the subject and has the role; so each
// change of one of the three concerns what the binding had of the other two
// before or has now.
func (b *batch) holders(links []link) {
	var stances []stance
	for _, l := range links {
		switch r := l.relation(); {
		case r.attaches():
			stances = b.stances(stances, l.low(), []attachment{{l.from, r}}, b.subjects(l.low()), b.roles(l.low()))
		case r == subjectOf:
			stances = b.stances(stances, l.from, b.scopes(l.from), []uint32{l.low()}, b.roles(l.from))
		case r == roleOf:
			stances = b.stances(stances, l.from, b.scopes(l.from), b.subjects(l.from), []uint32{l.low(), 0})
		}
	}
	slices.SortFunc(stances, func(a, c stance) int {
		return cmp.Or(cmp.Compare(a.scope, c.scope), cmp.Compare(a.holding, c.holding), cmp.Compare(a.binding, c.binding))
	})
	b.settle(slices.Compact(stances))
}

// attachment is how a binding hangs at a scope.
type attachment struct {
	scope uint32
	over  relation
}

func (b *batch) stances(all []stance, binding uint32, scopes []attachment, subjects, roles []uint32) []stance {
	for _, at := range scopes {
		for _, subject := range subjects {
			for _, role := range roles {
				all = append(all, stance{at.scope, holding(subject, role, at.over), binding})
			}
		}
	}
	return all
}

func (b *batch) scopes(binding uint32) []attachment {
	var scopes []attachment
	for _, r := range [...]relation{bindingOf, localBindingOf} {
		for _, list := range b.both(binding, func(o *node) pairs { return o.sources(r) }) {
			for _, p := range list {
				scopes = append(scopes, attachment{p.low(), r})
			}
		}
	}
	return scopes
}

func (b *batch) subjects(binding uint32) []uint32 {
	var subjects []uint32
	for _, list := range b.both(binding, func(o *node) pairs { return o.targets(subjectOf) }) {
		for _, p := range list {
			subjects = append(subjects, p.low())
		}
	}
	return subjects
}

// roles returns 0 where a binding has none.
func (b *batch) roles(binding uint32) []uint32 {
	var roles []uint32
	for _, list := range b.both(binding, func(o *node) pairs { return o.targets(roleOf) }) {
		for _, p := range list {
			roles = append(roles, p.low())
		}
		if len(list) == 0 {
			roles = append(roles, 0)
		}
	}
	return roles
}

// both returns what an object has now and, if that differs, what it had before
// the batch.
func (b *batch) both(number uint32, of func(*node) pairs) []pairs {
	now := of(b.next.objects.at(number))
	if before := b.base.objects.at(number); before != nil && !slices.Equal(of(before), now) {
		return []pairs{now, of(before)}
	}
	return []pairs{now}
}

// settle puts each holding where it belongs now.
func (b *batch) settle(stances []stance) {
	var changes []change
	for scope, part := range runs(stances, func(s stance) uint32 { return s.scope }) {
		changes = changes[:0]
		for i := 0; i < len(part); {
			c, first := change{pair: part[i].holding}, i
			for ; i < len(part) && part[i].holding == c.pair; i++ {
				c.add = c.add || b.stands(part[i], part[i].binding)
			}
			c.add = c.add || b.standsOtherwise(part[first])
			changes = append(changes, c)
		}
		holders := &b.own(scope).derived
		*holders, _ = holders.merge(changes)
	}
}

// stands reports whether a binding hangs at the scope, names the subject and has
// the role.
func (b *batch) stands(s stance, binding uint32) bool {
	o, role := b.next.objects.at(binding), s.holding.held()
	has := o.edges.has(join(uint32(roleOf), role))
	if role == 0 {
		has = len(o.targets(roleOf)) == 0
	}
	return has && o.edges.has(join(uint32(subjectOf), s.holding.holder())) &&
		b.next.objects.at(s.scope).edges.has(join(uint32(s.holding.over()), binding))
}

// standsOtherwise asks all bindings at the scope: the one that gave the role is
// gone, and another may give it, too.
func (b *batch) standsOtherwise(s stance) bool {
	return slices.ContainsFunc(b.next.objects.at(s.scope).targets(s.holding.over()), func(p pair) bool { return b.stands(s, p.low()) })
}

// nest brings the groups above groups up to date: those of the groups that were
// put into others or taken out, and of all groups in them.
func (b *batch) nest(links []link) {
	if !b.plan.nests {
		return
	}
	var groups []uint32
	for _, l := range links {
		if l.relation() == memberOf && b.isGroup(l.low()) {
			groups = append(groups, l.low())
		}
	}
	if len(groups) == 0 {
		return
	}
	down := func(o *node) pairs { return o.targets(memberOf) }
	up := func(o *node) pairs { return o.sources(memberOf) }
	for _, p := range b.closure(groups, down) {
		groups = append(groups, p.low())
	}
	for _, group := range groups {
		b.own(group).derived = b.closure([]uint32{group}, up)
	}
}

// closure returns the groups that can be reached from some, in one step or more.
func (b *batch) closure(from []uint32, next func(*node) pairs) pairs {
	var found pairs
	seen := map[uint32]bool{}
	for open := slices.Clone(from); len(open) > 0; {
		o := b.next.objects.at(open[len(open)-1])
		open = open[:len(open)-1]
		for _, p := range next(o) {
			if n := p.low(); !seen[n] && b.isGroup(n) {
				seen[n] = true
				found, open = append(found, pair(n)), append(open, n)
			}
		}
	}
	slices.Sort(found)
	return slices.Clip(found)
}

func (b *batch) isGroup(number uint32) bool {
	return b.plan.kinds[b.next.objects.at(number).kind].groups()
}
