package adapter

import (
	"context"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/relay"
)

// Store keeps what people decided: scopes, subjects, roles and policies, and
// the outbox of changes that SpiceDB has still to learn. It is the truth; all
// that SpiceDB holds follows from it. Every implementation passes the suite in
// adapter/storetest. Errors are *iam.Error; a driver's text stays in the cause.
type Store interface {
	// Read runs fn on one consistent snapshot.
	Read(ctx context.Context, fn func(Rows) error) error
	// Write runs fn in one transaction and commits it if fn returns nil. An
	// error of fn rolls everything back and is returned as it is. fn may be run
	// again after a lost race, so it must have no effect outside the rows.
	Write(ctx context.Context, fn func(Tx) error) error
	// Alone runs fn while no Write runs or begins, in this process or in another
	// one on the same database. fn must not call Write; Read, Outbox and Meta
	// work. It is not for every day: all writers wait.
	Alone(ctx context.Context, fn func(ctx context.Context) error) error
	// Outbox returns the queue of committed changes.
	Outbox() Outbox
	// Meta returns the facts about the database itself.
	Meta() Meta
	// Close releases the database.
	Close() error
}

// Table gives access to the rows of one noun. Outside Write only Get and List
// may be called.
type Table[Key comparable, Row, Filter any] interface {
	// Get returns the row, or an error with code NOT_FOUND.
	Get(ctx context.Context, key Key) (Row, error)
	// List returns the rows that match, ordered by key.
	List(ctx context.Context, filter Filter) ([]Row, error)
	// Put inserts the row, or replaces the one with its key, and stamps it. It
	// sets Revision to the old one plus 1 and keeps Created.
	Put(ctx context.Context, row Row) (Row, error)
	// Delete removes the row and whatever belongs to it alone (members of a
	// group, roles of a policy). A row that others refer to stays, with an
	// error FAILED_PRECONDITION, reason IN_USE.
	Delete(ctx context.Context, key Key) error
}

// Rows are the tables of one snapshot.
type Rows interface {
	Scopes() Table[iam.Ref, iam.Scope, ScopeFilter]
	Users() Table[iam.UserID, iam.User, UserFilter]
	ServiceAccounts() Table[iam.ServiceAccountID, iam.ServiceAccount, ServiceAccountFilter]
	Groups() Table[iam.GroupID, iam.Group, GroupFilter]
	Roles() Table[iam.RoleID, iam.Role, RoleFilter]
	Policies() Table[iam.PolicyID, iam.Policy, PolicyFilter]
	Resources() Table[iam.Ref, iam.Resource, ResourceFilter]
	Audit() AuditLog
	// Positions returns the number of the latest change of every tenant that has
	// one.
	Positions(ctx context.Context) (map[iam.Ref]uint64, error)
}

// Tx is a transaction that may change rows.
type Tx interface {
	Rows
	// Lock makes the transaction the only writer of these tenants until it
	// ends. A use case locks before it reads what it will decide on. The zero
	// reference stands for the users, who are in all tenants: with it, the
	// transaction is the only writer at all.
	Lock(ctx context.Context, tenants ...iam.Ref) error
	// Enqueue puts the change of one tenant into the outbox under the tenant's
	// next number, which it returns. No updates, no entry: it returns the last.
	Enqueue(ctx context.Context, tenant iam.Ref, updates []rel.Update) (uint64, error)
}

// Listing bounds a List. The zero value returns everything.
type Listing struct {
	// After skips keys up to and including this one ("type:id" for references).
	After string
	// Limit is the largest number of rows; 0 means no limit.
	Limit int
}

// ScopeFilter selects scopes. Zero fields match everything.
type ScopeFilter struct {
	Tenant iam.Ref
	Parent iam.Ref
	Type   string
	// Under selects the scope itself and all below it, parents before children.
	Under iam.Ref
	// Roots selects tenants only.
	Roots bool
	// Refs selects these scopes only; empty: all.
	Refs []iam.Ref
	Listing
}

// UserFilter selects users.
type UserFilter struct {
	Email string
	// IDs selects these users only; empty: all.
	IDs []iam.UserID
	Listing
}

// ServiceAccountFilter selects service accounts.
type ServiceAccountFilter struct {
	Tenant iam.Ref
	Scope  iam.Ref
	Owner  iam.Ref
	Listing
}

// GroupFilter selects groups.
type GroupFilter struct {
	Tenant iam.Ref
	Scope  iam.Ref
	// Member selects the groups that have this member.
	Member iam.Ref
	// Role selects the groups that carry this role, Carries those that carry
	// this scope.
	Role    iam.RoleID
	Carries iam.Ref
	// IDs selects these groups only; empty: all.
	IDs []iam.GroupID
	// Brief leaves out the members, of which a group may have thousands.
	Brief bool
	Listing
}

// RoleFilter selects custom roles.
type RoleFilter struct {
	Tenant iam.Ref
	Scope  iam.Ref
	// Base selects the roles that start from this one.
	Base iam.RoleID
	Listing
}

// PolicyFilter selects policies.
type PolicyFilter struct {
	Tenant  iam.Ref
	Subject iam.Ref
	Scope   iam.Ref
	Role    iam.RoleID
	// Subjects selects the policies of these subjects only; empty: all.
	Subjects []iam.Ref
	// IDs selects these policies only; empty: all.
	IDs []iam.PolicyID
	Listing
}

// ResourceFilter selects resources.
type ResourceFilter struct {
	Tenant iam.Ref
	Scope  iam.Ref
	Type   string
	Owner  iam.Ref
	Listing
}

// AuditEntry says who changed what.
type AuditEntry struct {
	// ID is given by the store and grows with time.
	ID     int64
	Time   time.Time
	Actor  string
	Action string
	// Tenant may be zero (changes of users).
	Tenant iam.Ref
	Object iam.Ref
	// Detail is a short JSON object with the changed fields.
	Detail string
}

// AuditFilter selects audit entries.
type AuditFilter struct {
	Tenant iam.Ref
	Object iam.Ref
	Actor  string
	// Before continues a listing below this id; 0 begins at the newest.
	Before int64
	Limit  int
}

// AuditLog is the append-only record of changes.
type AuditLog interface {
	// Append adds entries in their order; ID is ignored.
	Append(ctx context.Context, entries ...AuditEntry) error
	// List returns matching entries, newest first.
	List(ctx context.Context, filter AuditFilter) ([]AuditEntry, error)
}

// OutboxEntry is one committed change of a tenant.
type OutboxEntry = relay.Entry

// Outbox is the queue between the store and the engine.
type Outbox = relay.Outbox

// Backlog is what waits of one tenant.
type Backlog = relay.Backlog

// Position says how far a tenant's changes have come.
type Position = relay.Position

// Meta keeps named facts about the database, such as the model it holds.
type Meta interface {
	// Get returns the value, or "" if there is none.
	Get(ctx context.Context, name string) (string, error)
	// Set writes the value.
	Set(ctx context.Context, name, value string) error
}
