package index

// op says how an expression of the compiled schema is evaluated.
type op uint8

const (
	opNever   op = iota // nobody
	opUnion             // one of the parts
	opAll               // all parts
	opName              // a relation or permission of the same type; only while the schema is read
	opArrow             // a relation or permission of what a relation leads to
	opHeld              // a permission through the bindings at a scope
	opHolder            // any binding at a scope
	opBelow             // any binding at a scope below
	opSubject           // being the subject of a relation
	opAnyone            // the wildcard of a relation, for the asker's type
)

// expr is an expression of the compiled schema.
type expr struct {
	op op
	// bindings are the relations of opHeld and opHolder, see bindingMask.
	bindings uint8
	// bit is the permission that a role must hold for opHeld.
	bit uint32
	// relation is the way of opArrow, and what opSubject and opAnyone look at.
	relation relation
	// name is what the arrow leads to; for the others the permission that was
	// named where the expression stands, if any.
	name  symbol
	parts []expr
}

// bindingMask has a bit for each of the relations that attach bindings.
func bindingMask(r relation) uint8 {
	if r == localBindingOf {
		return 2
	}
	return 1
}

// takes reports whether a holder hangs on a relation that the expression follows.
func (e *expr) takes(holder pair) bool {
	return e.bindings>>(holder.low()>>31)&1 == 1
}

// flat returns a union without unions inside, and without parts that nobody
// has. Bindings that give the same permission are looked through once.
func flat(parts []expr) expr {
	var out []expr
	for _, part := range parts {
		switch part.op {
		case opNever:
		case opUnion:
			for _, inner := range part.parts {
				out = addPart(out, inner)
			}
		default:
			out = addPart(out, part)
		}
	}
	switch len(out) {
	case 0:
		return expr{}
	case 1:
		return out[0]
	}
	return expr{op: opUnion, parts: out}
}

func addPart(parts []expr, part expr) []expr {
	for i := range parts {
		p := &parts[i]
		if p.op == part.op && (p.op == opHolder || p.op == opHeld && p.bit == part.bit) {
			p.bindings |= part.bindings
			return parts
		}
	}
	return append(parts, part)
}

// main returns the part of opAll that leads to bindings; the others are its
// conditions.
func (e *expr) main() *expr {
	for i := range e.parts {
		if e.parts[i].op == opArrow {
			return &e.parts[i]
		}
	}
	return nil
}
