package world

import (
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// story is what one case says, with what the file gives it, in the form that
// coverage looks at: all that was ever so, whenever it was.
type story struct {
	model     *schema.Model
	scopes    []iam.Scope
	roles     []iam.Role
	groups    []iam.Group
	grants    []grant
	questions []Question
	// parents are what objects lie in; a moved scope has several.
	parents map[iam.Ref][]iam.Ref
	// owned are the objects with owners.
	owned    map[iam.Ref]bool
	migrates bool
}

// grant is a role, as the case spells it, at a scope.
type grant struct {
	role  iam.RoleID
	scope iam.Ref
}

func newStory(model *schema.Model, given iam.World, c Case) *story {
	s := &story{model: model, parents: map[iam.Ref][]iam.Ref{}, owned: map[iam.Ref]bool{}}
	s.world(given)
	s.world(c.Given)
	for _, step := range c.When {
		s.step(step.Action)
	}
	for _, q := range c.Then {
		s.question(q)
	}
	return s
}

func (s *story) step(action Action) {
	switch action := action.(type) {
	case Apply:
		s.world(action.World)
	case Grant:
		s.give(action.Policy.Roles, action.Policy.Scope)
	case Invite:
		s.give(action.Roles, action.Scope)
	case Move:
		s.put(action.Scope, action.Parent, nil)
	case MigrateRoles:
		s.migrates = true
	}
}

// question keeps a question; one for all permissions becomes one for each that
// is wanted.
func (s *story) question(q Question) {
	if q.Kind != KindPermissions {
		s.questions = append(s.questions, q)
		return
	}
	for _, permission := range q.Exactly {
		q.Permission = permission
		s.questions = append(s.questions, q)
	}
}

func (s *story) world(w iam.World) {
	s.scopes = append(s.scopes, w.Scopes...)
	s.roles = append(s.roles, w.Roles...)
	s.groups = append(s.groups, w.Groups...)
	for _, scope := range w.Scopes {
		s.put(scope.Ref, scope.Parent, nil)
	}
	for _, account := range w.ServiceAccounts {
		ref := iam.Ref{Type: s.model.TypeOf(schema.KindServiceAccount), ID: string(account.ID)}
		s.put(ref, account.Scope, account.Owners)
	}
	for _, resource := range w.Resources {
		s.put(resource.Ref, resource.Scope, resource.Owners)
	}
	for _, policy := range w.Policies {
		s.give(policy.Roles, policy.Scope)
	}
	for _, group := range w.Groups {
		s.give(group.Roles, append(slices.Clone(group.Scopes), group.Scope)...)
	}
}

func (s *story) put(object, parent iam.Ref, owners []iam.Ref) {
	s.parents[object] = append(s.parents[object], parent)
	if len(owners) > 0 {
		s.owned[object] = true
	}
}

func (s *story) give(roles []iam.RoleID, scopes ...iam.Ref) {
	for _, role := range roles {
		for _, scope := range scopes {
			s.grants = append(s.grants, grant{role: role, scope: scope})
		}
	}
}

// objects returns what a question is about.
func (s *story) objects(q Question) []iam.Ref {
	if q.Kind != KindCanAccess {
		return []iam.Ref{q.Object}
	}
	var all []iam.Ref
	for object := range s.parents {
		if object.Type == q.Type {
			all = append(all, object)
		}
	}
	return all
}

// below reports whether an object lies, or once lay, below a scope.
func (s *story) below(object, scope iam.Ref) bool {
	// A move into the own subtree, which must be refused, makes a circle here.
	seen := map[iam.Ref]bool{}
	for queue := []iam.Ref{object}; len(queue) > 0; queue = queue[1:] {
		for _, parent := range s.parents[queue[0]] {
			if parent == scope {
				return true
			}
			if !seen[parent] {
				seen[parent] = true
				queue = append(queue, parent)
			}
		}
	}
	return false
}

// holds reports whether a role gives a permission at scopes of a type.
func (s *story) holds(g grant, permission string) bool {
	if s.model.Role(string(g.role)) != nil {
		return slices.Contains(s.model.Content(string(g.role), g.scope.Type), permission)
	}
	return slices.ContainsFunc(s.roles, func(r iam.Role) bool {
		return r.ID == g.role && slices.Contains(s.model.ExpandCustom(string(r.Base), r.Permissions, r.Except), permission)
	})
}
