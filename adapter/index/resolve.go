package index

import (
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/schema"
)

// permissionHolder is what the compiler calls those who hold any role at a scope.
const permissionHolder = "holder"

// resolver finds out what the names in expressions mean.
type resolver struct {
	plan    *plan
	symbols symbols
	// written are the permissions of the type at hand, as they stand there.
	written map[symbol]expr
	// done are those that are resolved; nil: being resolved.
	done map[symbol]*expr
	// bits are the permissions of bindings, as bits of roles.
	bits map[symbol]uint32
	kind *kind
}

func (s *resolver) resolveAll(written []*definition) {
	for i, d := range written { // the others need them
		if d.name == schema.DefinitionBinding {
			s.bindings(s.plan.kinds[i], d)
		}
	}
	for i, d := range written {
		if d.name != schema.DefinitionBinding {
			s.resolveKind(s.plan.kinds[i], d)
		}
	}
	for _, k := range s.plan.kinds {
		k.rules = append(k.rules, make([]*expr, len(s.symbols)+1-len(k.rules))...)
	}
}

// bindings reads what bindings give. Each permission must be held by the
// subjects, if a role has it; s.bits says which.
func (s *resolver) bindings(k *kind, d *definition) {
	s.bits = map[symbol]uint32{}
	holders, roles := k.accepts[schema.RelationSubject], k.accepts[schema.RelationRole]
	for _, permission := range d.permissions {
		bit, known := s.bit(permission)
		if known && holders != nil && roles != nil {
			s.bits[s.symbols.of(permission.name)] = bit
		} else {
			s.plan.unread++
		}
	}
}

// bit reads "subject & role->X".
func (s *resolver) bit(permission line) (uint32, bool) {
	if len(permission.tokens) != 3 || permission.tokens[0] != schema.RelationSubject || permission.tokens[1] != signAll {
		return 0, false
	}
	relation, led := strings.CutPrefix(permission.tokens[2], schema.RelationRole+signArrow)
	bit := slices.Index(s.plan.names, relation)
	return uint32(max(bit, 0)), led && bit >= 0
}

func (s *resolver) resolveKind(k *kind, d *definition) {
	s.kind, s.written, s.done = k, map[symbol]expr{}, map[symbol]*expr{}
	for _, permission := range d.permissions {
		r := &reader{tokens: permission.tokens, symbols: s.symbols}
		read, err := r.expression()
		if err != nil || len(r.tokens) > 0 {
			s.plan.unread++
			read = expr{}
		}
		s.written[s.symbols.of(permission.name)] = read
	}
	rules := make([]*expr, len(s.symbols)+1)
	for name := range s.written {
		rules[name] = s.permission(name)
	}
	k.rules = rules
}

// permission returns a permission of the type at hand. One that leads back to
// itself is nobody's.
func (s *resolver) permission(name symbol) *expr {
	found, met := s.done[name]
	if met {
		if found == nil {
			s.plan.unread++
			return &expr{}
		}
		return found
	}
	s.done[name] = nil
	resolved := s.resolve(s.written[name])
	if s.below(name, resolved) {
		resolved = expr{op: opBelow}
	}
	resolved.name = nameOf(resolved, name)
	s.done[name] = &resolved
	return &resolved
}

// nameOf returns the name that an expression keeps: an arrow's is its target.
func nameOf(e expr, name symbol) symbol {
	if e.op == opArrow {
		return e.name
	}
	return name
}

func (s *resolver) resolve(e expr) expr {
	switch e.op {
	case opName:
		return s.name(e)
	case opArrow:
		return s.arrow(e)
	case opUnion:
		return flat(s.resolveParts(e.parts))
	case opAll:
		parts := s.resolveParts(e.parts)
		if slices.ContainsFunc(parts, func(part expr) bool { return part.op == opNever }) {
			return expr{}
		}
		all := expr{op: opAll, parts: parts}
		if all.main() == nil { // listing would not know where to begin
			s.plan.unread++
			return expr{}
		}
		return all
	}
	return expr{}
}

func (s *resolver) resolveParts(parts []expr) []expr {
	out := make([]expr, len(parts))
	for i, part := range parts {
		out[i] = s.resolve(part)
	}
	return out
}

// name resolves a permission or a relation of the type itself.
func (s *resolver) name(e expr) expr {
	if _, here := s.written[e.name]; here {
		return *s.permission(e.name)
	}
	for name, a := range s.kind.accepts {
		if s.symbols[name] != e.name {
			continue
		}
		if a.relation.wild() {
			return expr{op: opAnyone, relation: a.relation, name: e.name}
		}
		return expr{op: opSubject, relation: a.relation, name: e.name}
	}
	s.plan.unread++
	return expr{}
}

// arrow resolves a way to other objects. Bindings are no objects on the way: who
// they name is kept with the scope.
func (s *resolver) arrow(e expr) expr {
	bit, known := s.bits[e.name]
	switch {
	case e.relation == noRelation || e.relation.wild():
		s.plan.unread++
		return expr{}
	case !e.relation.attaches():
		return e
	case e.name == s.symbols[schema.RelationSubject]:
		return expr{op: opHolder, bindings: bindingMask(e.relation)}
	case known:
		return expr{op: opHeld, bindings: bindingMask(e.relation), bit: bit}
	}
	s.plan.unread++
	return expr{}
}

// below reports whether a permission is "child->holder", or that or itself at
// the children. Then it is found from the asker's side: over the bindings that
// name him, not over all that is below.
func (s *resolver) below(name symbol, e expr) bool {
	var parts []expr
	switch e.op {
	case opArrow:
		parts = []expr{e}
	case opUnion:
		parts = e.parts
	}
	holder := s.symbols[permissionHolder]
	return slices.ContainsFunc(parts, func(part expr) bool { return part.name == holder }) &&
		!slices.ContainsFunc(parts, func(part expr) bool {
			return part.op != opArrow || part.relation != childOf || part.name != holder && part.name != name
		})
}
