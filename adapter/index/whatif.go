package index

import (
	"cmp"
	"context"
	"errors"
	"math/bits"

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
	// MaxSteps bounds the work; 0: it does not. A step takes up to a microsecond: it
	// compares an answer by itself, or some thousands of a subject at once.
	MaxSteps uint64
	// MaxKept bounds the memory for what is found out about groups, in words of 8
	// bytes; 0: 16 million.
	MaxKept int
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
	// ErrTooMuch: comparing takes more steps than the page allows.
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
	page.MaxKept = cmp.Or(page.MaxKept, 16<<20)
	c := &comparison{affected: newAffected(s, after), page: page, subjects: map[uint32]marks{}, shares: map[share]marks{}}
	if err := c.run(ctx); err != nil {
		return Changes{}, err
	}
	return c.result(ctx)
}

// comparison asks two states the same questions.
type comparison struct {
	*affected
	in      *area
	matters []*matter
	page    ChangePage
	steps   uint64
	// subjects are those of several claims, by a bit for each claim.
	subjects map[uint32]marks
	// shares are what groups bring, and kept how many words that takes.
	shares map[share]marks
	kept   int
	found  Changes
	// losing and gaining are subjects, and touched places.
	losing, gaining, touched marks
}

// matter is a topic with those whose answers may differ.
type matter struct {
	*topic
	at       int
	subjects marks
	// judged are places; of those in checked each answer is looked at by itself.
	judged, checked marks
	// differs: somebody gains or loses it somewhere.
	differs bool
}

// run counts what changes, one permission after the other.
func (c *comparison) run(ctx context.Context) error {
	if err := c.gather(ctx); err != nil {
		return err
	}
	c.in = c.area()
	c.losing, c.gaining, c.touched = c.after().marks(), c.after().marks(), c.in.marks()
	for i, t := range c.topics {
		m := c.matter(i, t)
		d := c.difference()
		for number := range m.subjects.all() {
			if err := c.mayGoOn(ctx); err != nil {
				return err
			}
			a := c.asker(number)
			c.compare(d, m, &a)
			c.count(d, m, number)
		}
		if m.differs {
			c.matters = append(c.matters, m)
		}
	}
	return nil
}

func (c *comparison) mayGoOn(ctx context.Context) error {
	if c.page.MaxSteps > 0 && c.steps > c.page.MaxSteps {
		return ErrTooMuch
	}
	return ctx.Err()
}

func (c *comparison) matter(at int, t *topic) *matter {
	m := &matter{topic: t, at: at, judged: c.in.marks(), checked: c.in.marks()}
	about := uint32(0)
	for i, claim := range c.claims {
		if !claim.topics.has(uint32(at)) {
			continue
		}
		about |= 1 << i
		for number := range claim.objects.all() {
			o, place := c.either(number), c.in.places[number]
			if o.raw || t.rules[o.kind] == nil {
				continue
			}
			m.judged.add(place)
			if !t.plain[o.kind] {
				m.checked.add(place)
			}
		}
	}
	m.subjects = c.subjectsOf(about)
	return m
}

// subjectsOf returns the subjects of some claims, of which there are less than 32.
// Many topics have the same ones, and share a set.
func (c *comparison) subjectsOf(claims uint32) marks {
	found, known := c.subjects[claims]
	if !known {
		found = c.after().marks()
		for i, claim := range c.claims {
			if claims>>i&1 == 1 {
				found.join(claim.named)
			}
		}
		c.subjects[claims] = found
	}
	return found
}

// asker is a subject in both states.
type asker struct {
	number  uint32
	queries [2]query
	known   [2]bool
}

func (c *comparison) asker(number uint32) asker {
	a := asker{number: number}
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

// difference is where a subject loses or gains a permission.
type difference struct{ lost, gained marks }

func (c *comparison) difference() difference { return difference{c.in.marks(), c.in.marks()} }

// compare finds a difference.
func (c *comparison) compare(d difference, m *matter, a *asker) {
	c.union(d.lost, m, a, 0)
	c.union(d.gained, m, a, 1)
	for i, was := range d.lost {
		is, checked := d.gained[i], m.checked[i]
		d.lost[i], d.gained[i] = was&^is&^checked, is&^was&^checked
		for doubt := (was | is) & checked; doubt != 0; doubt &= doubt - 1 {
			c.check(d, m, a, uint32(i*wordBits+bits.TrailingZeros64(doubt)))
		}
	}
}

// check compares a single answer.
func (c *comparison) check(d difference, m *matter, a *asker, place uint32) {
	c.steps++
	object := c.in.objects[place]
	rule := m.rules[c.either(object).kind]
	was, is := a.holds(0, rule, object), a.holds(1, rule, object)
	switch {
	case was && !is:
		d.lost.add(place)
	case is && !was:
		d.gained.add(place)
	}
}

// count adds a difference to the counts.
func (c *comparison) count(d difference, m *matter, subject uint32) {
	lost, gained := d.lost.count(), d.gained.count()
	if lost+gained == 0 {
		return
	}
	c.found.Losses += lost
	c.found.Gains += gained
	c.touched.join(d.lost)
	c.touched.join(d.gained)
	m.differs = true
	if lost > 0 {
		c.losing.add(subject)
	}
	if gained > 0 {
		c.gaining.add(subject)
	}
}
