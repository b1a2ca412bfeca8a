package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
)

// auditEntries are in the order in which they are appended.
func auditEntries() []adapter.AuditEntry {
	at := time.Date(2026, 5, 4, 3, 2, 1, 987_000_000, time.UTC)
	return []adapter.AuditEntry{
		{Time: at, Actor: "user:ann", Action: "policy.put", Tenant: ref("account:A"), Object: ref("policy:p"), Detail: `{"a":1}`},
		{Time: at, Actor: "user:bob", Action: "policy.put", Tenant: ref("account:A"), Object: ref("policy:q")},
		{Time: at.Add(time.Hour), Actor: "user:ann", Action: "user.put", Object: ref("user:bob")},
		{Time: at.Add(-time.Hour), Actor: "user:ann", Action: "policy.delete", Tenant: ref("account:B"), Object: ref("policy:p")},
	}
}

func testAudit(t *testing.T, open Open) {
	store := open(t)
	entries := auditEntries()
	write(t, store, func(tx adapter.Tx) error {
		for _, entry := range entries {
			entry.ID = 99 // is ignored
			if err := tx.Audit().Append(t.Context(), entry); err != nil {
				return err
			}
		}
		return nil
	})
	list := func(filter adapter.AuditFilter) []adapter.AuditEntry {
		return read(t, store, func(rows adapter.Rows) ([]adapter.AuditEntry, error) {
			return rows.Audit().List(t.Context(), filter)
		})
	}
	all := list(adapter.AuditFilter{})
	require.Len(t, all, len(entries))
	for i, entry := range all {
		want := entries[len(entries)-1-i]
		want.ID = entry.ID
		require.Equal(t, want, entry)
		if i > 0 {
			require.Less(t, entry.ID, all[i-1].ID, "newest first")
		}
	}
	require.Equal(t, all[2:], list(adapter.AuditFilter{Tenant: ref("account:A")}))
	require.Equal(t, []adapter.AuditEntry{all[0], all[3]}, list(adapter.AuditFilter{Object: ref("policy:p")}))
	require.Equal(t, []adapter.AuditEntry{all[0], all[1], all[3]}, list(adapter.AuditFilter{Actor: "user:ann"}))
	require.Equal(t, all[:2], list(adapter.AuditFilter{Limit: 2}))
	require.Equal(t, all[2:3], list(adapter.AuditFilter{Before: all[1].ID, Limit: 1}))
	require.Empty(t, list(adapter.AuditFilter{Tenant: ref("account:B"), Actor: "user:bob"}))
}

func testMeta(t *testing.T, open Open) {
	store, other := open(t), open(t)
	get := func(from adapter.Store, name string) string {
		value, err := from.Meta().Get(t.Context(), name)
		require.NoError(t, err)
		return value
	}
	require.Empty(t, get(store, "model"))
	require.NoError(t, store.Meta().Set(t.Context(), "model", "scalr"))
	require.NoError(t, store.Meta().Set(t.Context(), "schema", "1"))
	require.NoError(t, store.Meta().Set(t.Context(), "model", "stackit"))
	require.Equal(t, "stackit", get(store, "model"))
	require.Equal(t, "1", get(store, "schema"))
	require.Empty(t, get(other, "model"), "stores have nothing in common")
}
