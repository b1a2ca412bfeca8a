package index

// area numbers the objects that claims are about, and what lies on the way to
// them. Sets of places in it are short, however much else a snapshot holds.
type area struct {
	// places are by the number of an object; 0: outside.
	places []uint32
	// objects are by place. Nobody has place 0.
	objects []uint32
}

// area returns that of all claims.
func (a *affected) area() *area {
	inside := a.after().marks()
	for _, c := range a.claims {
		inside.join(c.objects)
	}
	if a.below { // what hangs below an object counts there
		a.close(inside, childOf)
	}
	a.close(inside, parentOf, scopeOf)
	in := &area{places: make([]uint32, a.after().objects.size), objects: []uint32{0}}
	for number := range inside.all() {
		in.places[number] = uint32(len(in.objects))
		in.objects = append(in.objects, number)
	}
	return in
}

// close adds what the objects in a set lead to.
func (a *affected) close(set marks, over ...relation) {
	for open := set.pairs(); len(open) > 0; {
		number := open[len(open)-1].low()
		open = open[:len(open)-1]
		a.both(number, func(_ *Snapshot, o *node) {
			for _, r := range over {
				for _, to := range o.targets(r) {
					if set.add(to.low()) {
						open = append(open, to)
					}
				}
			}
		})
	}
}

// marks returns an empty set of places.
func (in *area) marks() marks { return newMarks(len(in.objects)) }

// walk is reach within an area.
type walk struct {
	*area
	s        *Snapshot
	down, up marks
}

// from goes from where a binding hangs to what it may count for.
func (w *walk) from(binding *node, below bool) {
	for _, r := range [...]relation{bindingOf, localBindingOf} {
		for _, scope := range binding.sources(r) {
			w.descend(scope.low())
			if below {
				w.ascend(scope.low())
			}
		}
	}
}

func (w *walk) descend(scope uint32) {
	if at := w.places[scope]; at == 0 || !w.down.add(at) {
		return
	}
	for _, below := range w.s.heirs(w.s.objects.at(scope)) {
		w.descend(below.low())
	}
}

// ascend stops outside of the area: above there is nothing of it.
func (w *walk) ascend(scope uint32) {
	for _, above := range w.s.objects.at(scope).sources(childOf) {
		if at := w.places[above.low()]; at != 0 && w.up.add(at) {
			w.ascend(above.low())
		}
	}
}

// found returns the scopes that were reached, and what lives in them.
func (w *walk) found() marks {
	w.down.join(w.up)
	found := w.marks()
	for at := range w.down.all() {
		found.add(at)
		for _, in := range w.s.residents(w.s.objects.at(w.objects[at])) {
			if place := w.places[in.low()]; place != 0 {
				found.add(place)
			}
		}
	}
	return found
}
