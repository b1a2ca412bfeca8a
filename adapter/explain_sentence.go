package adapter

import (
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// sentence says a denial that is about a role.
func (e *evidence) sentence(d Denial, wanted *schema.Permission) string {
	held := d.Grant.String()
	switch d.Cause {
	case CauseRoleLacks:
		return held + ". This role does not hold " + d.Permission + "."
	case CauseElsewhere:
		return held + ". That role would do, but " + d.Grant.Scope.String() + " is neither " + e.scope.String() + " nor above it."
	case CauseNotInherited:
		if wanted.AnyRole {
			return held + ". For " + d.Permission + " a role has to be held at " + e.scope.String() + " itself."
		}
		return held + ". That role would do, but it does not reach below its scope."
	case CauseIsolated:
		return held + ". That role would do, but " + d.Object.String() + " is isolated: of what is above it, only " + e.tenant.String() + " reaches it."
	case CauseNeedsMissing:
		return held + ". This role names " + d.Permission + ", which counts only if the same role holds " + strings.Join(wanted.Needs, ", ") + ", too."
	case CauseConditionMissing:
		return held + ". What comes from above counts at " + d.Object.String() + " only with " + wanted.InheritIf + " there."
	}
	return held + ". By this the answer is yes, but the relationships do not say so (yet)."
}

// String says a grant in words.
func (g AccessGrant) String() string {
	role := "role " + string(g.Role)
	if g.RoleName != "" && g.RoleName != string(g.Role) {
		role += " (" + g.RoleName + ")"
	}
	text := g.Subject.String() + " holds " + role + " at " + g.Scope.String()
	switch {
	case g.Carried:
		return text + ", which the group carries there"
	case len(g.Policies) == 0:
		return text
	}
	ids := make([]string, len(g.Policies))
	for i, id := range g.Policies {
		ids[i] = string(id)
	}
	return text + " by policy " + strings.Join(ids, ", ")
}

// forOwners reports whether a permission at the scope of the object is not
// enough without ownership.
func (e *evidence) forOwners(wanted *schema.Permission) bool {
	switch {
	case e.owned == nil:
		return false
	case e.owned.kind.Ownership == schema.OwnershipTiered:
		return e.permission.Tiers != nil && wanted.Name != e.permission.Tiers.All
	}
	return e.owned.kind.Ownership == schema.OwnershipGuarded && !e.passes()
}

// reachesOwned reports whether a role gives a permission at the scope of an
// owned object, by the rows: relationships cannot be asked about permissions
// that do not apply there.
func (e *evidence) reachesOwned(ctx context.Context, wanted *schema.Permission) (bool, error) {
	reaching, _ := e.reaching()
	for _, grant := range e.grants {
		held, err := e.content(ctx, grant.Role, grant.Scope.Type)
		if err != nil {
			return false, err
		}
		reaches := grant.Scope == e.scope || slices.Contains(reaching, grant.Scope) && !grant.Local
		cause, _ := e.blocked(grant, wanted)
		if reaches && slices.Contains(held.gives, wanted.Name) && cause == CauseNotDelivered {
			return true, nil
		}
	}
	return false, nil
}

// passes reports whether the subject passes the guard of the object by the rows.
func (e *evidence) passes() bool {
	owners := e.owned.Owners
	bypass := e.owned.kind.Bypass
	return len(owners) == 0 || slices.ContainsFunc(e.selves, func(self iam.Ref) bool { return slices.Contains(owners, self) }) ||
		bypass != "" && e.state.Check(e.request.Subject, bypass, e.tenant)
}

// notOwner says that only ownership is missing (rule 11).
func (e *evidence) notOwner(ctx context.Context, wanted *schema.Permission) (Denial, error) {
	subject, object := e.request.Subject.String(), e.request.Object.String()
	denial := Denial{Cause: CauseNotOwner, Permission: wanted.Name, Object: e.request.Object, Owners: e.owned.Owners}
	has := subject + " has " + wanted.Name + " at " + e.scope.String()
	mine := slices.IndexFunc(e.owned.Owners, func(owner iam.Ref) bool { return slices.Contains(e.selves, owner) && e.suits(wanted, owner) })
	if mine >= 0 {
		denial.Cause = CauseNotDelivered
		denial.Sentence = has + ", and owns " + object + ". By this the answer is yes, but the relationships do not say so (yet)."
		owner := e.owned.Owners[mine]
		linked, err := e.linked(ctx, owner)
		if err != nil {
			return denial, err
		}
		if !linked {
			denial.Cause = CauseOwnerNotLinked
			denial.Sentence = has + ". " + owner.String() + " owns " + object + ", but is not linked to " + e.scope.String() + "."
		}
		return denial, nil
	}
	owners := strings.Join(refTexts(e.owned.Owners), ", ")
	if owners == "" {
		owners = "nobody"
	}
	denial.Sentence = has + ", which counts for owners of " + object + " only. It belongs to " + owners + "."
	if bypass := e.owned.kind.Bypass; bypass != "" {
		denial.Sentence += " " + bypass + " at " + e.tenant.String() + " would open it, too."
	}
	return denial, nil
}

// suits reports whether an owner is of the kind that a tier is for.
func (e *evidence) suits(wanted *schema.Permission, owner iam.Ref) bool {
	if e.permission.Tiers == nil {
		return true
	}
	isGroup := e.model.Type(owner.Type).Kind == schema.KindGroup
	return isGroup && wanted.Name == e.permission.Tiers.Groups || !isGroup && wanted.Name == e.permission.Tiers.Own
}

// linked reports whether an owner counts: where groups carry scopes, one of a
// tiered object has to carry the object's.
func (e *evidence) linked(ctx context.Context, owner iam.Ref) (bool, error) {
	group, found, err := e.groupRow(ctx, owner)
	if err != nil || !found || e.owned.kind.Ownership != schema.OwnershipTiered || e.model.Type(owner.Type).Carries == nil {
		return err == nil, err
	}
	return slices.Contains(e.carriedScopes(group), e.scope), nil
}
