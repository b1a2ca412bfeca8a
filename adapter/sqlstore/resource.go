package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// resources is the table of owned resources.
type resources struct{ *session }

// Resources returns the table of resources.
func (s *session) Resources() adapter.Table[iam.Ref, iam.Resource, adapter.ResourceFilter] {
	return resources{s}
}

const (
	selectResources = `SELECT type, id, scope_type, scope_id, tenant_type, tenant_id, name,
		revision, created, updated FROM resources`

	putResource = `INSERT INTO resources (type, id, scope_type, scope_id, tenant_type, tenant_id, name,
			revision, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (type, id) DO UPDATE SET
			scope_type = excluded.scope_type, scope_id = excluded.scope_id,
			tenant_type = excluded.tenant_type, tenant_id = excluded.tenant_id,
			name = excluded.name, revision = resources.revision + 1, updated = excluded.updated
		RETURNING revision, created`
)

func resourceOwners() list[iam.Ref, iam.Ref] {
	return list[iam.Ref, iam.Ref]{
		noun: "owners of resources",
		read: `SELECT resource_type, resource_id, owner_type, owner_id FROM resource_owners
			WHERE (resource_type, resource_id) IN`,
		order:  `resource_type, resource_id, owner_type, owner_id`,
		insert: `INSERT INTO resource_owners (resource_type, resource_id, owner_type, owner_id) VALUES`,
		remove: `DELETE FROM resource_owners WHERE resource_type = ? AND resource_id = ? AND (owner_type, owner_id) IN`,
		scan: func(row scanner) (key, owner iam.Ref, err error) {
			err = row.Scan(&key.Type, &key.ID, &owner.Type, &owner.ID)
			return key, owner, err
		},
		keyArgs: refArgs, elementArgs: refArgs,
	}
}

// Get returns one resource.
func (t resources) Get(ctx context.Context, ref iam.Ref) (iam.Resource, error) {
	return one(ctx, t.find, where("type = ? AND id = ?", ref.Type, ref.ID), iam.Missing("resource", ref.String()))
}

// List returns resources by type and id.
func (t resources) List(ctx context.Context, filter adapter.ResourceFilter) ([]iam.Resource, error) {
	chosen := placed(filter.Tenant, filter.Scope)
	chosen.text("type = ?", filter.Type)
	chosen.ref(`(type, id) IN (SELECT resource_type, resource_id FROM resource_owners WHERE owner_type = ? AND owner_id = ?)`, filter.Owner)
	paged, err := chosen.refPage(filter.Listing)
	if err != nil {
		return nil, err
	}
	return t.find(ctx, paged)
}

func (t resources) find(ctx context.Context, chosen *selection) ([]iam.Resource, error) {
	rows, err := collect(ctx, t.session, chosen.query("read resources", selectResources), scanResource)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	owners, err := resourceOwners().of(ctx, t.session, chosen.after(`SELECT type, id FROM resources`), chosen.arguments())
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Owners = owners[rows[i].Ref]
	}
	return rows, nil
}

func scanResource(row scanner) (iam.Resource, error) {
	var r iam.Resource
	err := row.Scan(&r.Ref.Type, &r.Ref.ID, &r.Scope.Type, &r.Scope.ID, &r.Tenant.Type, &r.Tenant.ID, &r.Name,
		&r.Revision, millis{&r.Created}, millis{&r.Updated})
	return r, err
}

// Put writes a resource and its owners.
func (t resources) Put(ctx context.Context, resource iam.Resource) (iam.Resource, error) {
	resource.Owners = sortedRefs(resource.Owners)
	var err error
	resource.Stamp, err = t.put(ctx, upsert{
		query: query{"put resource", putResource, []any{
			resource.Ref.Type, resource.Ref.ID, resource.Scope.Type, resource.Scope.ID,
			resource.Tenant.Type, resource.Tenant.ID, resource.Name,
		}},
		dangling: iam.Missing("resource.scope", resource.Scope.String()),
	})
	if err != nil {
		return iam.Resource{}, err
	}
	return resource, resourceOwners().put(ctx, t.session, written[iam.Ref]{resource.Ref, resource.Stamp}, resource.Owners)
}

// Delete removes a resource and its owners. Nothing refers to a resource.
func (t resources) Delete(ctx context.Context, ref iam.Ref) error {
	return t.remove(ctx, removal{
		noun: "resource", key: ref.String(),
		delete:  `DELETE FROM resources WHERE type = ? AND id = ?`,
		keyArgs: refArgs(ref),
	})
}
