package translate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Role returns what a custom role holds: one tuple for each permission and
// type of subjects. Permissions that hold nowhere have none.
func (t *Translator) Role(role iam.Role) []rel.Tuple {
	self := rel.Object{Type: schema.DefinitionRole, ID: rel.EncodeID(string(role.ID))}
	return t.content(self, t.model.ExpandCustom(string(role.Base), role.Permissions, role.Except))
}

// SystemRoles returns what the roles of the model hold.
func (t *Translator) SystemRoles() []rel.Tuple {
	var tuples []rel.Tuple
	for _, role := range t.model.Roles {
		for _, variant := range t.model.Variants(role.ID) {
			self := roleObject(iam.RoleID(role.ID), variant)
			tuples = append(tuples, t.content(self, t.model.SystemContent(role, variant))...)
		}
	}
	return tuples
}

func (t *Translator) content(role rel.Object, permissions []string) []rel.Tuple {
	var tuples []rel.Tuple
	for _, name := range permissions {
		if relation, ok := t.relations[name]; ok {
			tuples = append(tuples, t.wildcards(role, relation)...)
		}
	}
	return tuples
}

// roleObject names a role in SpiceDB; a role whose content differs by scope
// type is one object for each (rule 4).
func roleObject(id iam.RoleID, variant string) rel.Object {
	encoded := rel.EncodeID(string(id))
	if variant != "" {
		encoded = joinID(encoded, variant)
	}
	return rel.Object{Type: schema.DefinitionRole, ID: encoded}
}

// BindingObject names the binding of a role at a scope.
func BindingObject(scope iam.Ref, role iam.RoleID) rel.Object {
	return rel.Object{
		Type: schema.DefinitionBinding,
		ID:   joinID(scope.Type, rel.EncodeID(scope.ID), rel.EncodeID(string(role))),
	}
}

// BindingOf returns the scope and the role that a binding id is made of.
func BindingOf(id string) (iam.Ref, iam.RoleID, error) {
	parts := strings.Split(id, idSeparator)
	if len(parts) != 3 {
		return iam.Ref{}, "", fmt.Errorf("binding id %q is not type/scope/role", id)
	}
	scope, err := rel.DecodeID(parts[1])
	if err != nil {
		return iam.Ref{}, "", fmt.Errorf("binding id %q: %w", id, err)
	}
	role, err := rel.DecodeID(parts[2])
	if err != nil {
		return iam.Ref{}, "", fmt.Errorf("binding id %q: %w", id, err)
	}
	return iam.Ref{Type: parts[0], ID: scope}, iam.RoleID(role), nil
}

// Binding returns the tuples of all subjects that hold a role at a scope, as
// far as they are active. Without an active subject there is no binding.
func (t *Translator) Binding(scope iam.Ref, role iam.RoleID, subjects []iam.Ref, active Active) []rel.Tuple {
	self := BindingObject(scope, role)
	var tuples []rel.Tuple
	for _, subject := range subjects {
		if active(subject) {
			tuples = append(tuples, t.subjectTuple(self, schema.RelationSubject, subject))
		}
	}
	if len(tuples) == 0 {
		return nil
	}
	return append(tuples,
		rel.Tuple{Resource: self, Relation: schema.RelationRole, Subject: roleObject(role, t.variant(role, scope.Type))},
		rel.Tuple{Resource: Object(scope), Relation: t.bindingRelation(role), Subject: self})
}

func (t *Translator) variant(role iam.RoleID, scopeType string) string {
	if slices.Contains(t.model.Variants(string(role)), scopeType) {
		return scopeType
	}
	return ""
}

func (t *Translator) bindingRelation(role iam.RoleID) string {
	if t.model.RoleInherits(string(role)) {
		return schema.RelationBinding
	}
	return schema.RelationLocalBinding
}
