package relay

import (
	"slices"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// frontier remembers the revisions that together hold every delivered write.
// Tokens are opaque and cannot be compared, but a write or a read of the head
// that began after a write had ended holds it too; so it replaces all tokens
// that were known when it began. Only writes that overlapped leave several.
//
// It also holds whatever other processes had written by then. Where there are
// others, a frontier that is older than staleness asks for the head again.
type frontier struct {
	shared    bool
	staleness time.Duration

	mu     sync.Mutex
	marks  []mark
	nextID uint64
	// newest is when the youngest sight began.
	newest time.Time
}

type mark struct {
	id    uint64
	token rel.ZedToken
}

// Sight is the beginning of a write, or of a read of the head.
type Sight struct {
	// known is the number below which all marks are older.
	known uint64
	began time.Time
}

func (f *frontier) begin() Sight {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Sight{known: f.nextID, began: time.Now()}
}

// saw adds the token of what began at sight.
func (f *frontier) saw(sight Sight, token rel.ZedToken) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.marks = slices.DeleteFunc(f.marks, func(m mark) bool { return m.id < sight.known })
	f.marks = append(f.marks, mark{id: f.nextID, token: token})
	f.nextID++
	if sight.began.After(f.newest) {
		f.newest = sight.began
	}
}

// add adds a token of somebody else, which is neither older nor newer than the
// others.
func (f *frontier) add(token rel.ZedToken) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.ContainsFunc(f.marks, func(m mark) bool { return m.token == token }) {
		return
	}
	f.marks = append(f.marks, mark{id: f.nextID, token: token})
	f.nextID++
}

// consistency returns the least demand that sees all marks: the one token, or
// the head revision if there are several or none, or if the one is too old.
func (f *frontier) consistency() rel.Consistency {
	f.mu.Lock()
	defer f.mu.Unlock()
	stale := f.shared && time.Since(f.newest) >= f.staleness
	if len(f.marks) == 1 && !stale {
		return rel.Consistency{AtLeast: f.marks[0].token}
	}
	return rel.Consistency{}
}
