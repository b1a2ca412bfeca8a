package main

import (
	"context"
	"errors"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/server"
	worldfile "github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

const (
	// applied is how many objects are applied at a time.
	applied = 5000
	// pageSize is the largest page.
	pageSize = 10_000
)

// core is the adapter in this process, as a program that has Ambit as a library uses it.
type core struct {
	*server.Core
}

func openAdapter(ctx context.Context, w *world.World) (peer.Engine, error) {
	model, err := modelOf(w)
	if err != nil {
		return nil, err
	}
	opened, err := server.OpenEmbedded(ctx, model)
	if err != nil {
		return nil, err
	}
	for batch := range worldfile.Batches(rowsOf(w), applied) {
		if _, err := opened.Adapter.Apply(ctx, batch); err != nil {
			return nil, errors.Join(err, opened.Close())
		}
	}
	return core{opened}, nil
}

func request(q world.Question) adapter.CheckRequest {
	return adapter.CheckRequest{Subject: ref(q.User), Permission: q.Permission, Object: ref(q.Object)}
}

// Check is one Check of the adapter that has to see all its writes, as are all
// questions here.
func (c core) Check(ctx context.Context, q world.Question) (bool, error) {
	decision, err := c.Adapter.Check(ctx, request(q), adapter.Freshness{})
	return decision.Allowed, err
}

// CheckMany is one CheckMany with all questions.
func (c core) CheckMany(ctx context.Context, questions []world.Question) ([]bool, error) {
	requests := make([]adapter.CheckRequest, len(questions))
	for i, q := range questions {
		requests[i] = request(q)
	}
	decisions, err := c.Adapter.CheckMany(ctx, requests, adapter.Freshness{})
	answers := make([]bool, len(decisions))
	for i, decision := range decisions {
		answers[i] = decision.Allowed
	}
	return answers, err
}

// Permissions is one call; the adapter answers for all permissions of the object's
// type.
func (c core) Permissions(ctx context.Context, user, object string) ([]string, error) {
	found, _, err := c.Adapter.Permissions(ctx, ref(user), ref(object), adapter.Freshness{})
	return found, err
}

// Workspaces asks Resources for pages of 1,000 until the last.
func (c core) Workspaces(ctx context.Context, user, permission string) ([]string, error) {
	request := adapter.ResourcesRequest{Subject: ref(user), Permission: permission, Type: "workspace"}
	return pages(func(token string) ([]iam.Ref, adapter.Answered, error) {
		return c.Adapter.Resources(ctx, request, adapter.Page{Size: pageSize, Token: token}, adapter.Freshness{})
	})
}

// WhoCan asks Subjects for pages of 1,000 users until the last.
func (c core) WhoCan(ctx context.Context, permission, object string) ([]string, error) {
	request := adapter.SubjectsRequest{Permission: permission, Object: ref(object), Type: "user"}
	return pages(func(token string) ([]iam.Ref, adapter.Answered, error) {
		return c.Adapter.Subjects(ctx, request, adapter.Page{Size: pageSize, Token: token}, adapter.Freshness{})
	})
}

// pages reads a listing to its end.
func pages(next func(token string) ([]iam.Ref, adapter.Answered, error)) ([]string, error) {
	var found []string
	for token := ""; ; {
		page, answered, err := next(token)
		if err != nil {
			return nil, err
		}
		found = append(found, texts(page)...)
		if token = answered.Next; token == "" {
			return found, nil
		}
	}
}

// SetRole is one UpdateRole with the new list; the adapter knows the old one.
func (c core) SetRole(ctx context.Context, role world.Role, _ []string) error {
	_, _, err := c.Adapter.UpdateRole(ctx, iam.RoleID(role.Name), adapter.RoleChange{Permissions: &role.Permissions})
	return err
}

// Grant makes a policy of its own for each subject, role and scope.
func (c core) Grant(ctx context.Context, p world.Policy) error {
	_, _, err := c.Adapter.CreatePolicy(ctx, policyOf(p))
	return err
}

// Revoke names what Grant gave, and needs no id of a policy.
func (c core) Revoke(ctx context.Context, p world.Policy) error {
	_, err := c.Adapter.Revoke(ctx, ref(p.Subject), ref(p.Scope), []iam.RoleID{iam.RoleID(p.Role)})
	return err
}
