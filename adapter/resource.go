package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// ResourceChange says what to change of a resource. Nil fields stay.
type ResourceChange struct {
	Name   *string
	Owners *[]iam.Ref
	// Revision, if not 0, must be the resource's present one, else ABORTED.
	Revision int64
}

// CreateResource adds an ownable object to a scope. An empty id is generated.
//
// Errors: INVALID_ARGUMENT if the model does not allow the type, the scope's
// type or an owner; NOT_FOUND for the scope or an owner; ALREADY_EXISTS.
func (a *Adapter) CreateResource(ctx context.Context, resource iam.Resource) (iam.Resource, Receipt, error) {
	resource.Ref.ID = a.newID(resource.Ref.ID)
	var saved iam.Resource
	receipt, err := a.write(ctx, func(c *change) error {
		if err := c.checkResource(resource); err != nil {
			return err
		}
		_, err := c.tx.Resources().Get(ctx, resource.Ref)
		if err := unused("id", resource.Ref.String(), err); err != nil {
			return err
		}
		saved, err = c.putResource(ctx, resource, "resource.create")
		return err
	})
	return saved, receipt, err
}

func (a *Adapter) checkResource(resource iam.Resource) error {
	if err := a.wantKind("id", resource.Ref, schema.KindResource); err != nil {
		return err
	}
	if err := a.checkNewID("id", resource.Ref); err != nil {
		return err
	}
	if err := checkText("name", resource.Name, maxName); err != nil {
		return err
	}
	if err := a.wantIn("scope", resource.Ref.Type, resource.Scope); err != nil {
		return err
	}
	return a.checkOwners(resource.Ref.Type, resource.Owners)
}

func (c *change) putResource(ctx context.Context, resource iam.Resource, action string) (iam.Resource, error) {
	if err := c.checkResource(resource); err != nil {
		return resource, err
	}
	scope, err := c.lockedScope(ctx, "scope", resource.Scope)
	if err != nil {
		return resource, err
	}
	resource.Tenant = scope.Tenant
	if err := c.subjectsExist(ctx, "owners", resource.Owners, resource.Tenant); err != nil {
		return resource, err
	}
	resource.Owners = sortedRefs(resource.Owners)
	old, err := c.tx.Resources().Get(ctx, resource.Ref)
	if same(old, err, resource) {
		return old, nil
	}
	if err := c.touch(ctx, resource.Tenant, fragment{kind: ownedFragment, ref: resource.Ref}); err != nil {
		return resource, err
	}
	saved, err := c.tx.Resources().Put(ctx, resource)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, resource.Tenant, resource.Ref, map[string]any{"owners": refTexts(resource.Owners)})
}

// UpdateResource changes a resource. Its scope is fixed.
//
// Errors: NOT_FOUND for the resource or an owner; ABORTED for an old Revision;
// INVALID_ARGUMENT for an owner that the model does not allow.
func (a *Adapter) UpdateResource(ctx context.Context, ref iam.Ref, update ResourceChange) (iam.Resource, Receipt, error) {
	var saved iam.Resource
	receipt, err := a.write(ctx, func(c *change) error {
		resource, err := c.lockedResource(ctx, ref)
		if err != nil {
			return err
		}
		if err := checkRevision(update.Revision, resource.Revision); err != nil {
			return err
		}
		set(&resource.Name, update.Name)
		set(&resource.Owners, update.Owners)
		saved, err = c.putResource(ctx, resource, "resource.update")
		return err
	})
	return saved, receipt, err
}

func (c *change) lockedResource(ctx context.Context, ref iam.Ref) (iam.Resource, error) {
	return resourceNoun().locked(ctx, c.tx, "id", ref)
}

// DeleteResource removes a resource.
//
// A revision other than 0 must be the resource's present one, else ABORTED.
// NOT_FOUND if there is none.
func (a *Adapter) DeleteResource(ctx context.Context, ref iam.Ref, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error {
		resource, err := c.lockedResource(ctx, ref)
		if err != nil {
			return err
		}
		if err := checkRevision(revision, resource.Revision); err != nil {
			return err
		}
		return c.dropResource(ctx, resource)
	})
}

// Resource returns a resource, or NOT_FOUND.
func (a *Adapter) Resource(ctx context.Context, ref iam.Ref) (iam.Resource, error) {
	return resourceNoun().read(ctx, a.store, ref)
}

// ListResources lists resources in pages, ordered by reference. For those on
// which somebody has a permission, see Resources.
//
// The text is the token of the next page, empty after the last. Errors: those
// of Scopes, but for ABORTED.
func (a *Adapter) ListResources(ctx context.Context, filter ResourceFilter, page Page) ([]iam.Resource, string, error) {
	if err := a.checkTypeFilter(filter.Type, schema.KindResource); err != nil {
		return nil, "", err
	}
	err := a.checkFilter(inScope("tenant", filter.Tenant), inScope("scope", filter.Scope), bySubject("owner", filter.Owner))
	if err != nil {
		return nil, "", err
	}
	return resourceNoun().list(ctx, a.store, filter, page)
}
