package index

// table holds the objects of a snapshot by number. Number 0 is nobody's.
type table struct {
	pages []*page
	// size is one more than the largest number that was ever used.
	size uint32
	// free are numbers below size that no object has.
	free *freeNumber
}

const pageSize = 128

type page [pageSize]*node

// freeNumber is a list that snapshots share.
type freeNumber struct {
	number uint32
	next   *freeNumber
}

// at returns an object, or nil.
func (t *table) at(number uint32) *node {
	if i := int(number / pageSize); i < len(t.pages) {
		return t.pages[i][number%pageSize]
	}
	return nil
}

// set replaces an object of a table that was made of base, which stays as it is.
func (t *table) set(base *table, number uint32, o *node) {
	i := int(number / pageSize)
	for i >= len(t.pages) {
		t.pages = append(t.pages, new(page))
	}
	if i < len(base.pages) && t.pages[i] == base.pages[i] {
		own := *t.pages[i]
		t.pages[i] = &own
	}
	t.pages[i][number%pageSize] = o
}

// take returns a number that is free.
func (t *table) take() uint32 {
	if t.free != nil {
		number := t.free.number
		t.free = t.free.next
		return number
	}
	if t.size == 0 {
		t.size = 1
	}
	t.size++
	return t.size - 1
}

// give returns a number.
func (t *table) give(base *table, number uint32) {
	t.set(base, number, nil)
	t.free = &freeNumber{number: number, next: t.free}
}
