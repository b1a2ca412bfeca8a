package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// use is a row that refers to others.
type use struct {
	name string
	put  func(context.Context, adapter.Tx) error
	drop func(context.Context, adapter.Tx) error
}

func policyUse(subject string, role iam.RoleID, at string) use {
	row := iam.Policy{ID: "p", Subject: ref(subject), Roles: []iam.RoleID{role}, Scope: ref(at), Tenant: ref("account:A")}
	return use{
		"policy",
		func(ctx context.Context, tx adapter.Tx) error { _, err := tx.Policies().Put(ctx, row); return err },
		func(ctx context.Context, tx adapter.Tx) error { return tx.Policies().Delete(ctx, "p") },
	}
}

func groupUse(row iam.Group) use {
	row.ID, row.Tenant = "other", ref("account:A")
	return use{
		"group",
		func(ctx context.Context, tx adapter.Tx) error { _, err := tx.Groups().Put(ctx, row); return err },
		func(ctx context.Context, tx adapter.Tx) error { return tx.Groups().Delete(ctx, "other") },
	}
}

func serviceAccountUse(at string, owners ...string) use {
	row := iam.ServiceAccount{ID: "other", Scope: ref(at), Tenant: ref("account:A"), Status: iam.Active, Owners: refs(owners...)}
	return use{
		"service account",
		func(ctx context.Context, tx adapter.Tx) error {
			_, err := tx.ServiceAccounts().Put(ctx, row)
			return err
		},
		func(ctx context.Context, tx adapter.Tx) error { return tx.ServiceAccounts().Delete(ctx, "other") },
	}
}

func resourceUse(at string, owners ...string) use {
	row := iam.Resource{Ref: ref("farm:F"), Scope: ref(at), Tenant: ref("account:A"), Owners: refs(owners...)}
	return use{
		"resource",
		func(ctx context.Context, tx adapter.Tx) error { _, err := tx.Resources().Put(ctx, row); return err },
		func(ctx context.Context, tx adapter.Tx) error { return tx.Resources().Delete(ctx, row.Ref) },
	}
}

func roleUse(at string, base iam.RoleID) use {
	row := iam.Role{ID: "other", Scope: ref(at), Tenant: ref("account:A"), Base: base}
	return use{
		"role",
		func(ctx context.Context, tx adapter.Tx) error { _, err := tx.Roles().Put(ctx, row); return err },
		func(ctx context.Context, tx adapter.Tx) error { return tx.Roles().Delete(ctx, "other") },
	}
}

func scopeUse(parent string) use {
	row := scope("workspace:child", parent, "account:A")
	return use{
		"child",
		func(ctx context.Context, tx adapter.Tx) error { _, err := tx.Scopes().Put(ctx, row); return err },
		func(ctx context.Context, tx adapter.Tx) error { return tx.Scopes().Delete(ctx, row.Ref) },
	}
}

// subjectUses are the ways to name a subject.
func subjectUses(subject string) []use {
	return []use{
		policyUse(subject, "reader", "account:A"),
		groupUse(iam.Group{Scope: ref("account:A"), Members: refs(subject)}),
		serviceAccountUse("account:A", subject),
		resourceUse("account:A", subject),
	}
}

// victim is a row that shall be deleted while others use it.
type victim struct {
	name   string
	remove func(context.Context, adapter.Tx) error
	uses   []use
}

func victims() []victim {
	const free = "workspace:W" // a scope that nothing lies in
	return []victim{
		{"user", func(ctx context.Context, tx adapter.Tx) error { return tx.Users().Delete(ctx, "v") }, subjectUses("user:v")},
		{"service account", func(ctx context.Context, tx adapter.Tx) error { return tx.ServiceAccounts().Delete(ctx, "v") },
			subjectUses("service_account:v")},
		{"group", func(ctx context.Context, tx adapter.Tx) error { return tx.Groups().Delete(ctx, "v") }, subjectUses("group:v")},
		{"role", func(ctx context.Context, tx adapter.Tx) error { return tx.Roles().Delete(ctx, "v") }, []use{
			policyUse("user:x", "v", "account:A"),
			groupUse(iam.Group{Scope: ref("account:A"), Roles: []iam.RoleID{"v"}}),
			roleUse("account:A", "v"),
		}},
		{"scope", func(ctx context.Context, tx adapter.Tx) error { return tx.Scopes().Delete(ctx, ref(free)) }, []use{
			policyUse("user:x", "reader", free),
			groupUse(iam.Group{Scope: ref(free)}),
			groupUse(iam.Group{Scope: ref("account:A"), Scopes: refs(free)}),
			serviceAccountUse(free), resourceUse(free), roleUse(free, ""), scopeUse(free),
		}},
	}
}

// testInUse: "A row that others refer to stays, with an error
// FAILED_PRECONDITION, reason IN_USE."
func testInUse(t *testing.T, open Open) {
	for _, v := range victims() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			store := withLandscape(t, open)
			write(t, store, func(tx adapter.Tx) error { return putVictims(t.Context(), tx) })
			remove := func(tx adapter.Tx) error { return v.remove(t.Context(), tx) }
			for _, u := range v.uses {
				write(t, store, func(tx adapter.Tx) error { return u.put(t.Context(), tx) })
				refused(t, store, iam.FailedPrecondition, "IN_USE", remove)
				write(t, store, func(tx adapter.Tx) error { return u.drop(t.Context(), tx) })
			}
			write(t, store, remove)
			if len(v.uses) > 0 && v.name != "scope" { // a scope cannot be named before it is there
				write(t, store, func(tx adapter.Tx) error { return v.uses[0].put(t.Context(), tx) })
			}
			refused(t, store, iam.NotFound, "NOT_FOUND", remove)
		})
	}
}

// putVictims puts rows named "v" of all nouns, each unused.
func putVictims(ctx context.Context, tx adapter.Tx) error {
	a := ref("account:A")
	if _, err := tx.Users().Put(ctx, iam.User{ID: "v", Status: iam.Active}); err != nil {
		return err
	}
	if _, err := tx.ServiceAccounts().Put(ctx, iam.ServiceAccount{ID: "v", Scope: a, Tenant: a, Status: iam.Active}); err != nil {
		return err
	}
	if _, err := tx.Groups().Put(ctx, iam.Group{ID: "v", Scope: a, Tenant: a}); err != nil {
		return err
	}
	_, err := tx.Roles().Put(ctx, iam.Role{ID: "v", Scope: a, Tenant: a})
	return err
}

// testDangling: nothing can lie in a scope that is not there.
func testDangling(t *testing.T, open Open) {
	store := withLandscape(t, open)
	const nowhere = "workspace:nowhere"
	for _, u := range []use{
		policyUse("user:x", "reader", nowhere), groupUse(iam.Group{Scope: ref(nowhere)}),
		serviceAccountUse(nowhere), resourceUse(nowhere), roleUse(nowhere, ""), scopeUse(nowhere),
	} {
		refused(t, store, iam.NotFound, "NOT_FOUND", func(tx adapter.Tx) error { return u.put(t.Context(), tx) })
	}
	carrier := groupUse(iam.Group{Scope: ref("account:A"), Scopes: refs(nowhere)})
	refused(t, store, iam.FailedPrecondition, "SCOPE_MISSING", func(tx adapter.Tx) error { return carrier.put(t.Context(), tx) })
	require.Empty(t, read(t, store, func(rows adapter.Rows) ([]iam.Group, error) {
		return rows.Groups().List(t.Context(), adapter.GroupFilter{})
	}))
}

// testBroken: constraints keep out rows that make no sense.
func testBroken(t *testing.T, open Open) {
	store := withLandscape(t, open)
	a := ref("account:A")
	foreign := root("account:C")
	foreign.Tenant = a
	for name, put := range map[string]func(context.Context, adapter.Tx) error{
		"status of a user": func(ctx context.Context, tx adapter.Tx) error {
			_, err := tx.Users().Put(ctx, iam.User{ID: "u", Status: "asleep"})
			return err
		},
		"no id": func(ctx context.Context, tx adapter.Tx) error {
			_, err := tx.Groups().Put(ctx, iam.Group{Scope: a, Tenant: a})
			return err
		},
		"no subject": func(ctx context.Context, tx adapter.Tx) error {
			_, err := tx.Policies().Put(ctx, iam.Policy{ID: "p", Scope: a, Tenant: a})
			return err
		},
		"a root in another tenant": func(ctx context.Context, tx adapter.Tx) error {
			_, err := tx.Scopes().Put(ctx, foreign)
			return err
		},
	} {
		err := store.Write(t.Context(), func(tx adapter.Tx) error { return put(t.Context(), tx) })
		require.Equal(t, iam.InvalidArgument, iam.CodeOf(err), "%s: %v", name, err)
	}
}
