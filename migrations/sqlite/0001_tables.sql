-- +goose Up

-- A reference to an object is two columns: its type and its id. Times are UTC
-- milliseconds since 1970. revision, created and updated stamp every row that
-- people change.

-- tenants keeps the numbers of each tenant's changes. A row stays when its root
-- scope goes, so that numbers never start again.
CREATE TABLE tenants (
    type          TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    last_seq      INTEGER NOT NULL DEFAULT 0,
    delivered_seq INTEGER NOT NULL DEFAULT 0,
    zed_token     TEXT    NOT NULL DEFAULT '',
    CONSTRAINT tenants_key PRIMARY KEY (type, id),
    CONSTRAINT tenants_delivered CHECK (delivered_seq <= last_seq)
) STRICT, WITHOUT ROWID;

-- Changes of no tenant (users, system roles) are numbered here.
INSERT INTO tenants (type, id) VALUES ('', '');

CREATE TABLE scopes (
    type        TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    parent_type TEXT,
    parent_id   TEXT,
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    isolated    INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    CONSTRAINT scopes_key PRIMARY KEY (type, id),
    CONSTRAINT scopes_parent FOREIGN KEY (parent_type, parent_id) REFERENCES scopes (type, id),
    CONSTRAINT scopes_tenant FOREIGN KEY (tenant_type, tenant_id) REFERENCES tenants (type, id),
    CONSTRAINT scopes_named CHECK (type <> '' AND id <> ''),
    CONSTRAINT scopes_parent_whole CHECK ((parent_type IS NULL) = (parent_id IS NULL)),
    CONSTRAINT scopes_parent_other CHECK (parent_type IS NULL OR parent_type <> type OR parent_id <> id),
    CONSTRAINT scopes_root_tenant CHECK (parent_type IS NOT NULL OR (tenant_type = type AND tenant_id = id))
) STRICT, WITHOUT ROWID;
CREATE INDEX scopes_by_parent ON scopes (parent_type, parent_id, type, id);
CREATE INDEX scopes_by_tenant ON scopes (tenant_type, tenant_id, type, id);

CREATE TABLE users (
    id       TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    email    TEXT    NOT NULL,
    status   TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL,
    CONSTRAINT users_key PRIMARY KEY (id),
    CONSTRAINT users_named CHECK (id <> ''),
    CONSTRAINT users_status CHECK (status IN ('active', 'inactive'))
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_email ON users (email, id);

CREATE TABLE service_accounts (
    id          TEXT    NOT NULL,
    scope_type  TEXT    NOT NULL,
    scope_id    TEXT    NOT NULL,
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    revision    INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    CONSTRAINT service_accounts_key PRIMARY KEY (id),
    CONSTRAINT service_accounts_scope FOREIGN KEY (scope_type, scope_id) REFERENCES scopes (type, id),
    CONSTRAINT service_accounts_named CHECK (id <> ''),
    CONSTRAINT service_accounts_status CHECK (status IN ('active', 'inactive'))
) STRICT, WITHOUT ROWID;
CREATE INDEX service_accounts_by_scope ON service_accounts (scope_type, scope_id, id);
CREATE INDEX service_accounts_by_tenant ON service_accounts (tenant_type, tenant_id, id);

CREATE TABLE service_account_owners (
    service_account_id TEXT NOT NULL,
    owner_type         TEXT NOT NULL,
    owner_id           TEXT NOT NULL,
    CONSTRAINT service_account_owners_key PRIMARY KEY (service_account_id, owner_type, owner_id),
    CONSTRAINT service_account_owners_account FOREIGN KEY (service_account_id)
        REFERENCES service_accounts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX service_account_owners_by_owner ON service_account_owners (owner_type, owner_id, service_account_id);

CREATE TABLE groups (
    id          TEXT    NOT NULL,
    scope_type  TEXT    NOT NULL,
    scope_id    TEXT    NOT NULL,
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    revision    INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    CONSTRAINT groups_key PRIMARY KEY (id),
    CONSTRAINT groups_scope FOREIGN KEY (scope_type, scope_id) REFERENCES scopes (type, id),
    CONSTRAINT groups_named CHECK (id <> '')
) STRICT, WITHOUT ROWID;
CREATE INDEX groups_by_scope ON groups (scope_type, scope_id, id);
CREATE INDEX groups_by_tenant ON groups (tenant_type, tenant_id, id);

CREATE TABLE group_members (
    group_id    TEXT NOT NULL,
    member_type TEXT NOT NULL,
    member_id   TEXT NOT NULL,
    CONSTRAINT group_members_key PRIMARY KEY (group_id, member_type, member_id),
    CONSTRAINT group_members_group FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_member ON group_members (member_type, member_id, group_id);

-- A role here may be a system role, which has no row, so nothing is referenced.
CREATE TABLE group_roles (
    group_id TEXT NOT NULL,
    role_id  TEXT NOT NULL,
    CONSTRAINT group_roles_key PRIMARY KEY (group_id, role_id),
    CONSTRAINT group_roles_group FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX group_roles_by_role ON group_roles (role_id, group_id);

CREATE TABLE group_scopes (
    group_id   TEXT NOT NULL,
    scope_type TEXT NOT NULL,
    scope_id   TEXT NOT NULL,
    CONSTRAINT group_scopes_key PRIMARY KEY (group_id, scope_type, scope_id),
    CONSTRAINT group_scopes_group FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE,
    CONSTRAINT group_scopes_scope FOREIGN KEY (scope_type, scope_id) REFERENCES scopes (type, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_scopes_by_scope ON group_scopes (scope_type, scope_id, group_id);

CREATE TABLE roles (
    id          TEXT    NOT NULL,
    scope_type  TEXT    NOT NULL,
    scope_id    TEXT    NOT NULL,
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    base        TEXT    NOT NULL,
    revision    INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    CONSTRAINT roles_key PRIMARY KEY (id),
    CONSTRAINT roles_scope FOREIGN KEY (scope_type, scope_id) REFERENCES scopes (type, id),
    CONSTRAINT roles_named CHECK (id <> '')
) STRICT, WITHOUT ROWID;
CREATE INDEX roles_by_scope ON roles (scope_type, scope_id, id);
CREATE INDEX roles_by_tenant ON roles (tenant_type, tenant_id, id);
CREATE INDEX roles_by_base ON roles (base, id);

-- role_patterns keeps permission patterns in the order in which they were
-- written; excepted ones are taken from the base, the others added to it.
CREATE TABLE role_patterns (
    role_id  TEXT    NOT NULL,
    excepted INTEGER NOT NULL,
    position INTEGER NOT NULL,
    pattern  TEXT    NOT NULL,
    CONSTRAINT role_patterns_key PRIMARY KEY (role_id, excepted, position),
    CONSTRAINT role_patterns_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
    id           TEXT    NOT NULL,
    subject_type TEXT    NOT NULL,
    subject_id   TEXT    NOT NULL,
    scope_type   TEXT    NOT NULL,
    scope_id     TEXT    NOT NULL,
    tenant_type  TEXT    NOT NULL,
    tenant_id    TEXT    NOT NULL,
    revision     INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    updated      INTEGER NOT NULL,
    CONSTRAINT policies_key PRIMARY KEY (id),
    CONSTRAINT policies_scope FOREIGN KEY (scope_type, scope_id) REFERENCES scopes (type, id),
    CONSTRAINT policies_named CHECK (id <> ''),
    CONSTRAINT policies_subject CHECK (subject_type <> '' AND subject_id <> '')
) STRICT, WITHOUT ROWID;
CREATE INDEX policies_by_subject ON policies (subject_type, subject_id, id);
CREATE INDEX policies_by_scope ON policies (scope_type, scope_id, id);
CREATE INDEX policies_by_tenant ON policies (tenant_type, tenant_id, id);

-- As in group_roles, a role may be a system role.
CREATE TABLE policy_roles (
    policy_id TEXT NOT NULL,
    role_id   TEXT NOT NULL,
    CONSTRAINT policy_roles_key PRIMARY KEY (policy_id, role_id),
    CONSTRAINT policy_roles_policy FOREIGN KEY (policy_id) REFERENCES policies (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_roles_by_role ON policy_roles (role_id, policy_id);

CREATE TABLE resources (
    type        TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    scope_type  TEXT    NOT NULL,
    scope_id    TEXT    NOT NULL,
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    revision    INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    CONSTRAINT resources_key PRIMARY KEY (type, id),
    CONSTRAINT resources_scope FOREIGN KEY (scope_type, scope_id) REFERENCES scopes (type, id),
    CONSTRAINT resources_named CHECK (type <> '' AND id <> '')
) STRICT, WITHOUT ROWID;
CREATE INDEX resources_by_scope ON resources (scope_type, scope_id, type, id);
CREATE INDEX resources_by_tenant ON resources (tenant_type, tenant_id, type, id);

CREATE TABLE resource_owners (
    resource_type TEXT NOT NULL,
    resource_id   TEXT NOT NULL,
    owner_type    TEXT NOT NULL,
    owner_id      TEXT NOT NULL,
    CONSTRAINT resource_owners_key PRIMARY KEY (resource_type, resource_id, owner_type, owner_id),
    CONSTRAINT resource_owners_resource FOREIGN KEY (resource_type, resource_id)
        REFERENCES resources (type, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_owners_by_owner ON resource_owners (owner_type, owner_id, resource_type, resource_id);

-- outbox holds what SpiceDB has still to learn. updates is a JSON array of
-- "T tuple" (touch) and "D tuple" (delete).
CREATE TABLE outbox (
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    updates     TEXT    NOT NULL,
    CONSTRAINT outbox_key PRIMARY KEY (tenant_type, tenant_id, seq),
    CONSTRAINT outbox_tenant FOREIGN KEY (tenant_type, tenant_id) REFERENCES tenants (type, id)
) STRICT;

CREATE TABLE audit_entries (
    id          INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    tenant_type TEXT    NOT NULL,
    tenant_id   TEXT    NOT NULL,
    object_type TEXT    NOT NULL,
    object_id   TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    CONSTRAINT audit_entries_key PRIMARY KEY (id AUTOINCREMENT)
) STRICT;
CREATE INDEX audit_entries_by_tenant ON audit_entries (tenant_type, tenant_id, id);
CREATE INDEX audit_entries_by_object ON audit_entries (object_type, object_id, id);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, id);

CREATE TABLE meta (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT meta_key PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
