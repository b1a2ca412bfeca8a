package follow

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// few is how many objects are asked about one by one. For more, all tuples of their
// type are read, and those of others let go.
const few = 32

// gathering reads whole objects, and all that they lead to, at one revision.
type gathering struct {
	*part
	at rel.ZedToken
	// held says of which objects nothing needs to be read.
	held func(rel.Object) bool
	// seen are those that are read, or will be.
	seen map[rel.Object]bool
	// next are those that will be, by type, and scopes those of them that were put
	// into a scope: what lies in them will be read, too.
	next   map[string][]rel.Object
	scopes []rel.Object
	keep   func(rel.Tuple) bool
}

func (p *part) gather(at rel.ZedToken, held func(rel.Object) bool) *gathering {
	return &gathering{part: p, at: at, held: held, seen: map[rel.Object]bool{}, next: map[string][]rel.Object{}}
}

// want asks for an object, unless it is held or asked for.
func (g *gathering) want(object rel.Object) bool {
	if g.seen[object] || g.held(object) {
		return false
	}
	g.seen[object] = true
	g.next[object.Type] = append(g.next[object.Type], object)
	return true
}

// place asks for an object and all that lies in it.
func (g *gathering) place(object rel.Object) {
	if g.want(object) {
		g.scopes = append(g.scopes, object)
	}
}

// follow asks for what a tuple leads to.
func (g *gathering) follow(tuple rel.Tuple) {
	if g.leads(tuple) {
		g.want(tuple.Subject)
	}
}

// run reads what was asked for, and what that leads to, until keep says no.
func (g *gathering) run(ctx context.Context, keep func(rel.Tuple) bool) error {
	g.keep = keep
	for len(g.scopes) > 0 {
		scopes := g.scopes
		g.scopes = nil
		for _, place := range g.placing {
			if err := g.below(ctx, place, scopes); err != nil {
				return err
			}
		}
	}
	for len(g.next) > 0 {
		next := g.next
		g.next = map[string][]rel.Object{}
		for typeName, objects := range next {
			if more, err := g.read(ctx, typeName, objects); !more || err != nil {
				return err
			}
		}
	}
	return nil
}

// below asks for what one relation puts into scopes.
func (g *gathering) below(ctx context.Context, place rel.Filter, scopes []rel.Object) error {
	place.At = g.at
	in := setOf(scopes)
	filters := []rel.Filter{place}
	if len(scopes) <= few {
		filters = filters[:0]
		for _, scope := range scopes {
			place.Subject = scope
			filters = append(filters, place)
		}
	}
	_, err := g.each(ctx, filters, func(tuple rel.Tuple) bool {
		if in[tuple.Subject] {
			g.place(tuple.Resource)
		}
		return true
	})
	return err
}

// read keeps the tuples of objects of a type, and asks for what they lead to. It
// returns whether more is wanted.
func (g *gathering) read(ctx context.Context, typeName string, objects []rel.Object) (bool, error) {
	wanted := setOf(objects)
	filters := []rel.Filter{{ResourceType: typeName, At: g.at}}
	if len(objects) <= few {
		filters = filters[:0]
		for _, object := range objects {
			filters = append(filters, rel.Filter{ResourceType: typeName, ResourceID: object.ID, At: g.at})
		}
	}
	return g.each(ctx, filters, func(tuple rel.Tuple) bool {
		if !wanted[tuple.Resource] {
			return true
		}
		g.follow(tuple)
		return g.keep(tuple)
	})
}

// each visits what matches any of the filters, until visit says no.
func (g *gathering) each(ctx context.Context, filters []rel.Filter, visit func(rel.Tuple) bool) (bool, error) {
	for _, filter := range filters {
		for tuple, err := range g.feed.Read(ctx, filter) {
			if err != nil {
				return false, err
			}
			if !visit(tuple) {
				return false, nil
			}
		}
	}
	return true, nil
}

func setOf(objects []rel.Object) map[rel.Object]bool {
	set := make(map[rel.Object]bool, len(objects))
	for _, object := range objects {
		set[object] = true
	}
	return set
}
