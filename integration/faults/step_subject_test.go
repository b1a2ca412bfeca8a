package faults

import (
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func (w *writer) createUser() (step, bool) {
	user := iam.User{ID: iam.UserID(w.id("u")), Name: "made", Email: w.id("u") + "@example.com", Status: iam.Active}
	return creating(user, userRef(user.ID), "user.create", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Users.CreateUser(ctx, &ambitv1.CreateUserRequest{User: &ambitv1.User{Id: string(user.ID), Name: user.Name, Email: user.Email}})
	}), len(w.users()) < 6
}

// switchUser turns the status of a user over.
func (w *writer) switchUser() (step, bool) {
	user, ok := pick(w, w.users())
	if user.Status == iam.Active {
		user.Status = iam.Inactive
	} else {
		user.Status = iam.Active
	}
	return creating(user, userRef(user.ID), "user.update", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Users.UpdateUser(ctx, &ambitv1.UpdateUserRequest{
			User: &ambitv1.User{Id: string(user.ID), Status: string(user.Status)}, UpdateMask: mask("status"),
		})
	}), ok
}

func (w *writer) deleteUser() (step, bool) {
	user, _ := pick(w, w.users())
	return step{
		name: "user.delete " + string(user.ID),
		call: func(ctx context.Context, c *client.Client) (receipt, error) {
			return c.Users.DeleteUser(ctx, &ambitv1.DeleteUserRequest{Id: string(user.ID)})
		},
		change: func(h holdings) []note { return h.dropUser(user.ID) },
	}, len(w.users()) > 3
}

func (w *writer) createTeam() (step, bool) {
	user, ok := pick(w, w.users())
	team := iam.Group{ID: iam.GroupID(w.id("t")), Scope: w.account(), Members: []iam.Ref{userRef(user.ID)}}
	return creating(team, teamRef(team.ID), "group.create", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Groups.CreateGroup(ctx, &ambitv1.CreateGroupRequest{
			Group: &ambitv1.Group{Id: string(team.ID), Scope: team.Scope.String(), Members: texts(team.Members)},
		})
	}), ok && len(w.teams()) < 3
}

// changeMembers puts a user into a team of this writer, or takes it out.
func (w *writer) changeMembers() (step, bool) {
	team, hasTeam := pick(w, w.teams())
	user, hasUser := pick(w, w.users())
	ref := userRef(user.ID)
	request := &ambitv1.MembersRequest{Id: string(team.ID), Members: []string{ref.String()}}
	if at := slices.Index(team.Members, ref); at >= 0 {
		team.Members = slices.Delete(slices.Clone(team.Members), at, at+1)
		return creating(team, teamRef(team.ID), "group.remove_members", func(ctx context.Context, c *client.Client) (receipt, error) {
			return c.Groups.RemoveMembers(ctx, request)
		}), hasTeam && hasUser
	}
	team.Members = append(slices.Clone(team.Members), ref)
	slices.SortFunc(team.Members, func(x, y iam.Ref) int { return strings.Compare(x.ID, y.ID) })
	return creating(team, teamRef(team.ID), "group.add_members", func(ctx context.Context, c *client.Client) (receipt, error) {
		return c.Groups.AddMembers(ctx, request)
	}), hasTeam && hasUser
}

// joinOrLeave changes a team in which all writers have members.
func (w *writer) joinOrLeave() (step, bool) {
	user, ok := pick(w, w.users())
	team := iam.GroupID("shared-" + w.account().ID)
	ref := membershipRef(team, user.ID)
	request := &ambitv1.MembersRequest{Id: string(team), Members: []string{userRef(user.ID).String()}}
	if w.held[ref] != nil {
		return step{
			name: "leave " + ref.ID,
			call: func(ctx context.Context, c *client.Client) (receipt, error) {
				return c.Groups.RemoveMembers(ctx, request)
			},
			change: func(h holdings) []note { delete(h, ref); return []note{{"group.remove_members", teamRef(team)}} },
		}, ok
	}
	return step{
		name:   "join " + ref.ID,
		call:   func(ctx context.Context, c *client.Client) (receipt, error) { return c.Groups.AddMembers(ctx, request) },
		change: func(h holdings) []note { h[ref] = true; return []note{{"group.add_members", teamRef(team)}} },
	}, ok
}

func (w *writer) deleteTeam() (step, bool) {
	team, ok := pick(w, w.teams())
	ref := teamRef(team.ID)
	return step{
		name: "group.delete " + string(team.ID),
		call: func(ctx context.Context, c *client.Client) (receipt, error) {
			return c.Groups.DeleteGroup(ctx, &ambitv1.DeleteGroupRequest{Id: string(team.ID)})
		},
		change: func(h holdings) []note {
			notes := h.dropPolicies(func(p iam.Policy) bool { return p.Subject == ref })
			delete(h, ref)
			return append(notes, note{"group.delete", ref})
		},
	}, ok && len(w.teams()) > 1
}
