package iam

import "time"

// Typed identifiers, so that the id of one noun cannot be passed where the id
// of another belongs.
type (
	// UserID names a user.
	UserID string
	// ServiceAccountID names a service account.
	ServiceAccountID string
	// GroupID names a group (a team).
	GroupID string
	// RoleID names a role, system or custom.
	RoleID string
	// PolicyID names an access policy.
	PolicyID string
)

// Status says whether a subject may use what its policies give it.
type Status string

// The two statuses. An inactive subject keeps its policies and memberships,
// but is denied everything until it is active again.
const (
	Active   Status = "active"
	Inactive Status = "inactive"
)

// Stamp is what the store keeps about every row.
type Stamp struct {
	// Revision grows by one with every change; the API's etag is made of it.
	Revision int64
	// Created and Updated are in UTC, to the millisecond.
	Created time.Time
	Updated time.Time
}

// Scope is a node of the hierarchy. A scope without parent is a tenant.
type Scope struct {
	Ref    Ref
	Parent Ref
	// Tenant is the root above the scope; a tenant's is itself.
	Tenant Ref
	Name   string
	// Isolated: only policies at the tenant, and at the scope itself or below,
	// reach it.
	Isolated bool
	Stamp
}

// User is a person. Users belong to no tenant.
type User struct {
	ID     UserID
	Name   string
	Email  string
	Status Status
	Stamp
}

// ServiceAccount is a subject that is no person. It lives in a scope and may
// be owned.
type ServiceAccount struct {
	ID     ServiceAccountID
	Scope  Ref
	Tenant Ref
	Name   string
	// Owners are the subjects that own it, as the model allows; sorted.
	Owners []Ref
	Status Status
	Stamp
}

// Group is a set of subjects that policies can name (a team).
type Group struct {
	ID     GroupID
	Scope  Ref
	Tenant Ref
	Name   string
	// Members are sorted references.
	Members []Ref
	// Roles and Scopes are carried by the group itself, in models whose groups
	// do (classic access control lists); sorted, else empty.
	Roles  []RoleID
	Scopes []Ref
	Stamp
}

// Role is a set of permissions that people defined. System roles come from the
// model and are no rows.
type Role struct {
	ID          RoleID
	Scope       Ref
	Tenant      Ref
	Name        string
	Description string
	// Base names a system role whose permissions the role starts from; empty:
	// from none.
	Base RoleID
	// Permissions and Except are patterns, as written: added to and taken from
	// the base.
	Permissions []string
	Except      []string
	Stamp
}

// Policy gives a subject roles at a scope. Only Roles may change after
// creation.
type Policy struct {
	ID      PolicyID
	Subject Ref
	// Roles are role ids, sorted, without duplicates and aliases.
	Roles  []RoleID
	Scope  Ref
	Tenant Ref
	Stamp
}

// Resource is an ownable object inside a scope.
type Resource struct {
	Ref    Ref
	Scope  Ref
	Tenant Ref
	Name   string
	// Owners are subjects, sorted.
	Owners []Ref
	Stamp
}
