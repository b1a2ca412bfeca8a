// Package world is what engines are compared in: one account, environments,
// workspaces, teams, and policies that give roles to teams and users.
//
// Generate is a function of the size: every engine's program makes the world anew
// and says its Digest, so that nobody is asked about another one.
package world

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Account is the one scope without a parent.
const Account = "account:a"

// World holds references such as "workspace:w1"; roles and permissions are names.
type World struct {
	// Environments and Workspaces are scopes; Parent has what each is directly below.
	Environments, Workspaces []string
	Parent                   map[string]string
	Users                    []string
	// Teams are groups of users, in the order of their names.
	Teams []Team
	// Roles are sets of permissions.
	Roles []Role
	// Permissions is the catalogue: each may be asked at each scope.
	Permissions []string
	// Policies give one role to a user or a team, at a scope and all that is below.
	Policies []Policy
}

// Team is a group of users.
type Team struct {
	Name    string
	Members []string
}

// Role is a set of permissions.
type Role struct {
	Name        string
	Permissions []string
}

// Policy gives a role to a subject at a scope.
type Policy struct {
	Subject, Role, Scope string
}

// Question asks whether a user has a permission at a scope.
type Question struct {
	User, Permission, Object string
}

// Digest names the world: equal ones have the same.
func (w *World) Digest() string {
	hash := sha256.New()
	for _, part := range []any{w.Environments, w.Workspaces, w.Users, w.Teams, w.Roles, w.Permissions, w.Policies} {
		fmt.Fprintf(hash, "%q\n", fmt.Sprint(part))
	}
	for _, scope := range slices.Concat(w.Environments, w.Workspaces) {
		_, _ = io.WriteString(hash, w.Parent[scope]+"\n")
	}
	return hex.EncodeToString(hash.Sum(nil))[:12]
}

// Scopes returns all scopes, each after its parent.
func (w *World) Scopes() []string {
	return slices.Concat([]string{Account}, w.Environments, w.Workspaces)
}

// Holders returns who holds which role where, the way engines like it that keep an
// object for each role at each scope.
func (w *World) Holders() map[Binding][]string {
	holders := map[Binding][]string{}
	for _, p := range w.Policies {
		at := Binding{Role: p.Role, Scope: p.Scope}
		holders[at] = append(holders[at], p.Subject)
	}
	return holders
}

// Binding is a role at a scope.
type Binding struct {
	Role, Scope string
}

// ID returns a name for the binding that every engine takes as an identifier.
func (b Binding) ID() string {
	return ID(b.Scope) + "-" + b.Role
}

// Type returns the part of a reference before the colon.
func Type(reference string) string {
	name, _, _ := strings.Cut(reference, ":")
	return name
}

// ID returns the part of a reference after the colon.
func ID(reference string) string {
	_, id, _ := strings.Cut(reference, ":")
	return id
}
