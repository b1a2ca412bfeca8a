package index

import (
	"context"
	"slices"
)

// result counts, and lists the page: subject after subject until it is full.
func (c *comparison) result(ctx context.Context) (Changes, error) {
	found := c.found
	all := slices.Clone(c.losing)
	all.join(c.gaining)
	found.Subjects, found.Objects = all.count(), c.touched.count()
	for _, gained := range [...]bool{false, true} {
		if err := c.list(ctx, &found, gained); err != nil {
			return Changes{}, err
		}
	}
	return found, nil
}

// list puts losses or gains on the page while there is room.
func (c *comparison) list(ctx context.Context, found *Changes, gained bool) error {
	subjects := c.losing
	if gained {
		subjects = c.gaining
	} else if c.page.After.Gained {
		return nil // all losses were on the pages before
	}
	for _, number := range c.sorted(subjects) {
		if found.More {
			return nil
		}
		if c.page.After.Gained == gained && compareRefs(c.ref(number), c.page.After.Subject) < 0 {
			continue
		}
		if err := c.mayGoOn(ctx); err != nil {
			return err
		}
		c.listOf(found, number, gained)
	}
	return nil
}

// listOf lists what one subject loses or gains. Of an object that has all its
// permissions at once, nothing is kept but marks.
func (c *comparison) listOf(found *Changes, subject uint32, gained bool) {
	a, differences, objects := c.asker(subject), make([]marks, len(c.matters)), c.after().marks()
	for i, m := range c.matters {
		if !m.subjects.has(subject) {
			continue
		}
		d := c.difference()
		c.compare(d, m, &a)
		if differences[i] = d.lost; gained {
			differences[i] = d.gained
		}
		for place := range differences[i].all() {
			objects.add(c.in.objects[place])
		}
	}
	for _, object := range c.sorted(objects) {
		if found.More {
			return
		}
		for i, m := range c.matters {
			if differences[i] != nil && differences[i].has(c.in.places[object]) {
				c.put(found, Change{Subject: c.ref(subject), Permission: m.name, Object: c.ref(object), Gained: gained})
			}
		}
	}
}

// put puts a change on the page, if it belongs there.
func (c *comparison) put(found *Changes, change Change) {
	first := c.page.After == Change{}
	switch {
	case !first && change.Compare(c.page.After) <= 0:
	case len(found.Page) == c.page.Limit:
		found.More = true
	default:
		found.Page = append(found.Page, change)
	}
}

// sorted returns objects in the order of their references.
func (c *comparison) sorted(objects marks) []uint32 {
	return slices.SortedFunc(objects.all(), func(x, y uint32) int { return compareRefs(c.ref(x), c.ref(y)) })
}
