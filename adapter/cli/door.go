package cli

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// door is the Go API as scenarios see it.
type door struct {
	core  *adapter.Adapter
	close func() error
}

// NewDoor returns a door to an adapter in this process. Closing the door calls
// end.
func NewDoor(core *adapter.Adapter, end func() error) world.Door {
	return door{core: core, close: end}
}

// Close lets go of the adapter.
func (d door) Close() error { return d.close() }

// State returns the export.
func (d door) State(ctx context.Context) ([]byte, error) {
	w, err := d.core.Export(ctx, iam.Ref{})
	if err != nil {
		return nil, err
	}
	return world.Format(w, d.core.Model())
}

// Do calls the use case of an action.
func (d door) Do(ctx context.Context, action world.Action) error {
	var err error
	switch action := action.(type) {
	case world.Apply:
		_, err = d.core.Apply(ctx, action.World)
	case world.Grant:
		_, _, err = d.core.CreatePolicy(ctx, action.Policy)
	case world.Revoke:
		_, err = d.core.Revoke(ctx, action.Policy.Subject, action.Policy.Scope, action.Policy.Roles)
	case world.Delete:
		_, err = d.core.Delete(ctx, action.Refs)
	case world.Move:
		_, _, err = d.core.MoveScope(ctx, action.Scope, action.Parent)
	case world.Invite:
		err = d.invite(ctx, action)
	case world.MigrateRoles:
		_, _, err = d.core.MigrateRoles(ctx)
	case world.AddMembers, world.RemoveMembers:
		err = d.members(ctx, action)
	case world.SetStatus:
		err = d.setStatus(ctx, action)
	}
	return err
}

// members adds or removes. References name the type of a group, the use cases
// only its id, so that the type is looked at here.
func (d door) members(ctx context.Context, action world.Action) error {
	change, group, members := d.core.AddMembers, iam.Ref{}, []iam.Ref(nil)
	switch action := action.(type) {
	case world.AddMembers:
		group, members = action.Group, action.Members
	case world.RemoveMembers:
		change, group, members = d.core.RemoveMembers, action.Group, action.Members
	}
	if group.Type != d.core.Model().TypeOf(schema.KindGroup) {
		return iam.Invalid("TYPE_NOT_ALLOWED", "group", group.String(), "is no group")
	}
	_, _, err := change(ctx, iam.GroupID(group.ID), members)
	return err
}

// invite looks at the type of the user, of which the use case sees only the id.
func (d door) invite(ctx context.Context, action world.Invite) error {
	if action.User.Type != d.core.Model().TypeOf(schema.KindUser) {
		return iam.Invalid("TYPE_NOT_ALLOWED", "user", action.User.String(), "only users can be invited")
	}
	_, _, err := d.core.Invite(ctx, iam.User{ID: iam.UserID(action.User.ID)}, action.Scope, action.Roles)
	return err
}

// setStatus chooses the use case by the type of the subject.
func (d door) setStatus(ctx context.Context, action world.SetStatus) error {
	id, status := action.Subject.ID, action.Status
	switch action.Subject.Type {
	case d.core.Model().TypeOf(schema.KindUser):
		_, _, err := d.core.UpdateUser(ctx, iam.UserID(id), adapter.UserChange{Status: &status})
		return err
	case d.core.Model().TypeOf(schema.KindServiceAccount):
		_, _, err := d.core.UpdateServiceAccount(ctx, iam.ServiceAccountID(id), adapter.ServiceAccountChange{Status: &status})
		return err
	}
	return iam.Invalid("TYPE_NOT_ALLOWED", "subject", action.Subject.String(), "only users and service accounts have a status")
}

// both puts a question to SpiceDB and, if there is one, to the index, which has
// seen every step. They must not differ.
func both[T any](ctx context.Context, d door, ask func(at adapter.Freshness) (T, error)) (T, error) {
	theirs, err := ask(adapter.Freshness{Full: true})
	if err != nil {
		return theirs, err
	}
	switch err := d.core.Settle(ctx); {
	case iam.ReasonOf(err) == "INDEX_OFF":
		return theirs, nil
	case err != nil:
		return theirs, err
	}
	mine, err := ask(adapter.Freshness{})
	if err == nil && !reflect.DeepEqual(mine, theirs) {
		err = fmt.Errorf("the index says %v and SpiceDB %v", mine, theirs)
	}
	return theirs, err
}

// Check asks both evaluators.
func (d door) Check(ctx context.Context, subject iam.Ref, permission string, object iam.Ref) (world.Answer, error) {
	question := adapter.CheckRequest{Subject: subject, Permission: permission, Object: object}
	return both(ctx, d, func(at adapter.Freshness) (world.Answer, error) {
		decision, err := d.core.Check(ctx, question, at)
		return world.Answer{Allowed: decision.Allowed, Reason: string(decision.Reason)}, err
	})
}

// Permissions returns all of them.
func (d door) Permissions(ctx context.Context, subject, object iam.Ref) ([]string, error) {
	return both(ctx, d, func(at adapter.Freshness) ([]string, error) {
		permissions, _, err := d.core.Permissions(ctx, subject, object, at)
		return append([]string{}, permissions...), err
	})
}

// Resources returns all pages.
func (d door) Resources(ctx context.Context, subject iam.Ref, permission, typeName string) ([]iam.Ref, error) {
	query := adapter.ResourcesRequest{Subject: subject, Permission: permission, Type: typeName}
	return both(ctx, d, func(at adapter.Freshness) ([]iam.Ref, error) {
		return allPages(func(page adapter.Page) ([]iam.Ref, adapter.Answered, error) {
			return d.core.Resources(ctx, query, page, at)
		})
	})
}

// Subjects returns all pages.
func (d door) Subjects(ctx context.Context, permission string, object iam.Ref) ([]iam.Ref, error) {
	query := adapter.SubjectsRequest{Permission: permission, Object: object}
	return both(ctx, d, func(at adapter.Freshness) ([]iam.Ref, error) {
		return allPages(func(page adapter.Page) ([]iam.Ref, adapter.Answered, error) {
			return d.core.Subjects(ctx, query, page, at)
		})
	})
}

// allPages fetches until there is no next page, and sorts.
func allPages(fetch func(adapter.Page) ([]iam.Ref, adapter.Answered, error)) ([]iam.Ref, error) {
	var all []iam.Ref
	page := adapter.Page{Size: pageSize}
	for {
		refs, answered, err := fetch(page)
		if err != nil {
			return nil, err
		}
		all = append(all, refs...)
		if page.Token = answered.Next; page.Token == "" {
			slices.SortFunc(all, func(x, y iam.Ref) int { return strings.Compare(x.String(), y.String()) })
			return all, nil
		}
	}
}
