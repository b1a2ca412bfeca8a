package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// noun says how the rows of one table are named and read.
type noun[Key comparable, Row, Filter any] struct {
	table func(Rows) Table[Key, Row, Filter]
	// text writes a key the way callers do.
	text   func(Key) string
	keyOf  func(Row) Key
	tenant func(Row) iam.Ref
	// within bounds a filter.
	within func(Filter, Listing) Filter
}

// name returns the key of a row the way callers write it.
func (n noun[Key, Row, Filter]) name(row Row) string { return n.text(n.keyOf(row)) }

// get returns a row, or NOT_FOUND of the field that named it.
func (n noun[Key, Row, Filter]) get(ctx context.Context, rows Rows, field string, key Key) (Row, error) {
	row, err := n.table(rows).Get(ctx, key)
	return existing(field, n.text(key), row, err)
}

// locked returns a row after making the change the only writer of its tenant;
// it reads again under the lock, because the first look decides nothing.
func (n noun[Key, Row, Filter]) locked(ctx context.Context, tx Tx, field string, key Key) (Row, error) {
	row, err := n.get(ctx, tx, field, key)
	if err != nil {
		return row, err
	}
	if err := tx.Lock(ctx, n.tenant(row)); err != nil {
		return row, err
	}
	return n.get(ctx, tx, field, key)
}

// read returns a row outside of any change.
func (n noun[Key, Row, Filter]) read(ctx context.Context, store Store, key Key) (row Row, err error) {
	err = store.Read(ctx, func(rows Rows) error {
		row, err = n.get(ctx, rows, "id", key)
		return err
	})
	return row, err
}

// list returns one page of the rows that match, ordered by key.
func (n noun[Key, Row, Filter]) list(ctx context.Context, store Store, filter Filter, page Page) (found []Row, next string, err error) {
	err = store.Read(ctx, func(rows Rows) error {
		found, next, err = listPage(page, filter, func(listing Listing) ([]Row, error) {
			return n.table(rows).List(ctx, n.within(filter, listing))
		}, n.name)
		return err
	})
	return found, next, err
}

func idText[ID ~string](id ID) string { return string(id) }

func scopeNoun() noun[iam.Ref, iam.Scope, ScopeFilter] {
	return noun[iam.Ref, iam.Scope, ScopeFilter]{
		table: Rows.Scopes, text: iam.Ref.String,
		keyOf:  func(row iam.Scope) iam.Ref { return row.Ref },
		tenant: func(row iam.Scope) iam.Ref { return row.Tenant },
		within: func(f ScopeFilter, l Listing) ScopeFilter { f.Listing = l; return f },
	}
}

func userNoun() noun[iam.UserID, iam.User, UserFilter] {
	return noun[iam.UserID, iam.User, UserFilter]{
		table: Rows.Users, text: idText[iam.UserID],
		keyOf:  func(row iam.User) iam.UserID { return row.ID },
		tenant: func(iam.User) iam.Ref { return iam.Ref{} },
		within: func(f UserFilter, l Listing) UserFilter { f.Listing = l; return f },
	}
}

func serviceAccountNoun() noun[iam.ServiceAccountID, iam.ServiceAccount, ServiceAccountFilter] {
	return noun[iam.ServiceAccountID, iam.ServiceAccount, ServiceAccountFilter]{
		table: Rows.ServiceAccounts, text: idText[iam.ServiceAccountID],
		keyOf:  func(row iam.ServiceAccount) iam.ServiceAccountID { return row.ID },
		tenant: func(row iam.ServiceAccount) iam.Ref { return row.Tenant },
		within: func(f ServiceAccountFilter, l Listing) ServiceAccountFilter { f.Listing = l; return f },
	}
}

func groupNoun() noun[iam.GroupID, iam.Group, GroupFilter] {
	return noun[iam.GroupID, iam.Group, GroupFilter]{
		table: Rows.Groups, text: idText[iam.GroupID],
		keyOf:  func(row iam.Group) iam.GroupID { return row.ID },
		tenant: func(row iam.Group) iam.Ref { return row.Tenant },
		within: func(f GroupFilter, l Listing) GroupFilter { f.Listing = l; return f },
	}
}

func roleNoun() noun[iam.RoleID, iam.Role, RoleFilter] {
	return noun[iam.RoleID, iam.Role, RoleFilter]{
		table: Rows.Roles, text: idText[iam.RoleID],
		keyOf:  func(row iam.Role) iam.RoleID { return row.ID },
		tenant: func(row iam.Role) iam.Ref { return row.Tenant },
		within: func(f RoleFilter, l Listing) RoleFilter { f.Listing = l; return f },
	}
}

func policyNoun() noun[iam.PolicyID, iam.Policy, PolicyFilter] {
	return noun[iam.PolicyID, iam.Policy, PolicyFilter]{
		table: Rows.Policies, text: idText[iam.PolicyID],
		keyOf:  func(row iam.Policy) iam.PolicyID { return row.ID },
		tenant: func(row iam.Policy) iam.Ref { return row.Tenant },
		within: func(f PolicyFilter, l Listing) PolicyFilter { f.Listing = l; return f },
	}
}

func resourceNoun() noun[iam.Ref, iam.Resource, ResourceFilter] {
	return noun[iam.Ref, iam.Resource, ResourceFilter]{
		table: Rows.Resources, text: iam.Ref.String,
		keyOf:  func(row iam.Resource) iam.Ref { return row.Ref },
		tenant: func(row iam.Resource) iam.Ref { return row.Tenant },
		within: func(f ResourceFilter, l Listing) ResourceFilter { f.Listing = l; return f },
	}
}
