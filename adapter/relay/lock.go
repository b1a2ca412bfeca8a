package relay

import (
	"sync"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// tenantLocks lets one goroutine at a time deliver for a tenant.
type tenantLocks struct {
	mu    sync.Mutex
	locks map[iam.Ref]*tenantLock
}

type tenantLock struct {
	sync.Mutex
	// users hold or wait for the lock; without any it is forgotten.
	users int
}

// lock waits for the tenant's lock and returns what gives it back.
func (t *tenantLocks) lock(tenant iam.Ref) (unlock func()) {
	t.mu.Lock()
	if t.locks == nil {
		t.locks = map[iam.Ref]*tenantLock{}
	}
	held := t.locks[tenant]
	if held == nil {
		held = &tenantLock{}
		t.locks[tenant] = held
	}
	held.users++
	t.mu.Unlock()
	held.Lock()
	return func() {
		held.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		held.users--
		if held.users == 0 {
			delete(t.locks, tenant)
		}
	}
}
