package index

// node is what the index holds about one SpiceDB object. Like everything in a
// snapshot it never changes: a new state has a new one.
type node struct {
	// id is decoded, unless raw: then it is an id that rel.EncodeID never makes.
	id string
	// edges are the tuples of the object, as (relation, subject), and those that
	// name it as their subject, as (relation.back, resource).
	edges pairs
	// derived is what questions need at once: of a scope its holders (holder.go),
	// of a group the groups that hold it, over any number of groups, of a role one
	// bit for each permission, for each kind of askers. Others have none.
	derived pairs
	// up is what a scope inherits from, if that is one; 0: none, or several.
	up uint32
	// uses counts the tuples that name the object. Without any it is forgotten.
	uses uint32
	kind uint8
	raw  bool
	// unowned says which kinds of askers pass the guard, by asker bit.
	unowned uint8
}

// packed is a node with a list inside, so that the processor fetches both at once.
type packed struct {
	node
	room [4]pair
}

// pack returns the node with the list that checks read inside, if that is short:
// what is derived, or else the edges.
func (o *node) pack() *node {
	list := o.derived
	if len(list) == 0 {
		list = o.edges
	}
	if len(list) > len(packed{}.room) {
		return o
	}
	p := &packed{node: *o}
	inside := p.room[:copy(p.room[:], list):len(list)]
	if len(o.derived) == 0 {
		p.edges = inside
	} else {
		p.derived = inside
	}
	return &p.node
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

// gives reports whether a role holds a permission for a kind of askers.
func (o *node) gives(bit uint32) bool {
	content := o.derived
	return int(bit/wordBits) < len(content) && content[bit/wordBits]>>(bit%wordBits)&1 == 1
}

const wordBits = 64
