package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// groups is the table of groups, their members and what they carry.
type groups struct{ *session }

// Groups returns the table of groups.
func (s *session) Groups() adapter.Table[iam.GroupID, iam.Group, adapter.GroupFilter] {
	return groups{s}
}

const (
	selectGroups = `SELECT id, scope_type, scope_id, tenant_type, tenant_id, name, revision, created, updated FROM groups`

	putGroup = `INSERT INTO groups (id, scope_type, scope_id, tenant_type, tenant_id, name, revision, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			scope_type = excluded.scope_type, scope_id = excluded.scope_id,
			tenant_type = excluded.tenant_type, tenant_id = excluded.tenant_id,
			name = excluded.name, revision = groups.revision + 1, updated = excluded.updated
		RETURNING revision, created`
)

func groupMembers() list[iam.GroupID, iam.Ref] {
	return list[iam.GroupID, iam.Ref]{
		noun:   "members of groups",
		read:   `SELECT group_id, member_type, member_id FROM group_members WHERE group_id IN`,
		order:  `group_id, member_type, member_id`,
		insert: `INSERT INTO group_members (group_id, member_type, member_id) VALUES`,
		remove: `DELETE FROM group_members WHERE group_id = ? AND (member_type, member_id) IN`,
		scan:   scanRef[iam.GroupID], keyArgs: textArgs[iam.GroupID], elementArgs: refArgs,
	}
}

func groupRoles() list[iam.GroupID, iam.RoleID] {
	return list[iam.GroupID, iam.RoleID]{
		noun:   "roles of groups",
		read:   `SELECT group_id, role_id FROM group_roles WHERE group_id IN`,
		order:  `group_id, role_id`,
		insert: `INSERT INTO group_roles (group_id, role_id) VALUES`,
		remove: `DELETE FROM group_roles WHERE group_id = ? AND role_id IN`,
		scan:   scanRole[iam.GroupID], keyArgs: textArgs[iam.GroupID], elementArgs: textArgs[iam.RoleID],
	}
}

func groupScopes() list[iam.GroupID, iam.Ref] {
	return list[iam.GroupID, iam.Ref]{
		noun:   "scopes of groups",
		read:   `SELECT group_id, scope_type, scope_id FROM group_scopes WHERE group_id IN`,
		order:  `group_id, scope_type, scope_id`,
		insert: `INSERT INTO group_scopes (group_id, scope_type, scope_id) VALUES`,
		remove: `DELETE FROM group_scopes WHERE group_id = ? AND (scope_type, scope_id) IN`,
		scan:   scanRef[iam.GroupID], keyArgs: textArgs[iam.GroupID], elementArgs: refArgs,
	}
}

// Get returns one group.
func (t groups) Get(ctx context.Context, id iam.GroupID) (iam.Group, error) {
	return one(ctx, t.whole, where("id = ?", string(id)), iam.Missing("group", string(id)))
}

// List returns groups by id.
func (t groups) List(ctx context.Context, filter adapter.GroupFilter) ([]iam.Group, error) {
	chosen := placed(filter.Tenant, filter.Scope)
	chosen.ref(`id IN (SELECT group_id FROM group_members WHERE member_type = ? AND member_id = ?)`, filter.Member)
	chosen.text(`id IN (SELECT group_id FROM group_roles WHERE role_id = ?)`, string(filter.Role))
	chosen.ref(`id IN (SELECT group_id FROM group_scopes WHERE scope_type = ? AND scope_id = ?)`, filter.Carries)
	among(chosen, "id", filter.IDs)
	chosen = chosen.page("id", filter.Listing)
	if filter.Brief {
		return t.brief(ctx, chosen)
	}
	return t.whole(ctx, chosen)
}

// whole returns groups with their members.
func (t groups) whole(ctx context.Context, chosen *selection) ([]iam.Group, error) {
	rows, err := t.brief(ctx, chosen)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	members, err := groupMembers().of(ctx, t.session, chosen.after(`SELECT id FROM groups`), chosen.arguments())
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Members = members[rows[i].ID]
	}
	return rows, nil
}

// brief returns groups without their members.
func (t groups) brief(ctx context.Context, chosen *selection) ([]iam.Group, error) {
	rows, err := collect(ctx, t.session, chosen.query("read groups", selectGroups), scanGroup)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	keys, args := chosen.after(`SELECT id FROM groups`), chosen.arguments()
	roles, err := groupRoles().of(ctx, t.session, keys, args)
	if err != nil {
		return nil, err
	}
	carried, err := groupScopes().of(ctx, t.session, keys, args)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		id := rows[i].ID
		rows[i].Roles, rows[i].Scopes = roles[id], carried[id]
	}
	return rows, nil
}

func scanGroup(row scanner) (iam.Group, error) {
	var g iam.Group
	err := row.Scan(&g.ID, &g.Scope.Type, &g.Scope.ID, &g.Tenant.Type, &g.Tenant.ID, &g.Name,
		&g.Revision, millis{&g.Created}, millis{&g.Updated})
	return g, err
}

// Put writes a group, its members and what it carries.
func (t groups) Put(ctx context.Context, group iam.Group) (iam.Group, error) {
	if t.subjects.Group == "" {
		return iam.Group{}, noSuchType("group", string(group.ID))
	}
	group.Members, group.Roles, group.Scopes = sortedRefs(group.Members), sortedRoles(group.Roles), sortedRefs(group.Scopes)
	var err error
	group.Stamp, err = t.put(ctx, upsert{
		query: query{"put group", putGroup, []any{
			string(group.ID), group.Scope.Type, group.Scope.ID, group.Tenant.Type, group.Tenant.ID, group.Name,
		}},
		dangling: iam.Missing("group.scope", group.Scope.String()),
	})
	if err != nil {
		return iam.Group{}, err
	}
	return group, t.putLists(ctx, group)
}

func (t groups) putLists(ctx context.Context, group iam.Group) error {
	owner := written[iam.GroupID]{group.ID, group.Stamp}
	if err := groupMembers().put(ctx, t.session, owner, group.Members); err != nil {
		return err
	}
	if err := groupRoles().put(ctx, t.session, owner, group.Roles); err != nil {
		return err
	}
	err := groupScopes().put(ctx, t.session, owner, group.Scopes)
	if t.dialect.isFault(err, faultReference) {
		return iam.Forbidden("SCOPE_MISSING", "group.scopes", "", "one of the scopes does not exist").Because(err)
	}
	return err
}

// Delete removes a group that nothing names.
func (t groups) Delete(ctx context.Context, id iam.GroupID) error {
	if t.subjects.Group == "" {
		return noSuchType("group", string(id))
	}
	return t.remove(ctx, removal{
		noun: "group", key: string(id),
		uses:    subjectUses(iam.Ref{Type: t.subjects.Group, ID: string(id)}),
		delete:  `DELETE FROM groups WHERE id = ?`,
		exists:  `SELECT 1 FROM groups WHERE id = ?`,
		keyArgs: textArgs(id),
	})
}
