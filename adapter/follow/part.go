package follow

import (
	"context"
	"iter"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// part chooses what an index of some tenants holds. Tuples name no tenant, so the
// choice follows them: an answer about an object depends on what SpiceDB would come
// to, going from it from resources to subjects, and on nothing else. Hence the one
// rule: an object that the index holds is whole, with all that it leads to; of
// others it holds nothing. Who wrote a tuple does not matter.
//
// Deletions always take effect, and what is not there any more is held a while
// longer at worst, until everything is read anew.
type part struct {
	model *schema.Model
	feed  Feed
	// seats are the tenants that are held.
	seats seats
	// roots are they as SpiceDB spells them. All about them is kept from the
	// beginning, whether they are there yet or not.
	roots map[rel.Object]bool
	// placing are the relations that put an object into a scope.
	placing []rel.Filter
}

func newPart(config Config) *part {
	p := &part{model: config.Model, feed: config.Feed}
	p.seat(seats{})
	if config.Max == 0 {
		p.seat(seatsOf(config.Tenants))
	}
	for _, name := range p.model.TypeNames() {
		if len(p.model.Type(name).In) == 0 {
			continue
		}
		switch p.model.Type(name).Kind {
		case schema.KindScope:
			p.placing = append(p.placing, rel.Filter{ResourceType: name, Relation: schema.RelationParent})
		case schema.KindServiceAccount, schema.KindResource:
			p.placing = append(p.placing, rel.Filter{ResourceType: name, Relation: schema.RelationScope})
		}
	}
	return p
}

// seat says which tenants are held from now on.
func (p *part) seat(held seats) {
	p.seats, p.roots = held, map[rel.Object]bool{}
	for tenant := range held {
		p.roots[rootOf(tenant)] = true
	}
}

func rootOf(tenant iam.Ref) rel.Object {
	return rel.Object{Type: tenant.Type, ID: rel.EncodeID(tenant.ID)}
}

// places reports whether a tuple puts its resource into a scope.
func (p *part) places(tuple rel.Tuple) bool {
	for _, place := range p.placing {
		if place.ResourceType == tuple.Resource.Type && place.Relation == tuple.Relation {
			return true
		}
	}
	return false
}

// leads reports whether the answers about a tuple's resource depend on tuples of its
// subject. Of those who ask and are named themselves, nothing more matters: a user
// has no tuples, and those of a service account say who may do something to it.
func (p *part) leads(tuple rel.Tuple) bool {
	switch tuple.Subject.Type {
	case schema.DefinitionRole, schema.DefinitionBinding:
		return true
	}
	of := p.model.Type(tuple.Subject.Type)
	return tuple.SubjectRelation != "" || of != nil && of.Kind == schema.KindScope
}

// load yields everything that the tenants need, as it was at a revision.
func (p *part) load(ctx context.Context, at rel.ZedToken) iter.Seq2[rel.Tuple, error] {
	return func(yield func(rel.Tuple, error) bool) {
		g := p.gather(at, func(rel.Object) bool { return false })
		for root := range p.roots {
			g.place(root)
		}
		if err := g.run(ctx, func(tuple rel.Tuple) bool { return yield(tuple, nil) }); err != nil {
			yield(rel.Tuple{}, err)
		}
	}
}

// holds says of which objects the index holds everything.
func (p *part) holds(state *index.Snapshot) func(rel.Object) bool {
	return func(object rel.Object) bool { return p.roots[object] || state.Holds(object) }
}

// choose returns what the next state needs of the updates that lead to a revision,
// and what it needs besides: all about the objects that it did not hold before.
func (p *part) choose(ctx context.Context, updates []rel.Update, held func(rel.Object) bool, at rel.ZedToken) ([]rel.Update, error) {
	if len(updates) == 0 {
		return nil, nil
	}
	g := p.gather(at, held)
	var chosen []rel.Update
	for _, update := range updates {
		tuple := update.Tuple
		switch {
		case update.Op == rel.Delete:
			chosen = append(chosen, update)
		case g.held(tuple.Resource):
			chosen = append(chosen, update)
			g.follow(tuple)
		case p.places(tuple) && g.held(tuple.Subject):
			g.place(tuple.Resource)
		}
	}
	err := g.run(ctx, func(tuple rel.Tuple) bool {
		chosen = append(chosen, rel.Update{Op: rel.Touch, Tuple: tuple})
		return true
	})
	return chosen, err
}
