package adapter

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// role returns a role, system or custom; an empty one if it is gone.
func (e *evidence) role(ctx context.Context, id iam.RoleID) (iam.Role, error) {
	if system := e.model.Role(string(id)); system != nil {
		return systemRole(system), nil
	}
	if role, known := e.roles[id]; known {
		return role, nil
	}
	role, err := e.rows.Roles().Get(ctx, id)
	if _, err = absent(err); err == nil {
		e.roles[id] = role
	}
	return role, err
}

// patterns are what a role adds to its base at a type of scopes (rule 4).
func (e *evidence) patterns(role iam.Role, scopeType string) []string {
	if system := e.model.Role(string(role.ID)); system != nil && system.PermissionsAt != nil {
		return system.PermissionsAt[scopeType]
	}
	return role.Permissions
}

// roleAt is a role at a type of scopes.
type roleAt struct {
	role      iam.RoleID
	scopeType string
}

// roleContent is what a role gives, and what its patterns name, needs or not
// (rule 7).
type roleContent struct{ gives, names []string }

// content returns what a role gives and names at a type of scopes.
func (e *evidence) content(ctx context.Context, id iam.RoleID, scopeType string) (roleContent, error) {
	at := roleAt{id, scopeType}
	if known, ok := e.contents[at]; ok {
		return known, nil
	}
	role, err := e.role(ctx, id)
	if err != nil || role.ID == "" {
		return roleContent{}, err
	}
	e.contents[at] = e.expanded.get(e.contentKey(role, scopeType), func() roleContent { return e.expand(role, scopeType) })
	return e.contents[at], nil
}

func (e *evidence) contentKey(role iam.Role, scopeType string) contentKey {
	if e.model.Role(string(role.ID)) != nil {
		return contentKey{role: role.ID, scopeType: scopeType}
	}
	return contentKey{base: role.Base, permissions: strings.Join(role.Permissions, " "), except: strings.Join(role.Except, " ")}
}

func (e *evidence) expand(role iam.Role, scopeType string) roleContent {
	names := e.patterns(role, scopeType)
	if e.model.Role(string(role.ID)) != nil {
		return roleContent{gives: e.model.Content(string(role.ID), scopeType), names: e.named(names, role.Except)}
	}
	if base := e.model.Role(string(role.Base)); base != nil {
		names = slices.Concat(e.named(base.Permissions, base.Except), names)
	}
	return roleContent{
		gives: e.model.ExpandCustom(string(role.Base), role.Permissions, role.Except), names: e.named(names, role.Except),
	}
}

// named returns the permissions that patterns match, and exceptions do not.
func (e *evidence) named(patterns, except []string) []string {
	var names []string
	for _, p := range e.model.Permissions {
		if !p.Derived() && matching(patterns, p.Name) != "" && matching(except, p.Name) == "" {
			names = append(names, p.Name)
		}
	}
	return names
}

func matching(patterns []string, permission string) string {
	for _, pattern := range patterns {
		if schema.Match(pattern, permission) {
			return pattern
		}
	}
	return ""
}

// contentKey is all that the content of a role follows from: a system role at a type
// of scopes, or what a custom role is made of.
type contentKey struct {
	role                iam.RoleID
	scopeType           string
	base                iam.RoleID
	permissions, except string
}

// maxExpanded bounds the contents that are kept: some MB.
const maxExpanded = 1000

// expansions keeps contents of roles from one explanation to the next: to match
// all patterns with all permissions takes longer than all else.
type expansions struct {
	mu    sync.Mutex
	known map[contentKey]roleContent
}

// get returns a content that is known, or that make returns.
func (x *expansions) get(key contentKey, expand func() roleContent) roleContent {
	x.mu.Lock()
	defer x.mu.Unlock()
	content, known := x.known[key]
	if !known {
		if len(x.known) >= maxExpanded || x.known == nil {
			x.known = map[contentKey]roleContent{}
		}
		content = expand()
		x.known[key] = content
	}
	return content
}
