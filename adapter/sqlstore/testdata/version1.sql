-- Rows of every table as Ambit left them at version 1, for both products. What
-- the store has to find in them is in migrate_test.go.
INSERT INTO tenants (type, id, last_seq, delivered_seq, zed_token) VALUES ('account', 'A', 3, 1, 'token');
INSERT INTO scopes (type, id, parent_type, parent_id, tenant_type, tenant_id, name, isolated, revision, created, updated) VALUES
    ('account', 'A', NULL, NULL, 'account', 'A', 'Acme', false, 1, 1000, 1000),
    ('environment', 'E', 'account', 'A', 'account', 'A', 'Entwicklung "ä"', true, 2, 1000, 2000);
INSERT INTO users (id, name, email, status, revision, created, updated) VALUES ('ann', 'Ann', 'ann@example.com', 'inactive', 4, 1000, 4000);
INSERT INTO service_accounts (id, scope_type, scope_id, tenant_type, tenant_id, name, status, revision, created, updated) VALUES
    ('bot', 'environment', 'E', 'account', 'A', 'Bot', 'active', 1, 1000, 1000);
INSERT INTO service_account_owners (service_account_id, owner_type, owner_id) VALUES ('bot', 'user', 'ann');
INSERT INTO groups (id, scope_type, scope_id, tenant_type, tenant_id, name, revision, created, updated) VALUES
    ('dev', 'account', 'A', 'account', 'A', 'Developers', 1, 1000, 1000);
INSERT INTO group_members (group_id, member_type, member_id) VALUES ('dev', 'user', 'ann');
INSERT INTO group_roles (group_id, role_id) VALUES ('dev', 'reader');
INSERT INTO group_scopes (group_id, scope_type, scope_id) VALUES ('dev', 'environment', 'E');
INSERT INTO roles (id, scope_type, scope_id, tenant_type, tenant_id, name, description, base, revision, created, updated) VALUES
    ('own', 'account', 'A', 'account', 'A', 'Own', 'Ours', 'reader', 1, 1000, 1000);
INSERT INTO role_patterns (role_id, excepted, position, pattern) VALUES ('own', false, 0, 'site:edit'), ('own', true, 0, 'site:read');
INSERT INTO policies (id, subject_type, subject_id, scope_type, scope_id, tenant_type, tenant_id, revision, created, updated) VALUES
    ('p', 'group', 'dev', 'environment', 'E', 'account', 'A', 1, 1000, 1000);
INSERT INTO policy_roles (policy_id, role_id) VALUES ('p', 'own'), ('p', 'reader');
INSERT INTO resources (type, id, scope_type, scope_id, tenant_type, tenant_id, name, revision, created, updated) VALUES
    ('farm', 'F', 'environment', 'E', 'account', 'A', 'Farm', 1, 1000, 1000);
INSERT INTO resource_owners (resource_type, resource_id, owner_type, owner_id) VALUES ('farm', 'F', 'group', 'dev');
INSERT INTO outbox (tenant_type, tenant_id, seq, updates) VALUES
    ('account', 'A', 2, '["T role:own#site__edit@user:*"]'),
    ('account', 'A', 3, '["D role:own#site__read@user:*"]');
INSERT INTO audit_entries (at, actor, action, tenant_type, tenant_id, object_type, object_id, detail) VALUES
    (5000, 'user:ann', 'policy.put', 'account', 'A', 'policy', 'p', '{"a":1}');
INSERT INTO meta (name, value) VALUES ('model', 'scalr');
