package main

import (
	"context"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

func (s *served) Check(ctx context.Context, q world.Question) (bool, error) {
	response, err := s.Access.Check(ctx, &ambitv1.CheckRequest{Subject: q.User, Permission: q.Permission, Object: q.Object})
	return response.GetAllowed(), err
}

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

func (s *served) Permissions(ctx context.Context, user, object string) ([]string, error) {
	response, err := s.Access.Permissions(ctx, &ambitv1.PermissionsRequest{Subject: user, Object: object})
	return response.GetPermissions(), err
}

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

func (s *served) SetRole(ctx context.Context, role world.Role, _ []string) error {
	_, err := s.Roles.UpdateRole(ctx, &ambitv1.UpdateRoleRequest{
		Role:       &ambitv1.Role{Id: role.Name, Permissions: role.Permissions},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"permissions"}},
	})
	return err
}

func (s *served) Grant(ctx context.Context, p world.Policy) error {
	_, err := s.Policies.CreatePolicy(ctx, &ambitv1.CreatePolicyRequest{
		Policy: &ambitv1.Policy{Subject: p.Subject, Roles: []string{p.Role}, Scope: p.Scope},
	})
	return err
}

func (s *served) Revoke(ctx context.Context, p world.Policy) error {
	_, err := s.Policies.RevokePolicies(ctx, &ambitv1.RevokePoliciesRequest{Subject: p.Subject, Roles: []string{p.Role}, Scope: p.Scope})
	return err
}
