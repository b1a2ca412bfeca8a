package adapter

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// touchSubject touches every fragment that names a subject: bindings of its
// policies, its groups, and what it owns.
func (c *change) touchSubject(ctx context.Context, subject iam.Ref) error {
	policies, err := c.tx.Policies().List(ctx, PolicyFilter{Subject: subject})
	if err != nil {
		return err
	}
	for _, policy := range policies {
		if err := c.touchPolicy(ctx, policy); err != nil {
			return err
		}
	}
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Member: subject})
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := c.touch(ctx, group.Tenant, fragment{kind: groupFragment, ref: c.groupRef(group.ID)}); err != nil {
			return err
		}
	}
	return c.touchOwnedBy(ctx, subject)
}

// touchOwnedBy touches the objects that a subject owns.
func (c *change) touchOwnedBy(ctx context.Context, owner iam.Ref) error {
	accounts, err := c.tx.ServiceAccounts().List(ctx, ServiceAccountFilter{Owner: owner})
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if err := c.touch(ctx, account.Tenant, fragment{kind: ownedFragment, ref: c.serviceAccountRef(account.ID)}); err != nil {
			return err
		}
	}
	resources, err := c.tx.Resources().List(ctx, ResourceFilter{Owner: owner})
	if err != nil {
		return err
	}
	for _, resource := range resources {
		if err := c.touch(ctx, resource.Tenant, fragment{kind: ownedFragment, ref: resource.Ref}); err != nil {
			return err
		}
	}
	return nil
}

// tenantsOf returns the tenants in which something names a subject.
func (c *change) tenantsOf(ctx context.Context, subject iam.Ref) ([]iam.Ref, error) {
	var tenants []iam.Ref
	policies, err := c.tx.Policies().List(ctx, PolicyFilter{Subject: subject})
	for _, policy := range policies {
		tenants = append(tenants, policy.Tenant)
	}
	if err != nil {
		return nil, err
	}
	groups, err := c.tx.Groups().List(ctx, GroupFilter{Member: subject})
	for _, group := range groups {
		tenants = append(tenants, group.Tenant)
	}
	if err != nil {
		return nil, err
	}
	accounts, err := c.tx.ServiceAccounts().List(ctx, ServiceAccountFilter{Owner: subject})
	for _, account := range accounts {
		tenants = append(tenants, account.Tenant)
	}
	if err != nil {
		return nil, err
	}
	resources, err := c.tx.Resources().List(ctx, ResourceFilter{Owner: subject})
	for _, resource := range resources {
		tenants = append(tenants, resource.Tenant)
	}
	return sortedRefs(tenants), err
}

// subjectsExist checks that every subject exists and belongs to the tenant, if
// it belongs to one at all.
func (c *change) subjectsExist(ctx context.Context, field string, subjects []iam.Ref, tenant iam.Ref) error {
	for i, subject := range subjects {
		if err := c.subjectExists(ctx, fmt.Sprintf("%s[%d]", field, i), subject, tenant); err != nil {
			return err
		}
	}
	return nil
}

// subjectExists checks one subject, whose type is known to be a subject's.
func (c *change) subjectExists(ctx context.Context, field string, subject, tenant iam.Ref) error {
	if _, seen := c.active[subject]; seen && c.model.Type(subject.Type).Kind == schema.KindUser {
		return nil
	}
	home, err := c.homeOf(ctx, subject)
	if iam.CodeOf(err) == iam.NotFound {
		return iam.Missing(field, subject.String())
	}
	if err != nil {
		return err
	}
	if !home.IsZero() && home != tenant {
		return iam.Invalid("OTHER_TENANT", field, subject.String(), "belongs to another tenant")
	}
	return nil
}

// homeOf returns the tenant of a subject; users have none.
func (c *change) homeOf(ctx context.Context, subject iam.Ref) (iam.Ref, error) {
	switch c.model.Type(subject.Type).Kind {
	case schema.KindServiceAccount:
		account, err := c.tx.ServiceAccounts().Get(ctx, iam.ServiceAccountID(subject.ID))
		return account.Tenant, err
	case schema.KindGroup:
		group, err := c.tx.Groups().Get(ctx, iam.GroupID(subject.ID))
		return group.Tenant, err
	}
	_, err := c.isActive(ctx, subject)
	return iam.Ref{}, err
}

// checkSubjects checks references to subjects by their types alone.
func (a *Adapter) checkSubjects(field string, subjects []iam.Ref, allowed []string, sentence string) error {
	for i, subject := range subjects {
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := a.wantKind(at, subject, schema.KindUser, schema.KindServiceAccount, schema.KindGroup); err != nil {
			return err
		}
		if !slices.Contains(allowed, subject.Type) {
			return iam.Invalid("TYPE_NOT_ALLOWED", at, subject.String(), sentence)
		}
		if err := a.checkNewID(at, subject); err != nil { // no such subject can ever exist
			return err
		}
	}
	return nil
}

func (a *Adapter) checkOwners(typeName string, owners []iam.Ref) error {
	allowed := a.model.Type(typeName).Owners
	if len(owners) > 0 && len(allowed) == 0 {
		return iam.Invalid("OWNERS_NOT_SUPPORTED", "owners", "", "a "+typeName+" has no owners in this model")
	}
	if err := a.checkSubjects("owners", owners, allowed, "owners of a "+typeName+" are of type "+strings.Join(allowed, " or ")); err != nil {
		return err
	}
	counts := map[string]int{}
	for _, owner := range sortedRefs(owners) {
		counts[owner.Type]++
	}
	for _, name := range allowed {
		bound := a.model.Type(typeName).MaxOwners[name]
		if bound > 0 && counts[name] > bound {
			return iam.Invalid("OWNER_COUNT", "owners", "", fmt.Sprintf("a %s has at most %d owners of type %s", typeName, bound, name))
		}
	}
	return nil
}

func refTexts(refs []iam.Ref) []string {
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = ref.String()
	}
	return texts
}
