package world

import (
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Coverage says what of a model the cases of some files touch.
type Coverage struct {
	// Model is the name of the model.
	Model string
	// Permissions are those that no question names.
	Permissions []string
	// Roles are the system roles that no case gives at a scope type where they
	// may be given.
	Roles []RoleAt
	// Rules are those that the model uses and no case touches, with the number
	// that the design gives them.
	Rules []string
	// AllPermissions, AllRoles and AllRules are how many there are, touched or
	// not.
	AllPermissions int
	AllRoles       int
	AllRules       int
}

// RoleAt is a role at a scope type.
type RoleAt struct {
	Role iam.RoleID
	Type string
}

// String returns the numbers in one line.
func (c Coverage) String() string {
	return fmt.Sprintf("%s: %d of %d permissions, %d of %d roles at their scope types, %d of %d rules", c.Model,
		c.AllPermissions-len(c.Permissions), c.AllPermissions, c.AllRoles-len(c.Roles), c.AllRoles,
		c.AllRules-len(c.Rules), c.AllRules)
}

// Cover returns what of the model the cases of the files leave out. It reads
// what the files say, so that it needs no run; cases that cannot run do not
// count. A rule is touched where a case has what it speaks of, and asks about
// it; whether the answers would tell a broken rule is for people to judge.
func Cover(model *schema.Model, files ...*File) Coverage {
	var cases []*story
	for _, file := range files {
		for _, c := range file.Cases {
			if len(c.Wrong) == 0 {
				cases = append(cases, newStory(model, file.Given, c))
			}
		}
	}
	gaps := Coverage{Model: model.Name}
	gaps.permissions(model, cases)
	gaps.roles(model, cases)
	gaps.rules(model, cases)
	return gaps
}

func (c *Coverage) permissions(model *schema.Model, cases []*story) {
	asked := map[string]bool{}
	for _, s := range cases {
		for _, q := range s.questions {
			asked[q.Permission] = true
		}
	}
	for _, permission := range model.Permissions {
		c.AllPermissions++
		if !asked[permission.Name] {
			c.Permissions = append(c.Permissions, permission.Name)
		}
	}
	slices.Sort(c.Permissions)
}

func (c *Coverage) roles(model *schema.Model, cases []*story) {
	given := map[RoleAt]bool{}
	for _, s := range cases {
		for _, g := range s.grants {
			if role := model.Role(string(g.role)); role != nil {
				given[RoleAt{Role: iam.RoleID(role.ID), Type: g.scope.Type}] = true
			}
		}
	}
	// A custom role gives its base wherever it is given; that is not followed.
	for _, role := range model.Roles {
		for _, at := range model.AssignableAt(role) {
			c.AllRoles++
			if pair := (RoleAt{Role: iam.RoleID(role.ID), Type: at}); !given[pair] {
				c.Roles = append(c.Roles, pair)
			}
		}
	}
}

func (c *Coverage) rules(model *schema.Model, cases []*story) {
	for _, rule := range rules() {
		if !rule.used(model) {
			continue
		}
		c.AllRules++
		if !slices.ContainsFunc(cases, rule.touched) {
			c.Rules = append(c.Rules, rule.name)
		}
	}
}
