package sqlstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
)

// BenchmarkWorld writes 2,000 users, 2,100 scopes and 5,000 policies in one
// transaction. It must stay well below 1.5 s.
func BenchmarkWorld(b *testing.B) {
	for _, place := range []string{"file", "memory"} {
		b.Run(place, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				path := ""
				if place == "file" {
					path = filepath.Join(b.TempDir(), "ambit.db")
				}
				store, err := sqlstore.OpenSQLite(b.Context(), path, standard())
				require.NoError(b, err)
				b.StartTimer()
				err = store.Write(b.Context(), func(tx adapter.Tx) error { return putWorld(b.Context(), tx) })
				b.StopTimer()
				require.NoError(b, err)
				require.NoError(b, store.Close())
				b.StartTimer()
			}
		})
	}
}

// BenchmarkReadWorld lists all that BenchmarkWorld writes.
func BenchmarkReadWorld(b *testing.B) {
	store := openSQLite(b, "", standard())
	require.NoError(b, store.Write(b.Context(), func(tx adapter.Tx) error { return putWorld(b.Context(), tx) }))
	for b.Loop() {
		require.NoError(b, store.Read(b.Context(), func(rows adapter.Rows) error {
			if _, err := rows.Users().List(b.Context(), adapter.UserFilter{}); err != nil {
				return err
			}
			if _, err := rows.Scopes().List(b.Context(), adapter.ScopeFilter{}); err != nil {
				return err
			}
			_, err := rows.Policies().List(b.Context(), adapter.PolicyFilter{})
			return err
		}))
	}
}

// BenchmarkPolicy is one use case: lock, look, write, enqueue, commit to a file.
func BenchmarkPolicy(b *testing.B) {
	store := openSQLite(b, filepath.Join(b.TempDir(), "ambit.db"), standard())
	ctx := b.Context()
	require.NoError(b, store.Write(ctx, func(tx adapter.Tx) error { return putWorld(ctx, tx) }))
	for b.Loop() {
		require.NoError(b, store.Write(ctx, func(tx adapter.Tx) error {
			if err := tx.Lock(ctx, tenant()); err != nil {
				return err
			}
			policy, err := tx.Policies().Get(ctx, "p17")
			if err != nil {
				return err
			}
			if _, err := tx.Policies().Put(ctx, policy); err != nil {
				return err
			}
			return tx.Audit().Append(ctx, adapter.AuditEntry{Actor: "user:u1", Tenant: tenant()})
		}))
	}
}

func putWorld(ctx context.Context, tx adapter.Tx) error {
	if _, err := tx.Scopes().Put(ctx, iam.Scope{Ref: tenant(), Tenant: tenant()}); err != nil {
		return err
	}
	for i := range 2000 {
		id := fmt.Sprintf("u%d", i)
		user := iam.User{ID: iam.UserID(id), Name: id, Email: id + "@example.com", Status: iam.Active}
		if _, err := tx.Users().Put(ctx, user); err != nil {
			return err
		}
	}
	for i := range 2100 {
		row := iam.Scope{Ref: iam.Ref{Type: "workspace", ID: fmt.Sprintf("w%d", i)}, Parent: tenant(), Tenant: tenant()}
		if i < 100 {
			row.Ref.Type = "environment"
		} else {
			row.Parent = iam.Ref{Type: "environment", ID: fmt.Sprintf("w%d", i%100)}
		}
		if _, err := tx.Scopes().Put(ctx, row); err != nil {
			return err
		}
	}
	for i := range 5000 {
		policy := iam.Policy{
			ID:      iam.PolicyID(fmt.Sprintf("p%d", i)),
			Subject: iam.Ref{Type: "user", ID: fmt.Sprintf("u%d", i%2000)},
			Roles:   []iam.RoleID{"admin", "reader"}[:1+i%2],
			Scope:   iam.Ref{Type: "workspace", ID: fmt.Sprintf("w%d", 100+i%2000)},
			Tenant:  tenant(),
		}
		if _, err := tx.Policies().Put(ctx, policy); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkGroup adds one member to a group of 5,000 and takes it out again.
func BenchmarkGroup(b *testing.B) {
	store := openSQLite(b, "", standard())
	ctx := b.Context()
	group := iam.Group{ID: "all", Scope: tenant(), Tenant: tenant()}
	for i := range 5000 {
		group.Members = append(group.Members, iam.Ref{Type: "user", ID: fmt.Sprintf("u%d", i)})
	}
	require.NoError(b, store.Write(ctx, func(tx adapter.Tx) error {
		_, err := tx.Scopes().Put(ctx, iam.Scope{Ref: tenant(), Tenant: tenant()})
		return err
	}))
	for i := 0; b.Loop(); i++ {
		require.NoError(b, store.Write(ctx, func(tx adapter.Tx) error {
			changed := group
			changed.Members = group.Members[:len(group.Members)-i%2]
			_, err := tx.Groups().Put(ctx, changed)
			return err
		}))
	}
}

// BenchmarkOpen opens and closes an empty database.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		store, err := sqlstore.OpenSQLite(b.Context(), ":memory:", standard())
		require.NoError(b, err)
		require.NoError(b, store.Close())
	}
}
