package relay

import (
	"slices"
	"sync"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// frontier remembers the revisions that together hold every delivered write.
// Tokens are opaque and cannot be compared, but a write that began after
// another one ended holds it too; so a finished write replaces all tokens that
// were known when it began. Only writes that overlapped leave several.
type frontier struct {
	mu     sync.Mutex
	marks  []mark
	nextID uint64
}

type mark struct {
	id    uint64
	token rel.ZedToken
}

// begin returns the number below which all marks are older than the write that
// begins now.
func (f *frontier) begin() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.nextID
}

// done adds the token of a write that began at known.
func (f *frontier) done(known uint64, token rel.ZedToken) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.marks = slices.DeleteFunc(f.marks, func(m mark) bool { return m.id < known })
	f.marks = append(f.marks, mark{id: f.nextID, token: token})
	f.nextID++
}

// reset leaves token as the only mark.
func (f *frontier) reset(token rel.ZedToken) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.marks = []mark{{id: f.nextID, token: token}}
	f.nextID++
}

// consistency returns the least demand that sees all marks: the one token, or
// the head revision if there are several or none.
func (f *frontier) consistency() rel.Consistency {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.marks) == 1 {
		return rel.Consistency{AtLeast: f.marks[0].token}
	}
	return rel.Consistency{}
}
