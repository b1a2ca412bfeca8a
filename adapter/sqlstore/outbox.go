package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// outbox is the queue of changes that the engine has still to learn.
type outbox struct{ *Store }

const (
	selectOutbox = `SELECT tenant_type, tenant_id, seq, updates FROM outbox`

	selectWaiting = `SELECT o.tenant_type, o.tenant_id, count(*), min(o.created), t.fault
		FROM outbox o JOIN tenants t ON t.type = o.tenant_type AND t.id = o.tenant_id
		GROUP BY o.tenant_type, o.tenant_id, t.fault ORDER BY o.tenant_type, o.tenant_id`

	selectPosition = `SELECT last_seq, delivered_seq, zed_token FROM tenants WHERE type = ? AND id = ?`

	// A report that comes late must not turn the position back.
	putDelivered = `UPDATE tenants SET delivered_seq = ?, zed_token = ?, fault = ''
		WHERE type = ? AND id = ? AND delivered_seq <= ? AND last_seq >= ?`
	deleteDelivered = `DELETE FROM outbox WHERE tenant_type = ? AND tenant_id = ? AND seq <= ?`

	putFault = `UPDATE tenants SET fault = ? WHERE type = ? AND id = ?`

	selectPositions = `SELECT type, id, last_seq FROM tenants WHERE last_seq > 0`
)

// Pending returns undelivered entries of one tenant in order; limit 0 means all.
func (o outbox) Pending(ctx context.Context, tenant iam.Ref, limit int) ([]adapter.OutboxEntry, error) {
	chosen := where("tenant_type = ? AND tenant_id = ?", tenant.Type, tenant.ID)
	chosen.order, chosen.limit = "seq", limit
	return readAll(ctx, o.Store, chosen.query("read outbox", selectOutbox), scanOutboxEntry)
}

func scanOutboxEntry(row scanner) (adapter.OutboxEntry, error) {
	var e adapter.OutboxEntry
	var encoded string
	if err := row.Scan(&e.Tenant.Type, &e.Tenant.ID, &e.Seq, &encoded); err != nil {
		return e, err
	}
	var err error
	e.Updates, err = decodeUpdates(encoded)
	return e, err
}

// Waiting returns what waits of each tenant, in the order of tenants.
func (o outbox) Waiting(ctx context.Context) ([]adapter.Backlog, error) {
	return readAll(ctx, o.Store, query{"read outbox", selectWaiting, nil}, func(row scanner) (adapter.Backlog, error) {
		var b adapter.Backlog
		err := row.Scan(&b.Tenant.Type, &b.Tenant.ID, &b.Entries, millis{&b.Since}, &b.Fault)
		return b, err
	})
}

// Quarantine records why a tenant's oldest entry cannot be delivered. A tenant
// that never was is NOT_FOUND.
func (o outbox) Quarantine(ctx context.Context, tenant iam.Ref, fault string) error {
	return o.write(ctx, func(s *session) error {
		changed, err := s.exec(ctx, query{"record quarantine", putFault, []any{fault, tenant.Type, tenant.ID}})
		if err == nil && changed == 0 {
			return iam.Missing("tenant", tenant.String())
		}
		return err
	})
}

// Delivered records how far a tenant is delivered. A report below what is
// already recorded changes nothing.
func (o outbox) Delivered(ctx context.Context, tenant iam.Ref, seq uint64, token rel.ZedToken) error {
	return o.write(ctx, func(s *session) error { return o.delivered(ctx, s, tenant, seq, token) })
}

func (o outbox) delivered(ctx context.Context, s *session, tenant iam.Ref, seq uint64, token rel.ZedToken) error {
	number := int64(seq)
	args := []any{number, string(token), tenant.Type, tenant.ID, number, number}
	changed, err := s.exec(ctx, query{"record delivery", putDelivered, args})
	if err != nil {
		return err
	}
	if changed == 0 {
		return o.checkLate(ctx, s, tenant, seq)
	}
	_, err = s.exec(ctx, query{"record delivery", deleteDelivered, []any{tenant.Type, tenant.ID, number}})
	return err
}

// checkLate tells a report that only came late from one that cannot be true.
func (o outbox) checkLate(ctx context.Context, s *session, tenant iam.Ref, seq uint64) error {
	position, err := readPosition(ctx, s, tenant)
	if err != nil {
		return err
	}
	if seq > position.Last {
		return iam.Failed("record delivery", fmt.Errorf("tenant %q has no change %d, the last is %d", tenant, seq, position.Last))
	}
	return nil
}

// Position returns how far a tenant's changes have come: nowhere, for one that
// never was.
func (o outbox) Position(ctx context.Context, tenant iam.Ref) (adapter.Position, error) {
	var position adapter.Position
	err := o.transact(ctx, o.reader, o.readOptions, func(s *session) error {
		var err error
		position, err = readPosition(ctx, s, tenant)
		return err
	})
	return position, err
}

func readPosition(ctx context.Context, s *session, tenant iam.Ref) (adapter.Position, error) {
	var p adapter.Position
	_, err := s.first(ctx, query{"read position", selectPosition, refArgs(tenant)}, &p.Last, &p.Delivered, &p.Token)
	return p, err
}

// Rebuilt is Delivered for many tenants in one transaction.
func (o outbox) Rebuilt(ctx context.Context, held map[iam.Ref]uint64, token rel.ZedToken) error {
	return o.write(ctx, func(s *session) error {
		for _, tenant := range sortedRefs(slices.Collect(maps.Keys(held))) {
			if err := o.delivered(ctx, s, tenant, held[tenant], token); err != nil {
				return err
			}
		}
		return nil
	})
}

// Positions returns the number of the latest change of every tenant that has
// one.
func (s *session) Positions(ctx context.Context) (map[iam.Ref]uint64, error) {
	last := map[iam.Ref]uint64{}
	err := s.each(ctx, query{"read positions", selectPositions, nil}, func(row scanner) error {
		var tenant iam.Ref
		var seq uint64
		err := row.Scan(&tenant.Type, &tenant.ID, &seq)
		last[tenant] = seq
		return err
	})
	return last, err
}

// readAll is collect in a transaction of its own.
func readAll[Row any](ctx context.Context, store *Store, q query, scan func(scanner) (Row, error)) ([]Row, error) {
	var found []Row
	err := store.transact(ctx, store.reader, store.readOptions, func(s *session) error {
		var err error
		found, err = collect(ctx, s, q, scan)
		return err
	})
	return found, err
}
