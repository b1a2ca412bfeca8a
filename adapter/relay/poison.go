package relay

import (
	"errors"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
)

const (
	// patience is how often an entry is refused before its tenant is put in
	// quarantine: what SpiceDB refuses today, a new schema may allow in a moment.
	patience = 3
	// quarantinePause is how long a quarantined tenant rests between attempts, in
	// pauses of Run.
	quarantinePause = 30
)

// poison remembers whose entries the engine refuses.
type poison struct {
	pause time.Duration

	mu      sync.Mutex
	tenants map[iam.Ref]refusals
}

type refusals struct {
	count int
	last  time.Time
}

// met counts a failed write, and reports whether the tenant belongs in
// quarantine. An engine that is away says nothing about the entry.
func (p *poison) met(tenant iam.Ref, err error) bool {
	if !permanent(err) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tenants == nil {
		p.tenants = map[iam.Ref]refusals{}
	}
	seen := refusals{count: p.tenants[tenant].count + 1, last: time.Now()}
	p.tenants[tenant] = seen
	return seen.count >= patience
}

func (p *poison) forget(tenant iam.Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tenants, tenant)
}

// due reports whether a quarantined tenant may be tried again. One that this
// process has not met yet is.
func (p *poison) due(tenant iam.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.tenants[tenant].last) >= p.pause
}

// permanent tells a refusal of the engine from an engine that cannot be reached.
func permanent(err error) bool {
	refusal, ok := errors.AsType[*iam.Error](err)
	return ok && (refusal.Code == iam.FailedPrecondition || refusal.Code == iam.InvalidArgument || refusal.Reason == Refused)
}

// Refused is the reason of an error with which an engine refuses a write for
// good.
const Refused = "SPICEDB_REFUSED"
