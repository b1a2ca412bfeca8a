package main

import (
	"context"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// Check is one Check over gRPC, without a token: it sees all that this server
// acknowledged.
func (s *served) Check(ctx context.Context, q world.Question) (bool, error) {
	response, err := s.Access.Check(ctx, &ambitv1.CheckRequest{Subject: q.User, Permission: q.Permission, Object: q.Object})
	return response.GetAllowed(), err
}

// CheckMany sends all questions in one CheckMany.
func (s *served) CheckMany(ctx context.Context, questions []world.Question) ([]bool, error) {
	request := &ambitv1.CheckManyRequest{}
	for _, q := range questions {
		request.Items = append(request.Items, &ambitv1.Question{Subject: q.User, Permission: q.Permission, Object: q.Object})
	}
	response, err := s.Access.CheckMany(ctx, request)
	if err != nil {
		return nil, err
	}
	var answers []bool
	for _, result := range response.GetResults() {
		answers = append(answers, result.GetAllowed())
	}
	return answers, nil
}

// Permissions is one call for all permissions.
func (s *served) Permissions(ctx context.Context, user, object string) ([]string, error) {
	response, err := s.Access.Permissions(ctx, &ambitv1.PermissionsRequest{Subject: user, Object: object})
	return response.GetPermissions(), err
}

// Workspaces asks Resources for pages of 1,000: one request for each.
func (s *served) Workspaces(ctx context.Context, user, permission string) ([]string, error) {
	request := &ambitv1.ResourcesRequest{Subject: user, Permission: permission, Type: "workspace", PageSize: pageSize}
	var found []string
	for {
		response, err := s.Access.Resources(ctx, request)
		if err != nil {
			return nil, err
		}
		found = append(found, response.GetResources()...)
		if request.PageToken = response.GetNextPageToken(); request.GetPageToken() == "" {
			return found, nil
		}
	}
}

// WhoCan asks Subjects for pages of 1,000 users: one request for each.
func (s *served) WhoCan(ctx context.Context, permission, object string) ([]string, error) {
	request := &ambitv1.SubjectsRequest{Permission: permission, Object: object, Type: "user", PageSize: pageSize}
	var found []string
	for {
		response, err := s.Access.Subjects(ctx, request)
		if err != nil {
			return nil, err
		}
		found = append(found, response.GetSubjects()...)
		if request.PageToken = response.GetNextPageToken(); request.GetPageToken() == "" {
			return found, nil
		}
	}
}

// SetRole is one UpdateRole whose mask names the permissions only.
func (s *served) SetRole(ctx context.Context, role world.Role, _ []string) error {
	_, err := s.Roles.UpdateRole(ctx, &ambitv1.UpdateRoleRequest{
		Role:       &ambitv1.Role{Id: role.Name, Permissions: role.Permissions},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"permissions"}},
	})
	return err
}

// Grant is one CreatePolicy with one role.
func (s *served) Grant(ctx context.Context, p world.Policy) error {
	_, err := s.Policies.CreatePolicy(ctx, &ambitv1.CreatePolicyRequest{
		Policy: &ambitv1.Policy{Subject: p.Subject, Roles: []string{p.Role}, Scope: p.Scope},
	})
	return err
}

// Revoke is one RevokePolicies with one role.
func (s *served) Revoke(ctx context.Context, p world.Policy) error {
	_, err := s.Policies.RevokePolicies(ctx, &ambitv1.RevokePoliciesRequest{Subject: p.Subject, Roles: []string{p.Role}, Scope: p.Scope})
	return err
}
