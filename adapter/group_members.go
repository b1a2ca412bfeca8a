package adapter

import (
	"context"
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// UpdateGroup changes a group. Its scope is fixed.
//
// Errors: those of CreateGroup, but for ALREADY_EXISTS; NOT_FOUND for the
// group; ABORTED for an old Revision.
func (a *Adapter) UpdateGroup(ctx context.Context, id iam.GroupID, update GroupChange) (iam.Group, Receipt, error) {
	return a.changeGroup(ctx, id, "group.update", func(group *iam.Group) error {
		if err := checkRevision(update.Revision, group.Revision); err != nil {
			return err
		}
		set(&group.Name, update.Name)
		set(&group.Members, update.Members)
		set(&group.Roles, update.Roles)
		set(&group.Scopes, update.Scopes)
		return nil
	})
}

// changeGroup reads a group under lock, lets edit alter it, and writes it.
func (a *Adapter) changeGroup(ctx context.Context, id iam.GroupID, action string, edit func(*iam.Group) error) (iam.Group, Receipt, error) {
	var saved iam.Group
	receipt, err := a.write(ctx, func(c *change) error {
		group, err := c.lockedGroup(ctx, id)
		if err != nil {
			return err
		}
		if err := edit(&group); err != nil {
			return err
		}
		saved, err = c.putGroup(ctx, group, action)
		return err
	})
	return saved, receipt, err
}

func (c *change) lockedGroup(ctx context.Context, id iam.GroupID) (iam.Group, error) {
	return groupNoun().locked(ctx, c.tx, "id", id)
}

// AddMembers puts subjects into a group. Those who are in it already stay.
//
// Errors: those of UpdateGroup, but for ABORTED; INVALID_ARGUMENT, reason
// REQUIRED, for no member.
func (a *Adapter) AddMembers(ctx context.Context, id iam.GroupID, members []iam.Ref) (iam.Group, Receipt, error) {
	if len(members) == 0 {
		return iam.Group{}, Receipt{}, iam.Invalid("REQUIRED", "members", "", "name at least one member")
	}
	return a.changeGroup(ctx, id, "group.add_members", func(group *iam.Group) error {
		// Those who come are first, so that an error counts as the caller does.
		group.Members = slices.Concat(members, group.Members)
		return nil
	})
}

// RemoveMembers takes subjects out of a group, all or none.
//
// Errors: NOT_FOUND for the group, and with reason NOT_A_MEMBER for who is not in
// it; INVALID_ARGUMENT, reason REQUIRED, for no member.
func (a *Adapter) RemoveMembers(ctx context.Context, id iam.GroupID, members []iam.Ref) (iam.Group, Receipt, error) {
	if len(members) == 0 {
		return iam.Group{}, Receipt{}, iam.Invalid("REQUIRED", "members", "", "name at least one member")
	}
	return a.changeGroup(ctx, id, "group.remove_members", func(group *iam.Group) error {
		left := slices.Clone(group.Members)
		for i, member := range members {
			at := slices.Index(left, member)
			if at < 0 {
				return (&iam.Error{Code: iam.NotFound, Reason: "NOT_A_MEMBER", Value: member.String(),
					Message: "is not in the group " + string(id)}).At(fmt.Sprintf("members[%d]", i))
			}
			left = slices.Delete(left, at, at+1)
		}
		group.Members = left
		return nil
	})
}

// DeleteGroup removes a group with all policies that name it, and from all that
// it owns. An object whose last owner it was is owned by nobody.
//
// A revision other than 0 must be the group's present one, else ABORTED. Other
// errors: NOT_FOUND; FAILED_PRECONDITION, reason OWNER_IN_USE, if it owns what
// must keep its owners.
func (a *Adapter) DeleteGroup(ctx context.Context, id iam.GroupID, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error { return c.dropGroup(ctx, id, revision) })
}

// Group returns a group, or NOT_FOUND.
func (a *Adapter) Group(ctx context.Context, id iam.GroupID) (iam.Group, error) {
	return groupNoun().read(ctx, a.store, id)
}

// Groups lists groups in pages, ordered by id.
//
// The text is the token of the next page, empty after the last. Errors: those
// of Scopes, but for ABORTED.
func (a *Adapter) Groups(ctx context.Context, filter GroupFilter, page Page) ([]iam.Group, string, error) {
	err := a.checkFilter(inScope("tenant", filter.Tenant), inScope("scope", filter.Scope),
		inScope("carries", filter.Carries), bySubject("member", filter.Member))
	if err != nil {
		return nil, "", err
	}
	return groupNoun().list(ctx, a.store, filter, page)
}
