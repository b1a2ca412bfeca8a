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
	held, err := e.grantsOf(ctx, e.selves)
	for _, self := range e.selves {
		e.grants = append(e.grants, held[self]...)
	}
	return err == nil, err
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
		if !e.joinable(selves[i].Type) {
			continue
		}
		groups, err := e.rows.Groups().List(ctx, GroupFilter{Tenant: e.tenant, Member: selves[i], Brief: true})
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			ref := e.groupRef(group.ID)
			e.groups[ref] = group
			if !slices.Contains(selves, ref) {
				selves = append(selves, ref)
			}
		}
	}
	return selves, nil
}

// joinable reports whether groups may have members of a type. Where groups hold
// none, nobody has to be asked about each.
func (e *evidence) joinable(typeName string) bool {
	kind := e.model.Type(e.model.TypeOf(schema.KindGroup))
	return kind != nil && (slices.Contains(kind.Members, typeName) || kind.NestedGroups > 0 && e.model.Type(typeName) == kind)
}

// atOnceOf is how many subjects or groups a query names.
const atOnceOf = 500

// grantsOf returns what some subjects hold in the tenant, each without its groups.
func (e *evidence) grantsOf(ctx context.Context, subjects []iam.Ref) (map[iam.Ref][]AccessGrant, error) {
	held := map[iam.Ref][]AccessGrant{}
	for chunk := range slices.Chunk(subjects, atOnceOf) {
		// Without the tenant in the filter: a database may take its index, and look at
		// all policies of the tenant for the few of some subjects.
		policies, err := e.rows.Policies().List(ctx, PolicyFilter{Subjects: chunk})
		if err != nil {
			return nil, err
		}
		for _, policy := range policies {
			if policy.Tenant != e.tenant {
				continue
			}
			for _, role := range policy.Roles {
				grant := AccessGrant{Subject: policy.Subject, Role: role, Scope: policy.Scope, Policies: []iam.PolicyID{policy.ID}}
				held[policy.Subject] = append(held[policy.Subject], e.local(grant))
			}
		}
	}
	for _, subject := range subjects {
		group, found, err := e.groupRow(ctx, subject)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		for _, scope := range e.carriedScopes(group) {
			for _, role := range group.Roles {
				held[subject] = append(held[subject], e.local(AccessGrant{Subject: subject, Role: role, Scope: scope, Carried: true}))
			}
		}
	}
	return held, nil
}

func (e *evidence) local(grant AccessGrant) AccessGrant {
	grant.Local = !e.model.RoleInherits(string(grant.Role))
	return grant
}

// groupRow returns the group that a reference names; false if it names none.
func (e *evidence) groupRow(ctx context.Context, ref iam.Ref) (iam.Group, bool, error) {
	if err := e.readGroups(ctx, []iam.Ref{ref}); err != nil {
		return iam.Group{}, false, err
	}
	group := e.groups[ref]
	return group, group.ID != "", nil
}

// readGroups reads the groups among some references that were not read yet.
func (e *evidence) readGroups(ctx context.Context, refs []iam.Ref) error {
	var ids []iam.GroupID
	for _, ref := range refs {
		if kind := e.model.Type(ref.Type); kind == nil || kind.Kind != schema.KindGroup {
			continue
		}
		if _, known := e.groups[ref]; !known {
			e.groups[ref] = iam.Group{}
			ids = append(ids, iam.GroupID(ref.ID))
		}
	}
	for chunk := range slices.Chunk(ids, atOnceOf) {
		groups, err := e.rows.Groups().List(ctx, GroupFilter{IDs: chunk, Brief: true})
		if err != nil {
			return err
		}
		for _, group := range groups {
			e.groups[e.groupRef(group.ID)] = group
		}
	}
	return nil
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
