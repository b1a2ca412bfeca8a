package world

import (
	"bytes"
	"encoding/json"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Format writes a world as a file that [Parse] reads back: one object per
// line, long ones one key per line. Empty fields, the status active and ids of
// policies that follow from their content are left out; so are tenants and
// stamps, which are not part of a file. The model tells the aliases of roles,
// on which derived ids depend; nil: there are none.
//
// Without its status an active subject is as in a file that says nothing about
// it: where it exists and is inactive, it stays so. [FormatJSON] keeps it.
//
// The error is INVALID_ARGUMENT: a text that is not UTF-8.
func Format(w iam.World, model *schema.Model) ([]byte, error) {
	return write(&printer{}, w, model)
}

func write(p *printer, w iam.World, model *schema.Model) ([]byte, error) {
	section(p, "scopes", w.Scopes, scopeFields)
	section(p, "users", w.Users, p.userFields)
	section(p, "service_accounts", w.ServiceAccounts, p.serviceAccountFields)
	section(p, "groups", w.Groups, groupFields)
	section(p, "roles", w.Roles, roleFields)
	section(p, "policies", w.Policies, func(policy iam.Policy) []field { return policyFields(policy, model) })
	section(p, "resources", w.Resources, resourceFields)
	if p.err != nil {
		return nil, p.err
	}
	if p.Len() == 0 {
		return []byte("{}\n"), nil
	}
	return bytes.Clone(p.Bytes()), nil
}

// section writes the objects of one noun.
func section[T any](p *printer, name string, rows []T, fields func(T) []field) {
	if len(rows) == 0 {
		return
	}
	p.WriteString(name + ":\n")
	for _, row := range rows {
		p.object(fields(row))
	}
}

func scopeFields(s iam.Scope) []field {
	fields := []field{text("id", s.Ref.String()), text("parent", s.Parent.String()), text("name", s.Name)}
	if s.Isolated {
		fields = append(fields, field{key: "isolated", plain: "true"})
	}
	return fields
}

func (p *printer) userFields(u iam.User) []field {
	return []field{text("id", string(u.ID)), text("name", u.Name), text("email", u.Email), p.status(u.Status)}
}

func (p *printer) serviceAccountFields(s iam.ServiceAccount) []field {
	return []field{
		text("id", string(s.ID)), text("scope", s.Scope.String()), text("name", s.Name),
		refList("owners", s.Owners), p.status(s.Status),
	}
}

func groupFields(g iam.Group) []field {
	return []field{
		text("id", string(g.ID)), text("scope", g.Scope.String()), text("name", g.Name),
		refList("members", g.Members), list("roles", g.Roles), refList("scopes", g.Scopes),
	}
}

func roleFields(r iam.Role) []field {
	return []field{
		text("id", string(r.ID)), text("scope", r.Scope.String()), text("name", r.Name),
		text("description", r.Description), text("base", string(r.Base)),
		list("permissions", r.Permissions), list("except", r.Except),
	}
}

func policyFields(policy iam.Policy, model *schema.Model) []field {
	roles := canonicalRoles(model, policy.Roles)
	if roles == nil {
		// The key is required.
		roles = []iam.RoleID{}
	}
	fields := []field{text("subject", policy.Subject.String()), list("roles", roles), text("scope", policy.Scope.String())}
	if policy.ID == "" || policy.ID == iam.DerivedPolicyID(policy.Subject, policy.Scope, roles) {
		return fields
	}
	return slices.Insert(fields, 0, text("id", string(policy.ID)))
}

func resourceFields(r iam.Resource) []field {
	return []field{
		text("id", r.Ref.String()), text("scope", r.Scope.String()), text("name", r.Name), refList("owners", r.Owners),
	}
}

func (p *printer) status(s iam.Status) field {
	if s == iam.Active && !p.statuses {
		s = ""
	}
	return text("status", string(s))
}

func refList(key string, refs []iam.Ref) field {
	if refs == nil {
		return field{key: key}
	}
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = ref.String()
	}
	return list(key, texts)
}

// FormatJSON writes a world in JSON, for programs. It writes the status active
// out where the world has it: a program hands worlds on, and one that says
// active must not become one that says nothing.
func FormatJSON(w iam.World, model *schema.Model) ([]byte, error) {
	text, err := write(&printer{statuses: true}, w, model)
	if err != nil {
		return nil, err
	}
	var content map[string]any
	if err := yaml.Unmarshal(text, &content); err != nil {
		return nil, iam.Failed("write the world as JSON", err)
	}
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return nil, iam.Failed("write the world as JSON", err)
	}
	return append(data, '\n'), nil
}
