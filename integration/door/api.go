package door

import (
	"context"
	"encoding/json"
	"errors"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// pageSize is small, so that lists have pages.
const pageSize = 3

// api is the API as scenarios see it.
type api struct {
	*client.Client
	model *schema.Model
	close func() error
}

// API returns a door to a server of a model. Closing the door calls end.
func API(model *schema.Model, to *client.Client, end func() error) world.Door {
	return api{Client: to, model: model, close: end}
}

// Close lets go of the server.
func (d api) Close() error { return d.close() }

// State returns the exported world.
func (d api) State(ctx context.Context) ([]byte, error) {
	exported, err := d.World.ExportWorld(ctx, &ambitv1.ExportWorldRequest{})
	if err != nil {
		return nil, err
	}
	// Not protojson, whose blanks are random.
	return json.Marshal(exported.GetWorld().AsMap())
}

// receipt is what every write answers with.
type receipt interface{ GetApplied() bool }

// applied wants SpiceDB to have taken a write.
func applied(done receipt, err error) error {
	if err == nil && !done.GetApplied() {
		err = errors.New("stored, but SpiceDB has not taken it yet")
	}
	return err
}

// Do calls the methods that carry out an action.
func (d api) Do(ctx context.Context, action world.Action) error {
	var err error
	switch action := action.(type) {
	case world.Apply:
		err = d.apply(ctx, action.World)
	case world.Grant:
		err = applied(d.Policies.CreatePolicy(ctx, &ambitv1.CreatePolicyRequest{Policy: policyMessage(action.Policy)}))
	case world.Revoke:
		policy := policyMessage(action.Policy)
		err = applied(d.Policies.RevokePolicies(ctx, &ambitv1.RevokePoliciesRequest{
			Subject: policy.GetSubject(), Roles: policy.GetRoles(), Scope: policy.GetScope(),
		}))
	case world.AddMembers:
		err = applied(d.Groups.AddMembers(ctx, &ambitv1.MembersRequest{Id: d.group(action.Group), Members: texts(action.Members)}))
	case world.RemoveMembers:
		err = applied(d.Groups.RemoveMembers(ctx, &ambitv1.MembersRequest{Id: d.group(action.Group), Members: texts(action.Members)}))
	case world.Move:
		err = applied(d.Scopes.MoveScope(ctx, &ambitv1.MoveScopeRequest{Id: text(action.Scope), Parent: text(action.Parent)}))
	case world.Invite:
		policy := policyMessage(iam.Policy{Roles: action.Roles, Scope: action.Scope})
		err = applied(d.Users.InviteUser(ctx, &ambitv1.InviteUserRequest{
			User: text(action.User), Roles: policy.GetRoles(), Scope: policy.GetScope(),
		}))
	case world.SetStatus:
		err = d.setStatus(ctx, action)
	case world.MigrateRoles:
		err = applied(d.Roles.MigrateRoles(ctx, &ambitv1.MigrateRolesRequest{}))
	case world.Delete:
		err = each(action.Refs, func(ref iam.Ref) error { return d.delete(ctx, ref) })
	default:
		err = unknown(action)
	}
	return err
}

func (d api) apply(ctx context.Context, w iam.World) error {
	text, err := world.FormatJSON(w, nil)
	if err != nil {
		return err
	}
	message := &structpb.Struct{}
	if err := message.UnmarshalJSON(text); err != nil {
		return err
	}
	err = applied(d.World.ApplyWorld(ctx, &ambitv1.ApplyWorldRequest{World: message}))
	return err
}

// group is the id of a group. What is no group keeps its type, so that there is
// no such group: the API has no place to say it.
func (d api) group(ref iam.Ref) string {
	if ref.Type != d.model.TypeOf(schema.KindGroup) {
		return text(ref)
	}
	return ref.ID
}

func (d api) setStatus(ctx context.Context, action world.SetStatus) error {
	id, status, mask := action.Subject.ID, string(action.Status), &fieldmaskpb.FieldMask{Paths: []string{"status"}}
	switch kindOf(d.model, action.Subject) {
	case schema.KindUser:
		err := applied(d.Users.UpdateUser(ctx, &ambitv1.UpdateUserRequest{User: &ambitv1.User{Id: id, Status: status}, UpdateMask: mask}))
		return err
	case schema.KindServiceAccount:
		account := &ambitv1.ServiceAccount{Id: id, Status: status}
		err := applied(d.ServiceAccounts.UpdateServiceAccount(ctx, &ambitv1.UpdateServiceAccountRequest{ServiceAccount: account, UpdateMask: mask}))
		return err
	}
	return unknown(action)
}

func (d api) delete(ctx context.Context, ref iam.Ref) (err error) {
	switch kindOf(d.model, ref) {
	case schema.KindUser:
		err = applied(d.Users.DeleteUser(ctx, &ambitv1.DeleteUserRequest{Id: ref.ID}))
	case schema.KindServiceAccount:
		err = applied(d.ServiceAccounts.DeleteServiceAccount(ctx, &ambitv1.DeleteServiceAccountRequest{Id: ref.ID}))
	case schema.KindGroup:
		err = applied(d.Groups.DeleteGroup(ctx, &ambitv1.DeleteGroupRequest{Id: ref.ID}))
	case schema.KindScope:
		err = applied(d.Scopes.DeleteScope(ctx, &ambitv1.DeleteScopeRequest{Id: text(ref)}))
	case schema.KindResource:
		err = applied(d.Client.Resources.DeleteResource(ctx, &ambitv1.DeleteResourceRequest{Id: text(ref)}))
	case kindRole:
		err = applied(d.Roles.DeleteRole(ctx, &ambitv1.DeleteRoleRequest{Id: ref.ID}))
	case kindPolicy:
		err = applied(d.Policies.DeletePolicy(ctx, &ambitv1.DeletePolicyRequest{Id: ref.ID}))
	default:
		err = unknown(world.Delete{Refs: []iam.Ref{ref}})
	}
	return err
}

// Check asks with the default freshness, which has seen every step.
func (d api) Check(ctx context.Context, subject iam.Ref, permission string, object iam.Ref) (world.Answer, error) {
	answer, err := d.Access.Check(ctx, &ambitv1.CheckRequest{Subject: text(subject), Permission: permission, Object: text(object)})
	return world.Answer{Allowed: answer.GetAllowed(), Reason: answer.GetReason()}, err
}

// Permissions returns all of them.
func (d api) Permissions(ctx context.Context, subject, object iam.Ref) ([]string, error) {
	answer, err := d.Access.Permissions(ctx, &ambitv1.PermissionsRequest{Subject: text(subject), Object: text(object)})
	return answer.GetPermissions(), err
}

// Resources returns all pages.
func (d api) Resources(ctx context.Context, subject iam.Ref, permission, typeName string) ([]iam.Ref, error) {
	return pages(func(token string) ([]string, string, error) {
		answer, err := d.Access.Resources(ctx, &ambitv1.ResourcesRequest{
			Subject: text(subject), Permission: permission, Type: typeName, PageSize: pageSize, PageToken: token,
		})
		return answer.GetResources(), answer.GetNextPageToken(), err
	})
}

// Subjects returns all pages.
func (d api) Subjects(ctx context.Context, permission string, object iam.Ref) ([]iam.Ref, error) {
	return pages(func(token string) ([]string, string, error) {
		answer, err := d.Access.Subjects(ctx, &ambitv1.SubjectsRequest{
			Permission: permission, Object: text(object), PageSize: pageSize, PageToken: token,
		})
		return answer.GetSubjects(), answer.GetNextPageToken(), err
	})
}

// pages fetches until there is no next page.
func pages(fetch func(token string) ([]string, string, error)) ([]iam.Ref, error) {
	var all []string
	for token := ""; ; {
		found, next, err := fetch(token)
		if err != nil {
			return nil, err
		}
		if all, token = append(all, found...), next; next == "" {
			return refs(all)
		}
	}
}

func policyMessage(p iam.Policy) *ambitv1.Policy {
	message := &ambitv1.Policy{Id: string(p.ID), Subject: text(p.Subject), Scope: text(p.Scope)}
	for _, role := range p.Roles {
		message.Roles = append(message.Roles, string(role))
	}
	return message
}
