package index

// findings are what a query has found out about objects on its way: in most lists
// all objects inherit from a few, whose answer is the same for all.
type findings struct {
	s     *Snapshot
	names []finding
}

// finding is what is known of a name, and where it is true.
type finding struct {
	name       symbol
	known, yes marks
}

// about returns what is known of a name, to be read and added to.
func (f *findings) about(name symbol) (known, yes marks) {
	for i := range f.names {
		if f.names[i].name == name {
			return f.names[i].known, f.names[i].yes
		}
	}
	f.names = append(f.names, finding{name, f.s.marks(), f.s.marks()})
	last := &f.names[len(f.names)-1]
	return last.known, last.yes
}
