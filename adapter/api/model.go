package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/schema"
)

type modelHandler struct {
	ambitv1.UnimplementedModelServiceServer
	core
}

// GetModel returns what the server was started with; it stays the same until a
// restart, and there is no error.
func (h modelHandler) GetModel(context.Context, *ambitv1.GetModelRequest) (*ambitv1.Model, error) {
	model := h.adapter.Model()
	return &ambitv1.Model{
		Name:        model.Name,
		Version:     int32(model.Version),
		Title:       model.Title,
		Description: model.Description,
		Types:       each(model.TypeNames(), func(name string) *ambitv1.ModelType { return typeMessage(model.Type(name)) }),
		Permissions: each(model.Permissions, permissionMessage),
		Patterns:    each(model.Patterns, patternMessage),
		Policies: &ambitv1.PolicyRules{
			Subjects: model.Policies.Subjects,
			At:       model.PolicyTypes(),
			MaxRoles: int32(model.Policies.MaxRoles),
		},
		CustomRoles: customRolesMessage(model.CustomRoles),
	}, nil
}

// GetSchema returns the text that the model compiles to. SpiceDB is not asked
// what it has.
func (h modelHandler) GetSchema(context.Context, *ambitv1.GetSchemaRequest) (*ambitv1.GetSchemaResponse, error) {
	return &ambitv1.GetSchemaResponse{Schema: h.adapter.Schema()}, nil
}

func typeMessage(t *schema.Type) *ambitv1.ModelType {
	message := &ambitv1.ModelType{
		Name:         t.Name,
		Kind:         string(t.Kind),
		Description:  t.Description,
		In:           t.In,
		Isolatable:   t.Isolatable,
		Members:      t.Members,
		NestedGroups: int32(t.NestedGroups),
		Owners:       t.Owners,
		Ownership:    string(t.Ownership),
		Bypass:       t.Bypass,
		IdCase:       t.IDCase,
		IdPattern:    t.IDPattern,
	}
	if t.Carries != nil {
		message.Carries = t.Carries.Scopes
	}
	return message
}

func permissionMessage(p *schema.Permission) *ambitv1.ModelPermission {
	return &ambitv1.ModelPermission{
		Name:        p.Name,
		Description: p.Description,
		At:          p.At,
		Needs:       p.Needs,
		InheritIf:   p.InheritIf,
		AnyRole:     p.AnyRole,
		FromBelow:   p.FromBelow,
		AliasOf:     p.AliasOf,
		Derived:     p.Derived(),
	}
}

func patternMessage(p *schema.Pattern) *ambitv1.ModelPattern {
	return &ambitv1.ModelPattern{Name: p.Name, Description: p.Description, At: p.At}
}

func customRolesMessage(rules *schema.CustomRoleRules) *ambitv1.CustomRoleRules {
	if rules == nil {
		return nil
	}
	return &ambitv1.CustomRoleRules{
		In:         rules.In,
		Inherits:   rules.Inherits == nil || *rules.Inherits,
		InUse:      string(rules.InUse),
		Pattern:    rules.Pattern,
		AllowEmpty: rules.AllowEmpty,
	}
}
