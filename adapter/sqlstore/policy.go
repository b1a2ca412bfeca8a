package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// policies is the table of access policies and their roles.
type policies struct{ *session }

// Policies returns the table of access policies.
func (s *session) Policies() adapter.Table[iam.PolicyID, iam.Policy, adapter.PolicyFilter] {
	return policies{s}
}

const (
	selectPolicies = `SELECT id, subject_type, subject_id, scope_type, scope_id, tenant_type, tenant_id,
		revision, created, updated FROM policies`

	putPolicy = `INSERT INTO policies (id, subject_type, subject_id, scope_type, scope_id, tenant_type, tenant_id,
			revision, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			subject_type = excluded.subject_type, subject_id = excluded.subject_id,
			scope_type = excluded.scope_type, scope_id = excluded.scope_id,
			tenant_type = excluded.tenant_type, tenant_id = excluded.tenant_id,
			revision = policies.revision + 1, updated = excluded.updated
		RETURNING revision, created`
)

func policyRoles() list[iam.PolicyID, iam.RoleID] {
	return list[iam.PolicyID, iam.RoleID]{
		noun:   "roles of policies",
		read:   `SELECT policy_id, role_id FROM policy_roles WHERE policy_id IN`,
		order:  `policy_id, role_id`,
		insert: `INSERT INTO policy_roles (policy_id, role_id) VALUES`,
		remove: `DELETE FROM policy_roles WHERE policy_id = ? AND role_id IN`,
		scan:   scanRole[iam.PolicyID], keyArgs: textArgs[iam.PolicyID], elementArgs: textArgs[iam.RoleID],
	}
}

// Get returns one policy.
func (t policies) Get(ctx context.Context, id iam.PolicyID) (iam.Policy, error) {
	return one(ctx, t.find, where("id = ?", string(id)), iam.Missing("policy", string(id)))
}

// List returns policies by id.
func (t policies) List(ctx context.Context, filter adapter.PolicyFilter) ([]iam.Policy, error) {
	chosen := placed(filter.Tenant, filter.Scope)
	chosen.ref("subject_type = ? AND subject_id = ?", filter.Subject)
	withRole := `id IN (SELECT policy_id FROM policy_roles WHERE role_id = ?)`
	if !filter.Scope.IsZero() || !filter.Subject.IsZero() || len(filter.Subjects) > 0 {
		// Few policies are left to look at, while a role may be in very many.
		withRole = `EXISTS (SELECT 1 FROM policy_roles WHERE policy_id = policies.id AND role_id = ?)`
	}
	chosen.text(withRole, string(filter.Role))
	among(chosen.amongRefs("subject_type, subject_id", filter.Subjects), "id", filter.IDs)
	return t.find(ctx, chosen.page("id", filter.Listing))
}

func (t policies) find(ctx context.Context, chosen *selection) ([]iam.Policy, error) {
	rows, err := collect(ctx, t.session, chosen.query("read policies", selectPolicies), scanPolicy)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	roles, err := policyRoles().of(ctx, t.session, chosen.after(`SELECT id FROM policies`), chosen.arguments())
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Roles = roles[rows[i].ID]
	}
	return rows, nil
}

func scanPolicy(row scanner) (iam.Policy, error) {
	var p iam.Policy
	err := row.Scan(&p.ID, &p.Subject.Type, &p.Subject.ID, &p.Scope.Type, &p.Scope.ID, &p.Tenant.Type, &p.Tenant.ID,
		&p.Revision, millis{&p.Created}, millis{&p.Updated})
	return p, err
}

// Put writes a policy and its roles.
func (t policies) Put(ctx context.Context, policy iam.Policy) (iam.Policy, error) {
	policy.Roles = sortedRoles(policy.Roles)
	var err error
	policy.Stamp, err = t.put(ctx, upsert{
		query: query{"put policy", putPolicy, []any{
			string(policy.ID), policy.Subject.Type, policy.Subject.ID,
			policy.Scope.Type, policy.Scope.ID, policy.Tenant.Type, policy.Tenant.ID,
		}},
		dangling: iam.Missing("policy.scope", policy.Scope.String()),
	})
	if err != nil {
		return iam.Policy{}, err
	}
	return policy, policyRoles().put(ctx, t.session, written[iam.PolicyID]{policy.ID, policy.Stamp}, policy.Roles)
}

// Delete removes a policy and its roles. Nothing refers to a policy.
func (t policies) Delete(ctx context.Context, id iam.PolicyID) error {
	return t.remove(ctx, removal{
		noun: "policy", key: string(id),
		delete:  `DELETE FROM policies WHERE id = ?`,
		keyArgs: textArgs(id),
	})
}
