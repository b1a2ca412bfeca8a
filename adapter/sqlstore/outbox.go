package sqlstore

import (
	"context"
	"fmt"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// outbox is the queue of changes that the engine has still to learn.
type outbox struct{ *Store }

const (
	selectOutbox = `SELECT tenant_type, tenant_id, seq, updates FROM outbox`

	selectWaiting = `SELECT DISTINCT tenant_type, tenant_id FROM outbox ORDER BY tenant_type, tenant_id`

	selectPosition = `SELECT last_seq, delivered_seq, zed_token FROM tenants WHERE type = ? AND id = ?`

	// A report that comes late must not turn the position back.
	putDelivered = `UPDATE tenants SET delivered_seq = ?, zed_token = ?
		WHERE type = ? AND id = ? AND delivered_seq <= ? AND last_seq >= ?`
	deleteDelivered = `DELETE FROM outbox WHERE tenant_type = ? AND tenant_id = ? AND seq <= ?`

	putRebuilt   = `UPDATE tenants SET delivered_seq = last_seq, zed_token = ?`
	deleteOutbox = `DELETE FROM outbox`
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

// Waiting returns the tenants with undelivered entries, in order.
func (o outbox) Waiting(ctx context.Context) ([]iam.Ref, error) {
	return readAll(ctx, o.Store, query{"read outbox", selectWaiting, nil}, func(row scanner) (iam.Ref, error) {
		var tenant iam.Ref
		err := row.Scan(&tenant.Type, &tenant.ID)
		return tenant, err
	})
}

// Delivered records how far a tenant is delivered. A report below what is
// already recorded changes nothing.
func (o outbox) Delivered(ctx context.Context, tenant iam.Ref, seq uint64, token rel.ZedToken) error {
	return o.write(ctx, func(s *session) error {
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
	})
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

// Rebuilt records that nothing is pending any more.
func (o outbox) Rebuilt(ctx context.Context, token rel.ZedToken) error {
	return o.write(ctx, func(s *session) error {
		if _, err := s.exec(ctx, query{"record rebuilding", putRebuilt, []any{string(token)}}); err != nil {
			return err
		}
		_, err := s.exec(ctx, query{"record rebuilding", deleteOutbox, nil})
		return err
	})
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
