package index

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Change is an answer that is another one after some updates.
type Change struct {
	Subject    iam.Ref
	Permission string
	Object     iam.Ref
	// Gained: the answer was no and is yes. Otherwise it was yes and is no.
	Gained bool
}

// Compare orders changes: losses first, which are what people look for, then by
// subject, object and permission.
func (c Change) Compare(other Change) int {
	if c.Gained != other.Gained {
		if other.Gained {
			return -1
		}
		return 1
	}
	return cmp.Or(compareRefs(c.Subject, other.Subject), compareRefs(c.Object, other.Object), cmp.Compare(c.Permission, other.Permission))
}

// ChangePage is a part of the list of changes, and a bound of the work.
type ChangePage struct {
	// After is where the page before ended; zero: this is the first.
	After Change
	// Limit is the largest number of changes on the page.
	Limit int
	// MaxChecks is how many answers may be compared; 0: any number.
	MaxChecks uint64
}

// Changes says which answers become other ones.
type Changes struct {
	// Gains and Losses count all of them, whatever the page. Subjects and Objects
	// count those that are in at least one.
	Gains, Losses, Subjects, Objects uint64
	// Page is a part of the list, and More says that there is more after it.
	Page []Change
	More bool
}

// The errors of WhatIf.
var (
	// ErrTooMuch: more answers would have to be compared than the page allows.
	ErrTooMuch = errors.New("too many answers to compare")
	// ErrSkipped: the compiled schema does not know one of the updates.
	ErrSkipped = errors.New("an update is not understood")
)

// WhatIf says which answers were others if the updates were applied. The
// snapshot stays as it is. The counts are exact: they are those that comparing
// every answer would find. It compares only answers that may have changed; see
// affected.go for which these are.
//
// Errors: ErrTooMuch, ErrSkipped, or that of the context when it ends.
func (s *Snapshot) WhatIf(ctx context.Context, updates []rel.Update, page ChangePage) (Changes, error) {
	b := newBatch(s)
	for _, u := range updates {
		b.update(u)
	}
	after := b.commit()
	if b.skipped > 0 {
		return Changes{}, ErrSkipped
	}
	c := &comparison{affected: newAffected(s, after), page: page, touched: after.marks()}
	if err := c.run(ctx); err != nil {
		return Changes{}, err
	}
	return c.result(), nil
}

// comparison asks two states the same questions.
type comparison struct {
	*affected
	page          ChangePage
	checks        uint64
	found         Changes
	touched       marks
	losses, gains []Change
}

// run goes through the subjects in the order of the list, so that a page is
// full when it is full.
func (c *comparison) run(ctx context.Context) error {
	if err := c.gather(ctx); err != nil {
		return err
	}
	if c.noted > maxNoted {
		return ErrTooMuch
	}
	for _, number := range c.subjects() {
		if err := ctx.Err(); err != nil {
			return err
		}
		a := c.asker(number)
		differs, err := c.compare(&a, c.about(&a))
		if err != nil {
			return err
		}
		if len(differs) > 0 {
			c.found.Subjects++
			c.list(&a, differs)
		}
	}
	return nil
}

// asker is a subject in both states.
type asker struct {
	number  uint32
	ref     iam.Ref
	queries [2]query
	known   [2]bool
}

func (c *comparison) asker(number uint32) asker {
	a := asker{number: number, ref: c.ref(number)}
	for i, s := range c.states {
		if o := s.objects.at(number); o != nil {
			a.queries[i], a.known[i] = s.query(number, o, s.plan.kinds[o.kind].asker), true
		}
	}
	return a
}

// holds answers in one of the states.
func (a *asker) holds(state int, rule *expr, object uint32) bool {
	q := &a.queries[state]
	if !a.known[state] {
		return false
	}
	o := q.s.objects.at(object)
	return o != nil && q.holds(rule, o)
}

// compare counts changes, and returns the objects that they are about.
func (c *comparison) compare(a *asker, objects marks) ([]uint32, error) {
	var differs []uint32
	for number := range objects.all() {
		o := c.either(number)
		if o.raw {
			continue
		}
		asked := c.after().plan.kinds[o.kind].asked
		c.checks += uint64(len(asked))
		if c.page.MaxChecks > 0 && c.checks > c.page.MaxChecks {
			return nil, ErrTooMuch
		}
		gains, losses := a.count(asked, o.kind, number)
		if gains+losses == 0 {
			continue
		}
		c.found.Gains += gains
		c.found.Losses += losses
		if c.touched.add(number) {
			c.found.Objects++
		}
		differs = append(differs, number)
	}
	return differs, nil
}

func (a *asker) count(asked []*permission, kind uint8, object uint32) (gains, losses uint64) {
	for _, p := range asked {
		was, is := a.holds(0, p.rules[kind], object), a.holds(1, p.rules[kind], object)
		switch {
		case is && !was:
			gains++
		case was && !is:
			losses++
		}
	}
	return gains, losses
}

// list puts the changes of a subject on the page while there is room.
func (c *comparison) list(a *asker, differs []uint32) {
	if c.full(c.losses) && c.full(c.gains) {
		return
	}
	slices.SortFunc(differs, func(x, y uint32) int { return compareRefs(c.ref(x), c.ref(y)) })
	for _, number := range differs {
		kind, object := c.either(number).kind, c.ref(number)
		for _, p := range c.after().plan.kinds[kind].asked {
			was, is := a.holds(0, p.rules[kind], number), a.holds(1, p.rules[kind], number)
			if was != is {
				c.put(Change{Subject: a.ref, Permission: p.name, Object: object, Gained: is})
			}
		}
	}
}

// full reports whether there is one change more than the page takes.
func (c *comparison) full(changes []Change) bool { return len(changes) > c.page.Limit }

func (c *comparison) put(change Change) {
	into := &c.losses
	if change.Gained {
		into = &c.gains
	}
	first := c.page.After == Change{}
	if !c.full(*into) && (first || change.Compare(c.page.After) > 0) {
		*into = append(*into, change)
	}
}

func (c *comparison) result() Changes {
	found := c.found
	found.Page = slices.Concat(c.losses, c.gains)
	if c.full(found.Page) {
		found.Page, found.More = found.Page[:c.page.Limit], true
	}
	return found
}
