package index

// grounds are what a permission can come from in the end: roles that hold one of
// some permissions, or any binding at all. They are more than it takes: what
// follows from a binding without grounds cannot be yes, what follows from one
// with grounds has to be checked.
type grounds struct {
	bits []uint32
	any  bool
	// below says that bindings count for scopes above theirs.
	below bool
}

// grounds returns those of an expression.
func (p *plan) grounds(e *expr) grounds {
	var g grounds
	p.gather(e, &g, map[*expr]bool{})
	return g
}

func (p *plan) gather(e *expr, g *grounds, seen map[*expr]bool) {
	if seen[e] {
		return
	}
	seen[e] = true
	switch e.op {
	case opHeld:
		g.bits = append(g.bits, e.bit)
	case opHolder:
		g.any = true
	case opBelow:
		g.any, g.below = true, true
	case opArrow:
		for _, k := range p.kinds {
			if rule := k.rule(e.name); rule != nil {
				p.gather(rule, g, seen)
			}
		}
	}
	for i := range e.parts {
		p.gather(&e.parts[i], g, seen)
	}
}

// counts reports whether a binding gives an asker grounds.
func (q *query) grounds(g grounds, binding *node) bool {
	if g.any {
		return true
	}
	for _, r := range binding.targets(roleOf) {
		role := q.s.objects.at(r.low())
		for _, bit := range g.bits {
			if role.gives(q.bits + bit) {
				return true
			}
		}
	}
	return false
}
