package relay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/relay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outbox is a queue in memory, as strict as a real one.
type outbox struct {
	mu        sync.Mutex
	pending   map[iam.Ref][]relay.Entry
	positions map[iam.Ref]relay.Position
	faults    map[iam.Ref]string
	fail      func(method string) error
}

func newOutbox() *outbox {
	return &outbox{
		pending: map[iam.Ref][]relay.Entry{}, positions: map[iam.Ref]relay.Position{}, faults: map[iam.Ref]string{},
		fail: func(string) error { return nil },
	}
}

// add commits an entry that touches one tuple of its own.
func (o *outbox) add(tenant iam.Ref) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	position := o.positions[tenant]
	position.Last++
	o.positions[tenant] = position
	tuple := rel.Tuple{
		Resource: rel.Object{Type: "account", ID: tenant.ID}, Relation: "entry",
		Subject: rel.Object{Type: "entry", ID: fmt.Sprint(position.Last)},
	}
	o.pending[tenant] = append(o.pending[tenant], relay.Entry{
		Tenant: tenant, Seq: position.Last, Updates: []rel.Update{{Op: rel.Touch, Tuple: tuple}},
	})
	return position.Last
}

func (o *outbox) Pending(_ context.Context, tenant iam.Ref, limit int) ([]relay.Entry, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	entries := o.pending[tenant]
	return slices.Clone(entries[:min(limit, len(entries))]), o.fail("Pending")
}

func (o *outbox) Waiting(context.Context) ([]relay.Backlog, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var waiting []relay.Backlog
	for tenant, entries := range o.pending {
		if len(entries) > 0 {
			waiting = append(waiting, relay.Backlog{Tenant: tenant, Entries: uint64(len(entries)), Fault: o.faults[tenant]})
		}
	}
	return waiting, o.fail("Waiting")
}

func (o *outbox) Quarantine(_ context.Context, tenant iam.Ref, fault string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults[tenant] = fault
	return o.fail("Quarantine")
}

func (o *outbox) fault(tenant iam.Ref) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.faults[tenant]
}

func (o *outbox) Delivered(_ context.Context, tenant iam.Ref, seq uint64, token rel.ZedToken) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.fail("Delivered"); err != nil {
		return err
	}
	position := o.positions[tenant]
	delete(o.faults, tenant)
	position.Delivered, position.Token = max(position.Delivered, seq), token
	o.positions[tenant] = position
	o.pending[tenant] = slices.DeleteFunc(o.pending[tenant], func(e relay.Entry) bool { return e.Seq <= seq })
	return nil
}

func (o *outbox) Position(_ context.Context, tenant iam.Ref) (relay.Position, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.positions[tenant], o.fail("Position")
}

func (o *outbox) Rebuilt(context.Context, map[iam.Ref]uint64, rel.ZedToken) error {
	return errors.ErrUnsupported
}

func (o *outbox) left() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, entries := range o.pending {
		n += len(entries)
	}
	return n
}

// writer is an engine that remembers what it was given.
type writer struct {
	mu     sync.Mutex
	writes map[string][]uint64 // by tenant, in the order of arrival
	tuples map[rel.Tuple]bool
	count  int
	fail   func(rel.Write) error
}

func newWriter() *writer {
	return &writer{writes: map[string][]uint64{}, tuples: map[rel.Tuple]bool{}, fail: func(rel.Write) error { return nil }}
}

func (w *writer) Write(_ context.Context, write rel.Write) (rel.ZedToken, error) {
	if err := w.fail(write); err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes[write.Tenant] = append(w.writes[write.Tenant], write.Seq)
	for _, update := range write.Updates {
		w.tuples[update.Tuple] = update.Op == rel.Touch
	}
	w.count++
	return rel.ZedToken(fmt.Sprint("r", w.count)), nil
}

func (w *writer) seen(tenant iam.Ref) []uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.writes[tenant.String()])
}

func account(id string) iam.Ref { return iam.Ref{Type: "account", ID: id} }

var errDown = errors.New("engine is down")
