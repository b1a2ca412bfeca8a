package follow

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// few is how many objects are asked about one by one. For more, all tuples of their
// type are read, and those of others let go.
const few = 32

// strangers is how many tuples of others may be read for each object that is wanted.
// What is then still missing is asked for one by one: a reading of a type has no end
// where the tenant is one of thousands.
const strangers = 50

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
	// kept counts tuples, those once that were read twice.
	kept int
	// room is how much memory an index may need for all this; 0: any.
	room int64
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

// full reports whether there is no room for more: at least so much would be needed.
func (g *gathering) full() bool {
	return g.room > 0 && index.Bytes(len(g.seen), g.kept) > g.room
}

// run reads what was asked for, and what that leads to, until keep says no or there is
// no room.
func (g *gathering) run(ctx context.Context, keep func(rel.Tuple) bool) error {
	g.keep = keep
	for len(g.scopes) > 0 {
		scopes := g.scopes
		g.scopes = nil
		for _, place := range g.placing {
			if err := g.below(ctx, place, scopes); err != nil || g.full() {
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
	_, err := g.those(ctx, place, scopes, func(filter *rel.Filter, scope rel.Object) { filter.Subject = scope }, func(tuple rel.Tuple) (ours, more bool) {
		if in[tuple.Subject] {
			g.place(tuple.Resource)
		}
		return in[tuple.Subject], !g.full()
	})
	return err
}

// read keeps the tuples of objects of a type, and asks for what they lead to. It
// returns whether more is wanted.
func (g *gathering) read(ctx context.Context, typeName string, objects []rel.Object) (bool, error) {
	wanted := setOf(objects)
	all := rel.Filter{ResourceType: typeName, At: g.at}
	return g.those(ctx, all, objects, func(filter *rel.Filter, object rel.Object) { filter.ResourceID = object.ID }, func(tuple rel.Tuple) (ours, more bool) {
		if !wanted[tuple.Resource] {
			return false, true
		}
		g.follow(tuple)
		g.kept++
		return true, g.keep(tuple) && !g.full()
	})
}

// those visits what matches a filter and is about one of the objects, of which narrow
// makes a filter; some of it maybe twice. visit says whether a tuple is of those, and
// whether it wants more.
func (g *gathering) those(
	ctx context.Context, all rel.Filter, objects []rel.Object, narrow func(*rel.Filter, rel.Object), visit func(rel.Tuple) (ours, more bool),
) (bool, error) {
	if len(objects) > few {
		before, spare := g.kept, strangers*len(objects)
		more, err := g.each(ctx, all, func(tuple rel.Tuple) bool {
			ours, more := visit(tuple)
			if !ours {
				spare--
			}
			return more && spare >= 0
		})
		if more || err != nil || spare >= 0 {
			return more, err
		}
		g.kept = before
	}
	for _, object := range objects {
		one := all
		narrow(&one, object)
		more, err := g.each(ctx, one, func(tuple rel.Tuple) bool {
			_, more := visit(tuple)
			return more
		})
		if !more || err != nil {
			return more, err
		}
	}
	return true, nil
}

// each visits what matches a filter, until visit says no, and returns whether it did
// not.
func (g *gathering) each(ctx context.Context, filter rel.Filter, visit func(rel.Tuple) bool) (bool, error) {
	for tuple, err := range g.feed.Read(ctx, filter) {
		if err != nil {
			return false, err
		}
		if !visit(tuple) {
			return false, nil
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
