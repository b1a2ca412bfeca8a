package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// scopes is the table of scopes. A root has no parent columns.
type scopes struct{ *session }

// Scopes returns the table of scopes.
func (s *session) Scopes() adapter.Table[iam.Ref, iam.Scope, adapter.ScopeFilter] {
	return scopes{s}
}

const (
	selectScopes = `SELECT scopes.type, scopes.id, coalesce(parent_type, ''), coalesce(parent_id, ''),
		tenant_type, tenant_id, name, isolated, revision, created, updated FROM scopes`

	// scopesBelow walks down from one scope, which is at depth 0.
	scopesBelow = `WITH RECURSIVE below (type, id, depth) AS (
			SELECT type, id, 0 FROM scopes WHERE type = ? AND id = ?
			UNION ALL
			SELECT child.type, child.id, below.depth + 1
			FROM below JOIN scopes child ON child.parent_type = below.type AND child.parent_id = below.id)
		` + selectScopes + ` JOIN below ON scopes.type = below.type AND scopes.id = below.id`

	// scopeInCycle finds the scope of the first two arguments among those above
	// it. UNION, not UNION ALL: it must end in a cycle too.
	scopeInCycle = `WITH RECURSIVE above (type, id) AS (
			SELECT parent_type, parent_id FROM scopes WHERE type = ? AND id = ?
			UNION
			SELECT scopes.parent_type, scopes.parent_id
			FROM above JOIN scopes ON scopes.type = above.type AND scopes.id = above.id)
		SELECT 1 FROM above WHERE type = ? AND id = ?`

	putTenant = `INSERT INTO tenants (type, id) VALUES (?, ?) ON CONFLICT (type, id) DO NOTHING`

	putScope = `INSERT INTO scopes (type, id, parent_type, parent_id, tenant_type, tenant_id, name, isolated,
			revision, created, updated)
		VALUES (?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (type, id) DO UPDATE SET
			parent_type = excluded.parent_type, parent_id = excluded.parent_id,
			tenant_type = excluded.tenant_type, tenant_id = excluded.tenant_id,
			name = excluded.name, isolated = excluded.isolated,
			revision = scopes.revision + 1, updated = excluded.updated
		RETURNING revision, created`

	scopeUses = `SELECT type, id FROM scopes WHERE parent_type = ? AND parent_id = ?
		UNION ALL SELECT 'service_account', id FROM service_accounts WHERE scope_type = ? AND scope_id = ?
		UNION ALL SELECT 'group', id FROM groups WHERE scope_type = ? AND scope_id = ?
		UNION ALL SELECT 'group', group_id FROM group_scopes WHERE scope_type = ? AND scope_id = ?
		UNION ALL SELECT 'role', id FROM roles WHERE scope_type = ? AND scope_id = ?
		UNION ALL SELECT 'policy', id FROM policies WHERE scope_type = ? AND scope_id = ?
		UNION ALL SELECT type, id FROM resources WHERE scope_type = ? AND scope_id = ?`
)

// Get returns one scope.
func (t scopes) Get(ctx context.Context, ref iam.Ref) (iam.Scope, error) {
	return one(ctx, t.find, where("scopes.type = ? AND scopes.id = ?", ref.Type, ref.ID), iam.Missing("scope", ref.String()))
}

func (t scopes) find(ctx context.Context, chosen *selection) ([]iam.Scope, error) {
	return collect(ctx, t.session, chosen.query("read scopes", selectScopes), scanScope)
}

// List returns scopes by type and id, or, under a scope, by depth first.
func (t scopes) List(ctx context.Context, filter adapter.ScopeFilter) ([]iam.Scope, error) {
	chosen := &selection{}
	chosen.ref("tenant_type = ? AND tenant_id = ?", filter.Tenant)
	chosen.ref("parent_type = ? AND parent_id = ?", filter.Parent)
	chosen.text("scopes.type = ?", filter.Type)
	chosen.amongRefs("scopes.type, scopes.id", filter.Refs)
	if filter.Roots {
		chosen.and("parent_type IS NULL")
	}
	if !filter.Under.IsZero() {
		return t.below(ctx, filter, chosen)
	}
	paged, err := chosen.refPage(filter.Listing)
	if err != nil {
		return nil, err
	}
	return t.find(ctx, paged)
}

// below lists a subtree. A page continues after a scope of the page before,
// whose depth must be looked up again: if that scope is gone, nobody can say
// where to go on, and the reader must begin anew.
func (t scopes) below(ctx context.Context, filter adapter.ScopeFilter, chosen *selection) ([]iam.Scope, error) {
	after, err := parseAfter(filter.After)
	if err != nil {
		return nil, err
	}
	chosen.ref("(below.depth, scopes.type, scopes.id) > (SELECT depth, type, id FROM below WHERE type = ? AND id = ?)", after)
	chosen.order, chosen.limit = "below.depth, scopes.type, scopes.id", filter.Limit
	q := chosen.query("read scopes", scopesBelow)
	q.args = append(refArgs(filter.Under), q.args...)
	rows, err := collect(ctx, t.session, q, scanScope)
	if err != nil || len(rows) > 0 || after.IsZero() {
		return rows, err
	}
	if _, err := t.Get(ctx, after); iam.CodeOf(err) == iam.NotFound {
		return nil, &iam.Error{
			Code: iam.Aborted, Reason: "PAGE_LOST", Field: "after", Value: filter.After,
			Message: "was removed meanwhile; list again from the start",
		}
	}
	return nil, err
}

func scanScope(row scanner) (iam.Scope, error) {
	var s iam.Scope
	err := row.Scan(&s.Ref.Type, &s.Ref.ID, &s.Parent.Type, &s.Parent.ID, &s.Tenant.Type, &s.Tenant.ID,
		&s.Name, &s.Isolated, &s.Revision, millis{&s.Created}, millis{&s.Updated})
	return s, err
}

// Put writes a scope. A root gets its row of tenants.
func (t scopes) Put(ctx context.Context, scope iam.Scope) (iam.Scope, error) {
	if scope.Parent.IsZero() {
		if _, err := t.exec(ctx, query{"put tenant", putTenant, refArgs(scope.Ref)}); err != nil {
			return iam.Scope{}, err
		}
	}
	var err error
	scope.Stamp, err = t.put(ctx, upsert{
		query: query{"put scope", putScope, []any{
			scope.Ref.Type, scope.Ref.ID, scope.Parent.Type, scope.Parent.ID,
			scope.Tenant.Type, scope.Tenant.ID, scope.Name, scope.Isolated,
		}},
		dangling: iam.Missing("scope.parent", scope.Parent.String()),
	})
	if err != nil {
		return iam.Scope{}, err
	}
	return scope, t.checkTree(ctx, scope)
}

// checkTree refuses a scope that was moved below itself. A new one, below which
// nothing can be, needs no look.
func (t scopes) checkTree(ctx context.Context, scope iam.Scope) error {
	if scope.Revision == 1 || scope.Parent.IsZero() {
		return nil
	}
	var present int
	inCycle, err := t.first(ctx, query{"check tree", scopeInCycle, repeatRef(scope.Ref, 2)}, &present)
	if err != nil {
		return err
	}
	if inCycle {
		return iam.Forbidden("SCOPE_CYCLE", "scope.parent", scope.Parent.String(), "lies below the scope itself")
	}
	return nil
}

// Delete removes a scope that nothing lies in. The row of tenants stays.
func (t scopes) Delete(ctx context.Context, ref iam.Ref) error {
	return t.remove(ctx, removal{
		noun: "scope", key: ref.String(),
		uses:    query{text: scopeUses, args: repeatRef(ref, 7)},
		delete:  `DELETE FROM scopes WHERE type = ? AND id = ?`,
		exists:  `SELECT 1 FROM scopes WHERE type = ? AND id = ?`,
		keyArgs: refArgs(ref),
	})
}
