package follow

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// progress knows which changes are in the index, and which should be.
type progress struct {
	// behind counts the tenants that lack something. It is looked at without the
	// lock: mostly it is 0.
	behind atomic.Int64
	// lag is how long the last change was expected before it came.
	lag atomic.Int64

	mu      sync.Mutex
	tenants map[iam.Ref]*standing
	// revisions are known to be held, or, with a time, were first asked for then.
	revisions map[rel.ZedToken]revision
	order     []rel.ZedToken
	// moved is closed when something came, if somebody waits.
	moved chan struct{}
}

// standing is how far one tenant is.
type standing struct {
	// seen is what the index has, expected what it has to have to answer, and arrived
	// what the engine has for certain: a mark that is back proves that, and not what
	// is still on its way to the engine.
	seen, expected, arrived uint64
	// since is when the oldest change that is missing began to be expected.
	since time.Duration
}

type revision struct {
	held  bool
	asked time.Duration
}

// maxRevisions bounds what is remembered of revisions. One that was forgotten is
// as good as one that was never heard of.
const maxRevisions = 4096

// unnamed stands for what was written without a number.
var unnamed = iam.Ref{Type: "*"}

func newProgress() *progress {
	return &progress{tenants: map[iam.Ref]*standing{}, revisions: map[rel.ZedToken]revision{}}
}

func (p *progress) of(tenant iam.Ref) *standing {
	s := p.tenants[tenant]
	if s == nil {
		s = &standing{}
		p.tenants[tenant] = s
	}
	return s
}

// expect notes that a change is to be seen.
func (p *progress) expect(tenant iam.Ref, seq uint64, now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.raise(p.of(tenant), seq, now)
}

// arrive notes that the engine has a change.
func (p *progress) arrive(tenant iam.Ref, seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.of(tenant)
	s.arrived = max(s.arrived, seq)
}

// expectUnnamed notes that the engine has something that has no number.
func (p *progress) expectUnnamed(now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.of(unnamed)
	s.arrived = s.expected + 1
	p.raise(s, s.arrived, now)
}

func (p *progress) raise(s *standing, seq uint64, now time.Duration) {
	if seq <= max(s.expected, s.seen) {
		return
	}
	if s.expected <= s.seen {
		s.since = now
		p.behind.Add(1)
	}
	s.expected = seq
}

// saw notes that the index has a change.
func (p *progress) saw(tenant iam.Ref, seq uint64, now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.of(tenant)
	if seq <= s.seen {
		return
	}
	lacked := s.expected > s.seen
	s.seen = seq
	if lacked && s.expected <= seq {
		p.behind.Add(-1)
		p.lag.Store(int64(now - s.since))
	}
}

// has reports whether the index has a change.
func (p *progress) has(tenant iam.Ref, seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.tenants[tenant]
	return s != nil && s.seen >= seq
}

// complete reports whether nothing that is expected of a tenant is missing.
func (p *progress) complete(tenant iam.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, of := range [...]iam.Ref{tenant, unnamed} {
		if s := p.tenants[of]; s != nil && s.expected > s.seen {
			return false
		}
	}
	return true
}

// owed returns what is missing and in the engine.
func (p *progress) owed() map[iam.Ref]uint64 {
	if p.behind.Load() == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	owed := map[iam.Ref]uint64{}
	for tenant, s := range p.tenants {
		if s.expected > s.seen && s.arrived > s.seen {
			owed[tenant] = s.arrived
		}
	}
	return owed
}

// holds notes that the index has come to a revision.
func (p *progress) holds(token rel.ZedToken) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remember(token, revision{held: true})
}

func (p *progress) remember(token rel.ZedToken, r revision) {
	if _, known := p.revisions[token]; !known {
		if len(p.order) == maxRevisions {
			delete(p.revisions, p.order[0])
			p.order = p.order[1:]
		}
		p.order = append(p.order, token)
	}
	p.revisions[token] = r
}

// knows reports whether the index holds a revision. Revisions cannot be compared;
// but one that somebody names existed when he did, and is held once a mark is back
// that left later.
func (p *progress) knows(token rel.ZedToken, now time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, known := p.revisions[token]
	if !known {
		// A copy, or all that a question needs would have to outlive it.
		p.remember(rel.ZedToken(strings.Clone(string(token))), revision{asked: now})
	}
	return r.held
}

// certain notes that the index holds all that existed at a moment.
func (p *progress) certain(moment time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for token, r := range p.revisions {
		if !r.held && r.asked < moment {
			p.revisions[token] = revision{held: true}
		}
	}
}

// unsure reports whether a mark would tell something.
func (p *progress) unsure() bool {
	if p.behind.Load() > 0 {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.revisions {
		if !r.held {
			return true
		}
	}
	return false
}

// next returns a channel that is closed when something comes.
func (p *progress) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moved == nil {
		p.moved = make(chan struct{})
	}
	return p.moved
}

// tell wakes those who wait.
func (p *progress) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moved != nil {
		close(p.moved)
		p.moved = nil
	}
}
