package faults

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// look returns what is stored under a reference, nil for nothing.
func look(ctx context.Context, c *client.Client, ref iam.Ref) (any, error) {
	value, err := fetch(ctx, c, ref)
	if iam.CodeOf(err) == iam.NotFound {
		return nil, nil
	}
	return value, err
}

func fetch(ctx context.Context, c *client.Client, ref iam.Ref) (any, error) {
	switch ref.Type {
	case typeUser:
		return converted(userOf)(c.Users.GetUser(ctx, &ambitv1.GetUserRequest{Id: ref.ID}))
	case typeRole:
		return converted(roleOf)(c.Roles.GetRole(ctx, &ambitv1.GetRoleRequest{Id: ref.ID}))
	case typeTeam:
		return converted(teamOf)(c.Groups.GetGroup(ctx, &ambitv1.GetGroupRequest{Id: ref.ID}))
	case typePolicy:
		return converted(policyOf)(c.Policies.GetPolicy(ctx, &ambitv1.GetPolicyRequest{Id: ref.ID}))
	case typeMembership:
		team, user := membershipOf(ref)
		found, err := c.Groups.GetGroup(ctx, &ambitv1.GetGroupRequest{Id: string(team)})
		if err != nil || !slices.Contains(found.GetMembers(), userRef(user).String()) {
			return nil, err
		}
		return true, nil
	}
	return converted(scopeOf)(c.Scopes.GetScope(ctx, &ambitv1.GetScopeRequest{Id: ref.String()}))
}

func converted[Message, Row any](convert func(Message) Row) func(Message, error) (any, error) {
	return func(message Message, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		return convert(message), nil
	}
}

func userOf(m *ambitv1.User) iam.User {
	return iam.User{ID: iam.UserID(m.GetId()), Name: m.GetName(), Email: m.GetEmail(), Status: iam.Status(m.GetStatus())}
}

func scopeOf(m *ambitv1.Scope) iam.Scope {
	return iam.Scope{Ref: refOf(m.GetId()), Parent: refOf(m.GetParent()), Name: m.GetName(), Isolated: m.GetIsolated()}
}

func roleOf(m *ambitv1.Role) iam.Role {
	return iam.Role{
		ID: iam.RoleID(m.GetId()), Scope: refOf(m.GetScope()), Name: m.GetName(), Description: m.GetDescription(),
		Base: iam.RoleID(m.GetBase()), Permissions: m.GetPermissions(), Except: m.GetExcept(),
	}
}

func teamOf(m *ambitv1.Group) iam.Group {
	return iam.Group{ID: iam.GroupID(m.GetId()), Scope: refOf(m.GetScope()), Name: m.GetName(), Members: each(m.GetMembers(), refOf)}
}

func policyOf(m *ambitv1.Policy) iam.Policy {
	return iam.Policy{
		ID: iam.PolicyID(m.GetId()), Subject: refOf(m.GetSubject()), Scope: refOf(m.GetScope()),
		Roles: each(m.GetRoles(), func(id string) iam.RoleID { return iam.RoleID(id) }),
	}
}

// refOf reads a reference that a server sent; "" is none.
func refOf(text string) iam.Ref {
	ref, err := iam.ParseRef("", text)
	if err != nil {
		return iam.Ref{}
	}
	return ref
}

func each[From, To any](list []From, convert func(From) To) []To {
	out := make([]To, len(list))
	for i, item := range list {
		out[i] = convert(item)
	}
	return out
}

func texts(refs []iam.Ref) []string { return each(refs, iam.Ref.String) }

// export returns all that is stored.
func export(ctx context.Context, c *client.Client, model *schema.Model) (iam.World, error) {
	answer, err := c.World.ExportWorld(ctx, &ambitv1.ExportWorldRequest{})
	if err != nil {
		return iam.World{}, err
	}
	text, err := answer.GetWorld().MarshalJSON()
	if err != nil {
		return iam.World{}, fmt.Errorf("read the exported world: %w", err)
	}
	return world.Parse("export", text, model)
}

// apply makes a world so.
func apply(ctx context.Context, c *client.Client, model *schema.Model, w iam.World) (receipt, error) {
	text, err := world.FormatJSON(w, model)
	if err != nil {
		return nil, fmt.Errorf("write a world: %w", err)
	}
	message := &structpb.Struct{}
	if err := message.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("write a world: %w", err)
	}
	return c.World.ApplyWorld(ctx, &ambitv1.ApplyWorldRequest{World: message})
}

// receipt confirms a write.
type receipt interface {
	GetToken() string
	GetApplied() bool
}
