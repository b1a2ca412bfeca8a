package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// roles is the table of custom roles and their permission patterns.
type roles struct{ *session }

// Roles returns the table of custom roles.
func (s *session) Roles() adapter.Table[iam.RoleID, iam.Role, adapter.RoleFilter] {
	return roles{s}
}

const (
	selectRoles = `SELECT id, scope_type, scope_id, tenant_type, tenant_id, name, description, base,
		revision, created, updated FROM roles`

	putRole = `INSERT INTO roles (id, scope_type, scope_id, tenant_type, tenant_id, name, description, base,
			revision, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			scope_type = excluded.scope_type, scope_id = excluded.scope_id,
			tenant_type = excluded.tenant_type, tenant_id = excluded.tenant_id,
			name = excluded.name, description = excluded.description, base = excluded.base,
			revision = roles.revision + 1, updated = excluded.updated
		RETURNING revision, created`

	selectPatterns = `SELECT role_id, excepted, pattern FROM role_patterns WHERE role_id IN (`
	orderPatterns  = `) ORDER BY role_id, excepted, position`
	insertPatterns = `INSERT INTO role_patterns (role_id, excepted, position, pattern) VALUES`
	deletePatterns = `DELETE FROM role_patterns WHERE role_id = ?`

	roleUses = `SELECT 'policy', policy_id FROM policy_roles WHERE role_id = ?
		UNION ALL SELECT 'group', group_id FROM group_roles WHERE role_id = ?
		UNION ALL SELECT 'role', id FROM roles WHERE base = ?`
)

// Get returns one role.
func (t roles) Get(ctx context.Context, id iam.RoleID) (iam.Role, error) {
	return one(ctx, t.find, where("id = ?", string(id)), iam.Missing("role", string(id)))
}

// List returns roles by id.
func (t roles) List(ctx context.Context, filter adapter.RoleFilter) ([]iam.Role, error) {
	chosen := placed(filter.Tenant, filter.Scope)
	chosen.text("base = ?", string(filter.Base))
	return t.find(ctx, chosen.page("id", filter.Listing))
}

func (t roles) find(ctx context.Context, chosen *selection) ([]iam.Role, error) {
	rows, err := collect(ctx, t.session, chosen.query("read roles", selectRoles), scanRoleRow)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	byID := make(map[iam.RoleID]*iam.Role, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	text := selectPatterns + chosen.after(`SELECT id FROM roles`) + orderPatterns
	err = t.each(ctx, query{"read patterns of roles", text, chosen.arguments()}, func(row scanner) error {
		var id iam.RoleID
		var excepted bool
		var pattern string
		if err := row.Scan(&id, &excepted, &pattern); err != nil {
			return err
		}
		addPattern(byID[id], excepted, pattern)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func addPattern(role *iam.Role, excepted bool, pattern string) {
	if excepted {
		role.Except = append(role.Except, pattern)
	} else {
		role.Permissions = append(role.Permissions, pattern)
	}
}

func scanRoleRow(row scanner) (iam.Role, error) {
	var r iam.Role
	err := row.Scan(&r.ID, &r.Scope.Type, &r.Scope.ID, &r.Tenant.Type, &r.Tenant.ID, &r.Name, &r.Description, &r.Base,
		&r.Revision, millis{&r.Created}, millis{&r.Updated})
	return r, err
}

// Put writes a role and its patterns, in their order.
func (t roles) Put(ctx context.Context, role iam.Role) (iam.Role, error) {
	var err error
	role.Stamp, err = t.put(ctx, upsert{
		query: query{"put role", putRole, []any{
			string(role.ID), role.Scope.Type, role.Scope.ID, role.Tenant.Type, role.Tenant.ID,
			role.Name, role.Description, string(role.Base),
		}},
		dangling: iam.Missing("role.scope", role.Scope.String()),
	})
	if err != nil {
		return iam.Role{}, err
	}
	return role, t.putPatterns(ctx, role)
}

// putPatterns writes all patterns anew: a role has few, and their places count.
func (t roles) putPatterns(ctx context.Context, role iam.Role) error {
	if role.Revision > 1 {
		if _, err := t.exec(ctx, query{"change patterns of roles", deletePatterns, textArgs(role.ID)}); err != nil {
			return err
		}
	}
	rows := make([][]any, 0, len(role.Permissions)+len(role.Except))
	for position, pattern := range role.Permissions {
		rows = append(rows, []any{string(role.ID), false, position, pattern})
	}
	for position, pattern := range role.Except {
		rows = append(rows, []any{string(role.ID), true, position, pattern})
	}
	return t.insert(ctx, "change patterns of roles", insertPatterns, rows)
}

// Delete removes a role that no policy, group or other role uses.
func (t roles) Delete(ctx context.Context, id iam.RoleID) error {
	return t.remove(ctx, removal{
		noun: "role", key: string(id),
		uses:    query{text: roleUses, args: []any{string(id), string(id), string(id)}},
		delete:  `DELETE FROM roles WHERE id = ?`,
		exists:  `SELECT 1 FROM roles WHERE id = ?`,
		keyArgs: textArgs(id),
	})
}
