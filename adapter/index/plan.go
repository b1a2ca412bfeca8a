package index

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// plan is a model's compiled schema, made ready for questions. It never changes.
type plan struct {
	seed  maphash.Seed
	kinds []*kind
	// byName finds the number of an object type.
	byName map[string]uint8
	// permissions are those of the model, by name.
	permissions map[string]*permission
	// names are the permissions of roles, by their bit.
	names []string
	// spelled are the permissions of the model, by symbol.
	spelled map[symbol]string
	// words is how long the content of a role is for one kind of askers.
	words uint32
	// nests says that groups may hold groups.
	nests bool
	// unread counts what of the schema is of no known form. Such tuples are
	// skipped, and such permissions are nobody's.
	unread uint64
}

// kind is an object type.
type kind struct {
	name   string
	number uint8
	of     schema.Kind
	// asker numbers the types of those who ask; -1: nobody asks.
	asker int
	// accepts are the tuples that an object of the type may have, by relation.
	accepts map[string]*acceptance
	// rules are the permissions of the type, by symbol.
	rules []*expr
	// asked are the permissions that apply to the type, by name.
	asked []*permission
	// above says that scopes may inherit from objects of the type, and around that
	// objects may lie in them. Of most objects there are neither.
	above, around bool
}

// acceptance says which subjects a relation takes.
type acceptance struct {
	relation relation
	// bit is the permission that a relation of a role stands for.
	bit      uint32
	subjects []subjectForm
}

// subjectForm is one of the forms that the subjects of a relation have.
type subjectForm struct {
	kind *kind
	// relation is rel.Wildcard's place, too: "", "member" or "*".
	relation string
}

// permission is a permission of the model.
type permission struct {
	name  string
	rules []*expr // by the number of the object's type; nil where it does not apply
}

func newPlan(model *schema.Model) *plan {
	p := &plan{seed: maphash.MakeSeed(), byName: map[string]uint8{}, permissions: map[string]*permission{}}
	written, unread := definitions(model.Compile())
	p.unread = uint64(unread)
	asker := 0
	for _, d := range written {
		k := &kind{name: d.name, number: uint8(len(p.kinds)), asker: -1, accepts: map[string]*acceptance{}}
		if t := model.Type(d.name); t != nil {
			k.of = t.Kind
		}
		if k.of == schema.KindUser || k.of == schema.KindServiceAccount {
			k.asker = asker
			asker++
		}
		p.kinds = append(p.kinds, k)
		p.byName[d.name] = k.number
	}
	for i, d := range written {
		for _, relation := range d.relations {
			p.accept(p.kinds[i], relation)
		}
	}
	p.words = uint32((len(p.names) + wordBits - 1) / wordBits)
	s := &resolver{plan: p, symbols: symbols{}}
	s.resolveAll(written)
	p.asked(model, s.symbols)
	return p
}

// accept reads which tuples a relation takes.
func (p *plan) accept(k *kind, relation line) {
	a := &acceptance{relation: relationNamed(relation.name)}
	if k.name == schema.DefinitionRole {
		a.relation, a.bit = contentOf, uint32(len(p.names))
		p.names = append(p.names, relation.name)
	}
	for _, token := range relation.tokens {
		form, known := p.form(token)
		if known && (form.relation == rel.Wildcard) == a.relation.wild() {
			a.subjects = append(a.subjects, form)
			p.nests = p.nests || a.relation == memberOf && form.kind.groups()
		} else if token != "|" {
			p.unread++
		}
	}
	if a.relation == noRelation {
		p.unread++
		return
	}
	k.accepts[relation.name] = a
	for _, form := range a.subjects {
		form.kind.above = form.kind.above || a.relation == parentOf
		form.kind.around = form.kind.around || a.relation == scopeOf
	}
}

// form reads the type of a subject: "user", "user:*" or "team#member".
func (p *plan) form(token string) (subjectForm, bool) {
	name, relation, set := strings.Cut(token, "#")
	if prefix, wild := strings.CutSuffix(name, ":"+rel.Wildcard); wild && !set {
		name, relation = prefix, rel.Wildcard
	}
	number, known := p.byName[name]
	if !known || relation != "" && relation != rel.Wildcard && relation != schema.RelationMember {
		return subjectForm{}, false
	}
	return subjectForm{kind: p.kinds[number], relation: relation}, true
}

// asked ties the permissions of the model to the rules of the types.
func (p *plan) asked(model *schema.Model, known symbols) {
	for i, name := range p.names {
		for _, permission := range model.Grantable() {
			if schema.Identifier(permission.Name) == name {
				p.names[i] = permission.Name
			}
		}
	}
	p.spelled = map[symbol]string{}
	for _, m := range model.Permissions {
		if name, written := known[schema.Identifier(m.Name)]; written {
			p.spelled[name] = m.Name
		}
		permission := &permission{name: m.Name, rules: make([]*expr, len(p.kinds))}
		p.permissions[m.Name] = permission
		for _, at := range m.At {
			k := p.kinds[p.byName[at]]
			k.asked = append(k.asked, permission)
			permission.rules[k.number] = k.rule(known[schema.Identifier(m.Name)])
		}
	}
	for _, k := range p.kinds {
		slices.SortFunc(k.asked, func(a, b *permission) int { return strings.Compare(a.name, b.name) })
	}
}

// rule returns what a symbol means for the type; nil: nothing.
func (k *kind) rule(name symbol) *expr {
	if int(name) >= len(k.rules) {
		return nil
	}
	return k.rules[name]
}

// groups reports whether objects of the type hold members.
func (k *kind) groups() bool { return k.of == schema.KindGroup }
