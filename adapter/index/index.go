package index

import (
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Index answers questions from memory. Any number of goroutines may ask while
// others write; a question never waits. The zero value is not useful; use New.
type Index struct {
	state   atomic.Pointer[Snapshot]
	skipped atomic.Uint64
	// writing lets one writer in at a time.
	writing sync.Mutex
}

// New returns an empty index for a model.
func New(model *schema.Model) *Index {
	p := newPlan(model)
	x := &Index{}
	x.state.Store(p.empty())
	x.skipped.Store(p.unread)
	return x
}

func (p *plan) empty() *Snapshot {
	return &Snapshot{plan: p, names: make([]names, 2*len(p.kinds))}
}

// Load replaces all that the index holds, in one step, by what tuples yields. At
// its first error nothing has changed, and the error is returned.
func (x *Index) Load(tuples iter.Seq2[rel.Tuple, error]) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	b := newBatch(x.state.Load().plan.empty())
	for tuple, err := range tuples {
		if err != nil {
			return fmt.Errorf("load the index: %w", err)
		}
		b.update(rel.Update{Op: rel.Touch, Tuple: tuple})
	}
	x.publish(b)
	return nil
}

// Apply makes one step: whoever asks sees all of the updates or none. Repeating
// what is there already, or removing what is not, changes nothing; where two
// updates name the same tuple, the last one counts. Updates that the compiled
// schema does not know are skipped and counted.
func (x *Index) Apply(updates []rel.Update) {
	x.writing.Lock()
	defer x.writing.Unlock()
	b := newBatch(x.state.Load())
	for _, u := range updates {
		b.update(u)
	}
	x.publish(b)
}

func (x *Index) publish(b *batch) {
	x.state.Store(b.commit())
	x.skipped.Add(b.skipped)
}

// Skipped returns how many tuples and updates were not understood since New: of
// a type, a relation or a form of subjects that the compiled schema does not
// have. An index that has skipped what belongs to its model cannot be trusted
// to say all that SpiceDB would.
func (x *Index) Skipped() uint64 { return x.skipped.Load() }

// Snapshot returns the present state.
func (x *Index) Snapshot() *Snapshot { return x.state.Load() }

// Fork returns an index that begins with the same state and then goes its own
// way. It costs nothing but what is changed later.
func (x *Index) Fork() *Index { return x.state.Load().Fork() }

// Check is Snapshot.Check of the present state.
func (x *Index) Check(subject iam.Ref, permission string, object iam.Ref) bool {
	return x.state.Load().Check(subject, permission, object)
}
