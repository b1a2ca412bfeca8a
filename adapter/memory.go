package adapter

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// memory is a transaction that remembers the rows it has read and written, so
// that a use case on many objects asks for each of them once. Nobody else can
// change them meanwhile: whoever writes in a tenant holds its lock. What was
// read before a lock is forgotten when the lock is taken.
type memory struct {
	Tx
	locked map[iam.Ref]bool
	// forgotten, if not nil, hears that all that was read has to be read again.
	forgotten       func()
	scopes          remembered[iam.Ref, iam.Scope, ScopeFilter]
	users           remembered[iam.UserID, iam.User, UserFilter]
	serviceAccounts remembered[iam.ServiceAccountID, iam.ServiceAccount, ServiceAccountFilter]
	groups          groupMemory
	roles           remembered[iam.RoleID, iam.Role, RoleFilter]
	policies        *policyMemory
	resources       remembered[iam.Ref, iam.Resource, ResourceFilter]
}

func newMemory(tx Tx) *memory {
	return &memory{
		Tx: tx, locked: map[iam.Ref]bool{},
		scopes:          remember(tx.Scopes(), func(s iam.Scope) iam.Ref { return s.Ref }),
		users:           remember(tx.Users(), func(u iam.User) iam.UserID { return u.ID }),
		serviceAccounts: remember(tx.ServiceAccounts(), func(s iam.ServiceAccount) iam.ServiceAccountID { return s.ID }),
		groups:          groupMemory{remember(tx.Groups(), func(g iam.Group) iam.GroupID { return g.ID })},
		roles:           remember(tx.Roles(), func(r iam.Role) iam.RoleID { return r.ID }),
		resources:       remember(tx.Resources(), func(r iam.Resource) iam.Ref { return r.Ref }),
		policies: &policyMemory{
			remembered: remember(tx.Policies(), func(p iam.Policy) iam.PolicyID { return p.ID }),
			holders:    map[binding]map[iam.PolicyID]iam.Ref{},
		},
	}
}

// Scopes returns the table whose rows are read once.
func (m *memory) Scopes() Table[iam.Ref, iam.Scope, ScopeFilter] { return m.scopes }

// Users is like Scopes.
func (m *memory) Users() Table[iam.UserID, iam.User, UserFilter] { return m.users }

// Groups is like Scopes.
func (m *memory) Groups() Table[iam.GroupID, iam.Group, GroupFilter] { return m.groups }

// Roles is like Scopes, for custom roles: the model has the others.
func (m *memory) Roles() Table[iam.RoleID, iam.Role, RoleFilter] { return m.roles }

// ServiceAccounts is like Scopes.
func (m *memory) ServiceAccounts() Table[iam.ServiceAccountID, iam.ServiceAccount, ServiceAccountFilter] {
	return m.serviceAccounts
}

// Policies is like Scopes, and notices who comes to hold a role.
func (m *memory) Policies() Table[iam.PolicyID, iam.Policy, PolicyFilter] { return m.policies }

// Resources is like Scopes.
func (m *memory) Resources() Table[iam.Ref, iam.Resource, ResourceFilter] { return m.resources }

// Lock locks the tenants that are not locked yet.
func (m *memory) Lock(ctx context.Context, tenants ...iam.Ref) error {
	wanted := slices.DeleteFunc(slices.Clone(tenants), func(tenant iam.Ref) bool { return m.locked[tenant] })
	if len(wanted) == 0 {
		return ctx.Err()
	}
	if err := m.Tx.Lock(ctx, wanted...); err != nil {
		return err
	}
	for _, tenant := range wanted {
		m.locked[tenant] = true
	}
	m.forget()
	return nil
}

func (m *memory) forget() {
	clear(m.scopes.known)
	clear(m.users.known)
	clear(m.serviceAccounts.known)
	clear(m.groups.known)
	clear(m.roles.known)
	clear(m.resources.known)
	clear(m.policies.known)
	clear(m.policies.holders)
	if m.forgotten != nil {
		m.forgotten()
	}
}

// remembered is a table whose single rows are read once.
type remembered[Key comparable, Row, Filter any] struct {
	Table[Key, Row, Filter]
	keyOf func(Row) Key
	known map[Key]found[Row]
}

// found is a row, or the answer that there is none.
type found[Row any] struct {
	row    Row
	absent error
}

func remember[Key comparable, Row, Filter any](table Table[Key, Row, Filter], keyOf func(Row) Key) remembered[Key, Row, Filter] {
	return remembered[Key, Row, Filter]{Table: table, keyOf: keyOf, known: map[Key]found[Row]{}}
}

// Get asks the table once for each key. That there is no row is remembered,
// too; other errors are not.
func (r remembered[Key, Row, Filter]) Get(ctx context.Context, key Key) (Row, error) {
	if seen, ok := r.known[key]; ok {
		return seen.row, seen.absent
	}
	row, err := r.Table.Get(ctx, key)
	if err == nil || iam.CodeOf(err) == iam.NotFound {
		r.known[key] = found[Row]{row: row, absent: err}
	}
	return row, err
}

// List always asks, since a filter may match rows that were never read, and
// remembers what comes.
func (r remembered[Key, Row, Filter]) List(ctx context.Context, filter Filter) ([]Row, error) {
	rows, err := r.Table.List(ctx, filter)
	for _, row := range rows {
		r.known[r.keyOf(row)] = found[Row]{row: row}
	}
	return rows, err
}

// Put remembers the row as the table stamped it. After an error it is read
// again.
func (r remembered[Key, Row, Filter]) Put(ctx context.Context, row Row) (Row, error) {
	delete(r.known, r.keyOf(row))
	saved, err := r.Table.Put(ctx, row)
	if err == nil {
		r.known[r.keyOf(saved)] = found[Row]{row: saved}
	}
	return saved, err
}

// Delete forgets the row even if the table keeps it: then it is read again.
func (r remembered[Key, Row, Filter]) Delete(ctx context.Context, key Key) error {
	delete(r.known, key)
	return r.Table.Delete(ctx, key)
}

// few is the number of rows below which asking for each is as good as asking for
// all at once; atOnce is how many are asked for in one query.
const (
	few    = 8
	atOnce = 500
)

// ahead reads rows that a large change is going to ask for.
func ahead[Key comparable, Row, Filter any](ctx context.Context, r remembered[Key, Row, Filter], keys map[Key]bool, among func([]Key) Filter) error {
	maps.DeleteFunc(keys, func(key Key, _ bool) bool { _, known := r.known[key]; return known })
	if len(keys) < few {
		return nil
	}
	for chunk := range slices.Chunk(slices.Collect(maps.Keys(keys)), atOnce) {
		if _, err := r.List(ctx, among(chunk)); err != nil {
			return err
		}
		for _, key := range chunk {
			if _, met := r.known[key]; !met {
				r.known[key] = found[Row]{absent: iam.Missing("", fmt.Sprint(key))}
			}
		}
	}
	return nil
}

// groupMemory remembers whole groups.
type groupMemory struct {
	remembered[iam.GroupID, iam.Group, GroupFilter]
}

func (g groupMemory) List(ctx context.Context, filter GroupFilter) ([]iam.Group, error) {
	filter.Brief = false // or else who asks for one of them gets it without its members
	return g.remembered.List(ctx, filter)
}

// policyMemory also remembers which policies give a role at a scope, and keeps
// count of them as policies come and go.
type policyMemory struct {
	remembered[iam.PolicyID, iam.Policy, PolicyFilter]
	holders map[binding]map[iam.PolicyID]iam.Ref
}

// begin notes that no policy gives a role at a scope so far.
func (p *policyMemory) begin(at binding) { p.holders[at] = map[iam.PolicyID]iam.Ref{} }

// subjects returns the subjects of the policies that give a role at a scope, in
// the order of the policies' ids.
func (p *policyMemory) subjects(ctx context.Context, at binding) ([]iam.Ref, error) {
	holders, ok := p.holders[at]
	if !ok {
		policies, err := p.List(ctx, PolicyFilter{Scope: at.scope, Role: at.role})
		if err != nil {
			return nil, err
		}
		p.begin(at)
		holders = p.holders[at]
		for _, policy := range policies {
			holders[policy.ID] = policy.Subject
		}
	}
	subjects := make([]iam.Ref, 0, len(holders))
	for _, id := range slices.Sorted(maps.Keys(holders)) {
		subjects = append(subjects, holders[id])
	}
	return subjects, nil
}

// Put moves the policy from the bindings of its old roles to those of its new
// ones.
func (p *policyMemory) Put(ctx context.Context, policy iam.Policy) (iam.Policy, error) {
	p.leave(policy.ID)
	saved, err := p.remembered.Put(ctx, policy)
	if err != nil {
		return saved, err
	}
	for _, role := range saved.Roles {
		if holders, ok := p.holders[binding{saved.Scope, role}]; ok {
			holders[saved.ID] = saved.Subject
		}
	}
	return saved, nil
}

// Delete leaves the bindings first: afterwards nobody knows which they were.
func (p *policyMemory) Delete(ctx context.Context, id iam.PolicyID) error {
	p.leave(id)
	return p.remembered.Delete(ctx, id)
}

// leave takes a policy out of all that is known of bindings. If nobody has
// looked at the policy, nobody knows which ones: then all are read again.
func (p *policyMemory) leave(id iam.PolicyID) {
	seen, ok := p.known[id]
	if !ok {
		clear(p.holders)
		return
	}
	for _, role := range seen.row.Roles {
		delete(p.holders[binding{seen.row.Scope, role}], id)
	}
}
