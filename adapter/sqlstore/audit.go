package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
)

// audit is the append-only record of changes.
type audit struct{ *session }

// Audit returns the record of changes.
func (s *session) Audit() adapter.AuditLog { return audit{s} }

const (
	selectAudit = `SELECT id, at, actor, action, tenant_type, tenant_id, object_type, object_id, detail FROM audit_entries`

	insertAudit = `INSERT INTO audit_entries (at, actor, action, tenant_type, tenant_id, object_type, object_id, detail)
		VALUES`
)

// Append adds entries. One without a time gets that of the transaction.
func (t audit) Append(ctx context.Context, entries ...adapter.AuditEntry) error {
	rows := make([][]any, len(entries))
	for i, entry := range entries {
		if entry.Time.IsZero() {
			entry.Time = t.now
		}
		rows[i] = []any{
			entry.Time.UnixMilli(), entry.Actor, entry.Action,
			entry.Tenant.Type, entry.Tenant.ID, entry.Object.Type, entry.Object.ID, entry.Detail,
		}
	}
	return t.insert(ctx, "append audit entries", insertAudit, rows)
}

// List returns entries, newest first.
func (t audit) List(ctx context.Context, filter adapter.AuditFilter) ([]adapter.AuditEntry, error) {
	chosen := &selection{order: "id DESC", limit: filter.Limit}
	chosen.ref("tenant_type = ? AND tenant_id = ?", filter.Tenant)
	chosen.ref("object_type = ? AND object_id = ?", filter.Object)
	chosen.text("actor = ?", filter.Actor)
	if filter.Before > 0 {
		chosen.and("id < ?", filter.Before)
	}
	return collect(ctx, t.session, chosen.query("read audit entries", selectAudit), scanAuditEntry)
}

func scanAuditEntry(row scanner) (adapter.AuditEntry, error) {
	var e adapter.AuditEntry
	err := row.Scan(&e.ID, millis{&e.Time}, &e.Actor, &e.Action,
		&e.Tenant.Type, &e.Tenant.ID, &e.Object.Type, &e.Object.ID, &e.Detail)
	return e, err
}
