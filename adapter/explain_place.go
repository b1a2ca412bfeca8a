package adapter

import (
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// ownedPlace is an object that lies in a scope.
type ownedPlace struct {
	translate.Owned
	kind *schema.Type
}

// locate finds out where the object lies, who the subject is and what it holds.
// It is false if there is no such object.
func (e *evidence) locate(ctx context.Context) (bool, error) {
	for e.permission.AliasOf != "" {
		e.permission = e.model.Permission(e.permission.AliasOf)
	}
	e.scope = e.request.Object
	if kind := e.model.Type(e.scope.Type); kind.Kind != schema.KindScope {
		owned, err := e.ownedIn(ctx, e.rows, e.request.Object)
		if missing, err := absent(err); missing || err != nil {
			return false, err
		}
		e.scope, e.owned = owned.Scope, &ownedPlace{owned, kind}
	}
	var err error
	if e.line, err = e.lineOf(ctx, e.scope); err != nil || len(e.line) == 0 {
		return false, err
	}
	e.tenant = e.line[0].Tenant
	if e.selves, err = e.selvesOf(ctx, e.request.Subject); err != nil {
		return false, err
	}
	for _, self := range e.selves {
		grants, err := e.grantsOf(ctx, self)
		if err != nil {
			return false, err
		}
		e.grants = append(e.grants, grants...)
	}
	return true, nil
}

// lineOf returns a scope and all above it.
func (e *evidence) lineOf(ctx context.Context, ref iam.Ref) ([]iam.Scope, error) {
	var line []iam.Scope
	for !ref.IsZero() {
		scope, err := e.rows.Scopes().Get(ctx, ref)
		if missing, err := absent(err); missing || err != nil {
			return nil, err
		}
		line, ref = append(line, scope), scope.Parent
	}
	return line, nil
}

// selvesOf returns a subject and the groups of the tenant that it is in.
func (e *evidence) selvesOf(ctx context.Context, subject iam.Ref) ([]iam.Ref, error) {
	selves := []iam.Ref{subject}
	for i := 0; i < len(selves); i++ {
		groups, err := e.rows.Groups().List(ctx, GroupFilter{Tenant: e.tenant, Member: selves[i]})
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			if ref := e.groupRef(group.ID); !slices.Contains(selves, ref) {
				selves = append(selves, ref)
			}
		}
	}
	return selves, nil
}

// grantsOf returns what a subject holds in the tenant, without its groups.
func (e *evidence) grantsOf(ctx context.Context, subject iam.Ref) ([]AccessGrant, error) {
	// Without the tenant in the filter: a database may take its index, and look at
	// all policies of the tenant for the few of one subject.
	policies, err := e.rows.Policies().List(ctx, PolicyFilter{Subject: subject})
	if err != nil {
		return nil, err
	}
	var grants []AccessGrant
	for _, policy := range policies {
		if policy.Tenant != e.tenant {
			continue
		}
		for _, role := range policy.Roles {
			grant := AccessGrant{Subject: subject, Role: role, Scope: policy.Scope, Policies: []iam.PolicyID{policy.ID}}
			grants = append(grants, e.local(grant))
		}
	}
	group, found, err := e.groupRow(ctx, subject)
	if !found || err != nil {
		return grants, err
	}
	for _, scope := range e.carriedScopes(group) {
		for _, role := range group.Roles {
			grants = append(grants, e.local(AccessGrant{Subject: subject, Role: role, Scope: scope, Carried: true}))
		}
	}
	return grants, nil
}

func (e *evidence) local(grant AccessGrant) AccessGrant {
	grant.Local = !e.model.RoleInherits(string(grant.Role))
	return grant
}

// groupRow reads the group that a reference names; false if it names none.
func (e *evidence) groupRow(ctx context.Context, ref iam.Ref) (iam.Group, bool, error) {
	if e.model.Type(ref.Type) == nil || e.model.Type(ref.Type).Kind != schema.KindGroup {
		return iam.Group{}, false, nil
	}
	group, err := e.rows.Groups().Get(ctx, iam.GroupID(ref.ID))
	missing, err := absent(err)
	return group, !missing && err == nil, err
}

// reaching returns the part of the line from which policies reach the scope, and
// the isolated scope that keeps the rest out.
func (e *evidence) reaching() ([]iam.Ref, iam.Ref) {
	for i, scope := range e.line {
		if scope.Isolated {
			return append(refsOfScopes(e.line[:i+1]), e.tenant), scope.Ref
		}
	}
	return refsOfScopes(e.line), iam.Ref{}
}

func refsOfScopes(scopes []iam.Scope) []iam.Ref {
	refs := make([]iam.Ref, len(scopes))
	for i, scope := range scopes {
		refs[i] = scope.Ref
	}
	return refs
}

// wanted are the permissions at the scope of which each would do, ownership
// apart (rule 11).
func (e *evidence) wanted() []*schema.Permission {
	if e.permission.Tiers == nil {
		return []*schema.Permission{e.permission}
	}
	var wanted []*schema.Permission
	for _, name := range []string{e.permission.Tiers.All, e.permission.Tiers.Groups, e.permission.Tiers.Own} {
		if name != "" {
			wanted = append(wanted, e.model.Permission(name))
		}
	}
	return wanted
}
