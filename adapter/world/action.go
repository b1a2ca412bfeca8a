package world

import (
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Action is what a step does: one of the types below. A [Door] switches over
// them. String returns it as one line for people.
type Action interface {
	fmt.Stringer
	action()
}

// Apply makes a world so.
type Apply struct{ World iam.World }

// Grant creates a policy; a role the subject holds there already is an error.
type Grant struct{ Policy iam.Policy }

// Revoke takes roles of a subject at a scope away. The policy has no id.
type Revoke struct{ Policy iam.Policy }

// AddMembers puts subjects into a group.
type AddMembers struct {
	Group   iam.Ref
	Members []iam.Ref
}

// RemoveMembers takes subjects out of a group.
type RemoveMembers struct {
	Group   iam.Ref
	Members []iam.Ref
}

// Delete removes objects of any kind, in order. Custom roles are role:id,
// policies policy:id.
type Delete struct{ Refs []iam.Ref }

// Move puts a scope under another parent.
type Move struct{ Scope, Parent iam.Ref }

// Invite makes a user, if there is none, and a policy for it. That User is of
// the model's type of users is for the Door to check: it knows the model.
type Invite struct {
	User  iam.Ref
	Roles []iam.RoleID
	Scope iam.Ref
}

// SetStatus switches a subject on or off.
type SetStatus struct {
	Subject iam.Ref
	Status  iam.Status
}

// MigrateRoles puts the successors of replaced roles in their place.
type MigrateRoles struct{}

func (Apply) action()         {}
func (Grant) action()         {}
func (Revoke) action()        {}
func (AddMembers) action()    {}
func (RemoveMembers) action() {}
func (Delete) action()        {}
func (Move) action()          {}
func (Invite) action()        {}
func (SetStatus) action()     {}
func (MigrateRoles) action()  {}

// String returns the action as one line for people.
func (a Apply) String() string { return fmt.Sprintf("apply %d objects", a.World.Len()) }

// String returns the action as one line for people.
func (a Grant) String() string { return "grant " + policyLine(a.Policy) }

// String returns the action as one line for people.
func (a Revoke) String() string { return "revoke " + policyLine(a.Policy) }

// String returns the action as one line for people.
func (a AddMembers) String() string { return fmt.Sprintf("add_members %v %v", a.Group, a.Members) }

// String returns the action as one line for people.
func (a RemoveMembers) String() string {
	return fmt.Sprintf("remove_members %v %v", a.Group, a.Members)
}

// String returns the action as one line for people.
func (a Delete) String() string { return fmt.Sprintf("delete %v", a.Refs) }

// String returns the action as one line for people.
func (a Move) String() string { return fmt.Sprintf("move %v to %v", a.Scope, a.Parent) }

// String returns the action as one line for people.
func (a Invite) String() string { return fmt.Sprintf("invite %v %v %v", a.User, a.Roles, a.Scope) }

// String returns the action as one line for people.
func (a SetStatus) String() string { return fmt.Sprintf("set_status %v %s", a.Subject, a.Status) }

// String returns the action as one line for people.
func (MigrateRoles) String() string { return "migrate_roles" }

func policyLine(p iam.Policy) string {
	roles := make([]string, len(p.Roles))
	for i, role := range p.Roles {
		roles[i] = string(role)
	}
	return p.Subject.String() + " " + strings.Join(roles, ",") + " " + p.Scope.String()
}

// actionNames returns the keys that a step may have.
func actionNames() []string {
	return []string{
		"apply", "grant", "revoke", "add_members", "remove_members", "delete", "move", "invite", "set_status",
		"migrate_roles", "advance",
	}
}

// action reads the value of one of the action names.
func (v value) action(name string) Action {
	switch name {
	case "apply":
		return Apply{World: v.world()}
	case "grant":
		return Grant{Policy: v.policy()}
	case "revoke":
		return v.revoke()
	case "add_members":
		group, members := v.membership()
		return AddMembers{Group: group, Members: members}
	case "remove_members":
		group, members := v.membership()
		return RemoveMembers{Group: group, Members: members}
	case "delete":
		return Delete{Refs: each(v, value.requiredRef)}
	case "move":
		return v.move()
	case "invite":
		return v.invite()
	case "set_status":
		return v.setStatus()
	case "advance":
		v.refuse(ReasonNotSupported, "", "the clock comes with time-limited policies in a later version; leave advance out")
		return nil
	}
	v.record()
	return MigrateRoles{}
}

func (v value) revoke() Action {
	policy := v.record("subject", "roles", "scope").grant()
	policy.ID = ""
	return Revoke{Policy: policy}
}

func (v value) membership() (group iam.Ref, members []iam.Ref) {
	rec := v.record("group", "members")
	return rec.at("group").requiredRef(), rec.at("members").refs()
}

func (v value) move() Action {
	rec := v.record("scope", "parent")
	return Move{Scope: rec.at("scope").requiredRef(), Parent: rec.at("parent").requiredRef()}
}

func (v value) invite() Action {
	rec := v.record("user", "roles", "scope")
	return Invite{User: rec.at("user").requiredRef(), Roles: rec.at("roles").roles(), Scope: rec.at("scope").requiredRef()}
}

func (v value) setStatus() Action {
	rec := v.record("subject", "status")
	rec.at("status").required()
	return SetStatus{Subject: rec.at("subject").requiredRef(), Status: rec.at("status").status()}
}
