package index

import "github.com/ambit-iam/ambit/schema"

// node is what the index holds about one SpiceDB object. Like everything in a
// snapshot it never changes: a new state has a new one.
type node struct {
	// edges are the tuples of the object, as (relation, subject), and those that
	// name it as their subject, as (relation.back, resource).
	edges pairs
	// derived is what questions need at once: of a scope its holders (holder.go),
	// of a group the groups that hold it, over any number of groups, of a role one
	// bit for each permission, for each kind of askers. Others have none.
	derived *pairs
	// id is decoded, unless raw: then it is an id that rel.EncodeID never makes.
	id string
	// up is what a scope inherits from, if that is one; 0: none, or several.
	up uint32
	// uses counts the tuples that name the object. Without any it is forgotten.
	uses uint32
	kind uint8
	raw  bool
	// unowned says which kinds of askers pass the guard, by asker bit.
	unowned uint8
}

// newNode returns a node that nothing names yet.
func newNode(k *kind, id string, raw bool) *node {
	o := node{id: id, kind: k.number, raw: raw}
	if k.of == schema.KindScope || k.of == schema.KindGroup || k.name == schema.DefinitionRole {
		o.derived = new(pairs)
	}
	return o.copied()
}

// copied returns a copy that may be changed, but for its lists. What is derived
// stands right behind it, as who reads the one reads the other.
func (o *node) copied() *node {
	if o.derived == nil {
		alone := *o
		return &alone
	}
	both := &struct {
		node
		list pairs
	}{*o, *o.derived}
	both.derived = &both.list
	return &both.node
}

// targets returns what the object points to over a relation.
func (o *node) targets(r relation) pairs { return o.edges.of(uint32(r)) }

// sources returns what points to the object over a relation.
func (o *node) sources(r relation) pairs { return o.edges.of(uint32(r.back())) }

// link replaces the edges of a node that may be changed.
func (o *node) link(edges pairs) {
	o.edges, o.up = edges, 0
	if parents := o.targets(parentOf); len(parents) == 1 {
		o.up = parents[0].low()
	}
}

// list returns what is derived.
func (o *node) list() pairs {
	if o.derived == nil {
		return nil
	}
	return *o.derived
}

// gives reports whether a role holds a permission for a kind of askers.
func (o *node) gives(bit uint32) bool {
	content := o.list()
	return int(bit/wordBits) < len(content) && content[bit/wordBits]>>(bit%wordBits)&1 == 1
}

const wordBits = 64
