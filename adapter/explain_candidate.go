package adapter

import (
	"cmp"
	"context"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// target is a permission that, held at a scope, may make the answer yes.
type target struct {
	permission *schema.Permission
	// line leads from the scope upwards: where a role may be given for it.
	line []iam.Ref
}

// targets are the permission that was asked about, the one that a condition on
// the way down needs (rule 12), and the one that opens a guard (rule 11).
func (e *evidence) targets() []target {
	reaching, _ := e.reaching()
	var targets []target
	for _, wanted := range e.wanted() {
		targets = append(targets, target{wanted, reaching})
		if wanted.InheritIf != "" {
			targets = append(targets, target{e.model.Permission(wanted.InheritIf), reaching})
		}
	}
	if e.owned != nil && e.owned.kind.Bypass != "" {
		targets = append(targets, target{e.model.Permission(e.owned.kind.Bypass), []iam.Ref{e.tenant}})
	}
	return targets
}

// candidates returns all changes of one step that have to do with the question.
func (e *evidence) candidates(ctx context.Context) ([]candidate, error) {
	var all []candidate
	makers := []func(context.Context) ([]candidate, error){e.memberships, e.roleGrants, e.carriedMore, e.ownerships}
	for _, maker := range makers {
		made, err := maker(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	return all, nil
}

// memberships are groups that have what is missing. A group that is not enough
// by itself counts only if none is.
func (e *evidence) memberships(ctx context.Context) ([]candidate, error) {
	kind := e.model.TypeOf(schema.KindGroup)
	if kind == "" || !slices.Contains(e.model.Type(kind).Members, e.request.Subject.Type) {
		return nil, nil
	}
	if home, err := e.home(ctx); err != nil || home != e.tenant && !home.IsZero() {
		return nil, err
	}
	groups, err := e.promising(ctx)
	if err != nil {
		return nil, err
	}
	// Most need not be tried: they give what is missing to whoever is in them.
	giving := e.state.Groups(e.request.Permission, e.request.Object)
	enough := slices.DeleteFunc(slices.Clone(groups), func(group iam.Ref) bool {
		_, gives := slices.BinarySearchFunc(giving, group, compareRefs)
		return !gives && !e.works(e.member(group))
	})
	if len(enough) > 0 {
		groups = enough
	}
	near, err := e.joinables(ctx, e.nearest(groups))
	if err != nil {
		return nil, err
	}
	sizes, err := e.sizesOf(ctx, near)
	var all []candidate
	for _, ref := range near {
		all = append(all, candidate{
			Suggestion: Suggestion{Steps: []Step{{Kind: StepAddMember, Subject: e.request.Subject, Object: ref}}, Permissions: sizes[ref]},
			updates:    e.member(ref),
		})
	}
	return all, err
}

// joinables returns the first groups that are there and of the tenant.
func (e *evidence) joinables(ctx context.Context, groups []iam.Ref) ([]iam.Ref, error) {
	var near []iam.Ref
	for chunk := range slices.Chunk(groups, maxGroups) {
		if err := e.readGroups(ctx, chunk); err != nil {
			return nil, err
		}
		for _, ref := range chunk {
			if group := e.groups[ref]; group.ID != "" && group.Tenant == e.tenant {
				near = append(near, ref)
			}
		}
		if len(near) >= maxGroups {
			return near[:maxGroups], nil
		}
	}
	return near, nil
}

// promising returns the groups that have to do with the question and do not have
// the subject in them yet.
func (e *evidence) promising(ctx context.Context) ([]iam.Ref, error) {
	groups, err := e.holders(ctx)
	if err != nil {
		return nil, err
	}
	groups = append(groups, e.state.Groups(e.request.Permission, e.request.Object)...)
	for _, t := range e.targets() {
		groups = append(groups, e.state.Groups(t.permission.Name, t.line[0])...)
	}
	if e.owned != nil {
		groups = append(groups, e.owned.Owners...)
	}
	return slices.DeleteFunc(sortedRefs(groups), func(ref iam.Ref) bool {
		kind := e.model.Type(ref.Type)
		return kind == nil || kind.Kind != schema.KindGroup || slices.Contains(e.selves, ref)
	}), nil
}

// nearest sorts groups by how far above the object they have the permission: a
// group that has it at the tenant mostly has much else.
func (e *evidence) nearest(groups []iam.Ref) []iam.Ref {
	above := map[iam.Ref]int{}
	for i, scope := range e.line {
		for _, group := range e.state.Groups(e.request.Permission, scope.Ref) {
			above[group] = i
		}
	}
	slices.SortStableFunc(groups, func(a, b iam.Ref) int { return cmp.Compare(above[a], above[b]) })
	return groups
}

// holders are the groups that hold any role on the line. Who has a permission
// that does not apply at the scope itself cannot be asked of the index.
func (e *evidence) holders(ctx context.Context) ([]iam.Ref, error) {
	if e.owned == nil {
		return nil, nil
	}
	var refs []iam.Ref
	for _, scope := range e.line {
		policies, err := e.rows.Policies().List(ctx, PolicyFilter{Scope: scope.Ref})
		if err != nil {
			return nil, err
		}
		for _, policy := range policies {
			refs = append(refs, policy.Subject)
		}
	}
	return refs, nil
}

// home is the tenant of the subject; zero for users.
func (e *evidence) home(ctx context.Context) (iam.Ref, error) {
	if e.model.Type(e.request.Subject.Type).Kind != schema.KindServiceAccount {
		return iam.Ref{}, nil
	}
	account, err := e.rows.ServiceAccounts().Get(ctx, iam.ServiceAccountID(e.request.Subject.ID))
	return account.Tenant, err
}

// sizesOf counts the permissions that groups have, at each of their scopes.
func (e *evidence) sizesOf(ctx context.Context, groups []iam.Ref) (map[iam.Ref]int, error) {
	held, err := e.grantsOf(ctx, groups)
	if err != nil {
		return nil, err
	}
	sizes := map[iam.Ref]int{}
	for _, group := range groups {
		for _, grant := range held[group] {
			content, err := e.content(ctx, grant.Role, grant.Scope.Type)
			if err != nil {
				return nil, err
			}
			sizes[group] += len(content.gives)
		}
	}
	return sizes, nil
}

// roleGrants are policies for the subject.
func (e *evidence) roleGrants(ctx context.Context) ([]candidate, error) {
	if !slices.Contains(e.model.Policies.Subjects, e.request.Subject.Type) {
		return nil, nil
	}
	if home, err := e.home(ctx); err != nil || home != e.tenant && !home.IsZero() {
		return nil, err
	}
	var all []candidate
	for i, scope := range e.line {
		if !slices.Contains(e.model.PolicyTypes(), scope.Ref.Type) {
			continue
		}
		roles, err := e.useful(ctx, scope.Ref)
		if err != nil {
			return nil, err
		}
		for _, role := range roles {
			all = append(all, candidate{
				Suggestion: Suggestion{
					Steps:       []Step{{Kind: StepGrant, Subject: e.request.Subject, Object: scope.Ref, Role: role.id}},
					Permissions: role.size,
				},
				distance: i, updates: e.binding(scope.Ref, role.id, e.request.Subject),
			})
		}
	}
	return all, nil
}

// carriedMore are roles and scopes for the groups of the subject (rule 14).
func (e *evidence) carriedMore(ctx context.Context) ([]candidate, error) {
	var all []candidate
	for _, self := range e.selves[1:] {
		group, found, err := e.groupRow(ctx, self)
		if err != nil {
			return nil, err
		}
		carries := e.model.Type(self.Type).Carries
		if !found || carries == nil {
			continue
		}
		if slices.Contains(carries.Scopes, e.scope.Type) && !slices.Contains(group.Scopes, e.scope) {
			link, err := e.link(ctx, group)
			if err != nil {
				return nil, err
			}
			all = append(all, link)
		}
		more, err := e.moreRoles(ctx, group)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// link gives a group the scope to carry its roles to.
func (e *evidence) link(ctx context.Context, group iam.Group) (candidate, error) {
	self := e.groupRef(group.ID)
	c := candidate{Suggestion: Suggestion{Steps: []Step{{Kind: StepLinkScope, Subject: self, Object: e.scope}}}}
	for _, role := range group.Roles {
		c.updates = append(c.updates, e.binding(e.scope, role, self)...)
		held, err := e.content(ctx, role, e.scope.Type)
		if err != nil {
			return c, err
		}
		c.Permissions += len(held.gives)
	}
	if e.owned != nil && slices.Contains(e.owned.Owners, self) {
		owned := e.owned.Owned
		owned.Owners = []iam.Ref{self}
		for _, tuple := range e.translate.Owned(owned, everybody) {
			c.updates = append(c.updates, touch(tuple))
		}
	}
	return c, nil
}

// moreRoles gives a group one role more to carry, at all its scopes.
func (e *evidence) moreRoles(ctx context.Context, group iam.Group) ([]candidate, error) {
	self := e.groupRef(group.ID)
	roles, err := e.useful(ctx, group.Scope)
	var all []candidate
	for _, role := range roles {
		c := candidate{Suggestion: Suggestion{Steps: []Step{{Kind: StepAddRole, Subject: self, Role: role.id}}}}
		for _, scope := range e.carriedScopes(group) {
			c.updates = append(c.updates, e.binding(scope, role.id, self)...)
			c.Permissions += role.size
		}
		if !slices.Contains(group.Roles, role.id) {
			all = append(all, c)
		}
	}
	return all, err
}

// ownerships make the subject, or one of its groups, an owner.
func (e *evidence) ownerships(ctx context.Context) ([]candidate, error) {
	if e.owned == nil || e.owned.kind.Ownership == schema.OwnershipNone {
		return nil, nil
	}
	var all []candidate
	for i, self := range e.selves {
		if !slices.Contains(e.owned.kind.Owners, self.Type) || slices.Contains(e.owned.Owners, self) || e.fullOf(self.Type) {
			continue
		}
		updates, err := e.ownership(ctx, append(slices.Clone(e.owned.Owners), self))
		if err != nil {
			return nil, err
		}
		all = append(all, candidate{
			Suggestion: Suggestion{Steps: []Step{{Kind: StepAddOwner, Subject: self, Object: e.request.Object}}},
			distance:   i, updates: updates,
		})
	}
	return all, nil
}

// fullOf reports whether the object has all owners of a type that it may have.
func (e *evidence) fullOf(typeName string) bool {
	bound, count := e.owned.kind.MaxOwners[typeName], 0
	for _, owner := range e.owned.Owners {
		if owner.Type == typeName {
			count++
		}
	}
	return bound > 0 && count >= bound
}
