package storetest

import (
	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func text[Text ~string](t Text) string { return string(t) }

func scopesNoun() noun[iam.Ref, iam.Scope, adapter.ScopeFilter] {
	type filter = adapter.ScopeFilter
	// "account1" sorts behind "account" by type, though '1' is below ':'.
	rows := []iam.Scope{
		root("account:A"), root("account:B"), root("account1:A"),
		scope("environment:E", "account:A", "account:A"),
		scope("environment:F", "account:B", "account:B"),
		scope("workspace:V", "environment:E", "account:A"),
		scope("workspace:W", "environment:E", "account:A"),
	}
	changed := root("account:A")
	changed.Name, changed.Isolated = "other", true
	return noun[iam.Ref, iam.Scope, filter]{
		table:  adapter.Rows.Scopes,
		key:    func(s iam.Scope) iam.Ref { return s.Ref },
		cursor: iam.Ref.String,
		stamp:  func(s *iam.Scope) *iam.Stamp { return &s.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		rows:   rows, changed: changed,
		filters: []filterCase[filter]{
			{"tenant", filter{Tenant: ref("account:A")}, []int{0, 3, 5, 6}},
			{"parent", filter{Parent: ref("environment:E")}, []int{5, 6}},
			{"type", filter{Type: "environment"}, []int{3, 4}},
			{"roots", filter{Roots: true}, []int{0, 1, 2}},
			{"under", filter{Under: ref("account:A")}, []int{0, 3, 5, 6}},
			{"under a leaf", filter{Under: ref("workspace:W")}, []int{6}},
			{"under nothing", filter{Under: ref("workspace:X")}, nil},
			{"under and type", filter{Under: ref("account:A"), Type: "workspace"}, []int{5, 6}},
			{"tenant and parent", filter{Tenant: ref("account:B"), Parent: ref("account:A")}, nil},
		},
	}
}

func usersNoun() noun[iam.UserID, iam.User, adapter.UserFilter] {
	type filter = adapter.UserFilter
	return noun[iam.UserID, iam.User, filter]{
		table:  adapter.Rows.Users,
		key:    func(u iam.User) iam.UserID { return u.ID },
		cursor: text[iam.UserID],
		stamp:  func(u *iam.User) *iam.Stamp { return &u.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		rows: []iam.User{
			{ID: "Zoe", Name: "Zoe", Email: "zoe@example.com", Status: iam.Active}, // by byte: capitals first
			{ID: "ann", Name: "Ann", Email: "shared@example.com", Status: iam.Active},
			{ID: "bob@example.com", Email: "shared@example.com", Status: iam.Inactive},
		},
		changed: iam.User{ID: "Zoe", Name: "Zoë 'x' ?", Email: "z@example.com", Status: iam.Inactive},
		filters: []filterCase[filter]{
			{"email", filter{Email: "shared@example.com"}, []int{1, 2}},
			{"unknown email", filter{Email: "shared"}, nil},
			{"email and page", filter{Email: "shared@example.com", Listing: adapter.Listing{After: "ann"}}, []int{2}},
		},
	}
}

func serviceAccountsNoun() noun[iam.ServiceAccountID, iam.ServiceAccount, adapter.ServiceAccountFilter] {
	type filter = adapter.ServiceAccountFilter
	a, b, e := ref("account:A"), ref("account:B"), ref("environment:E")
	return noun[iam.ServiceAccountID, iam.ServiceAccount, filter]{
		table:  adapter.Rows.ServiceAccounts,
		key:    func(s iam.ServiceAccount) iam.ServiceAccountID { return s.ID },
		cursor: text[iam.ServiceAccountID],
		stamp:  func(s *iam.ServiceAccount) *iam.Stamp { return &s.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		scopes: landscape(),
		rows: []iam.ServiceAccount{
			{ID: "s1", Scope: a, Tenant: a, Name: "One", Owners: refs("group:dev", "user:ann"), Status: iam.Active},
			{ID: "s2", Scope: e, Tenant: a, Owners: refs("user:ann"), Status: iam.Active},
			{ID: "s3", Scope: b, Tenant: b, Status: iam.Inactive},
		},
		changed: iam.ServiceAccount{ID: "s1", Scope: e, Tenant: a, Name: "1", Owners: refs("group:ops", "user:ann"), Status: iam.Inactive},
		filters: []filterCase[filter]{
			{"tenant", filter{Tenant: a}, []int{0, 1}},
			{"scope", filter{Scope: a}, []int{0}},
			{"owner", filter{Owner: ref("user:ann")}, []int{0, 1}},
			{"other owner", filter{Owner: ref("group:dev")}, []int{0}},
			{"owner and scope", filter{Owner: ref("user:ann"), Scope: e}, []int{1}},
		},
	}
}

func groupsNoun() noun[iam.GroupID, iam.Group, adapter.GroupFilter] {
	type filter = adapter.GroupFilter
	a, b, e := ref("account:A"), ref("account:B"), ref("environment:E")
	return noun[iam.GroupID, iam.Group, filter]{
		table:  adapter.Rows.Groups,
		key:    func(g iam.Group) iam.GroupID { return g.ID },
		cursor: text[iam.GroupID],
		stamp:  func(g *iam.Group) *iam.Stamp { return &g.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		scopes: landscape(),
		rows: []iam.Group{
			{ID: "g1", Scope: a, Tenant: a, Members: refs("group:g2", "user:ann", "user:bob"),
				Roles: []iam.RoleID{"acl", "own"}, Scopes: refs("environment:E", "workspace:W")},
			{ID: "g2", Scope: e, Tenant: a, Name: "Two", Members: refs("user:ann")},
			{ID: "g3", Scope: b, Tenant: b, Roles: []iam.RoleID{"acl"}, Scopes: refs("workspace:W")},
		},
		changed: iam.Group{ID: "g1", Scope: e, Tenant: a, Name: "1", Members: refs("user:ann", "user:cid"),
			Roles: []iam.RoleID{"new", "own"}, Scopes: refs("account:A", "workspace:W")},
		filters: []filterCase[filter]{
			{"tenant", filter{Tenant: a}, []int{0, 1}},
			{"scope", filter{Scope: e}, []int{1}},
			{"member", filter{Member: ref("user:ann")}, []int{0, 1}},
			{"member group", filter{Member: ref("group:g2")}, []int{0}},
			{"role", filter{Role: "acl"}, []int{0, 2}},
			{"carries", filter{Carries: ref("workspace:W")}, []int{0, 2}},
			{"role and tenant", filter{Role: "acl", Tenant: b}, []int{2}},
		},
	}
}

func rolesNoun() noun[iam.RoleID, iam.Role, adapter.RoleFilter] {
	type filter = adapter.RoleFilter
	a, b, e := ref("account:A"), ref("account:B"), ref("environment:E")
	return noun[iam.RoleID, iam.Role, filter]{
		table:  adapter.Rows.Roles,
		key:    func(r iam.Role) iam.RoleID { return r.ID },
		cursor: text[iam.RoleID],
		stamp:  func(r *iam.Role) *iam.Stamp { return &r.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		scopes: landscape(),
		rows: []iam.Role{
			{ID: "r1", Scope: a, Tenant: a, Name: "One", Description: "d", Base: "reader",
				Permissions: []string{"z:*", "a:read", "m:*"}, Except: []string{"b:*", "a:*"}},
			{ID: "r2", Scope: e, Tenant: a, Permissions: []string{"z:*"}},
			{ID: "r3", Scope: b, Tenant: b, Base: "reader"},
		},
		changed: iam.Role{ID: "r1", Scope: e, Tenant: a, Name: "1", Description: "other", Base: "admin",
			Permissions: []string{"m:*", "z:*"}, Except: []string{"a:*", "b:*", "c:*"}},
		filters: []filterCase[filter]{
			{"tenant", filter{Tenant: a}, []int{0, 1}},
			{"scope", filter{Scope: e}, []int{1}},
			{"base", filter{Base: "reader"}, []int{0, 2}},
			{"base and tenant", filter{Base: "reader", Tenant: a}, []int{0}},
		},
	}
}

func policiesNoun() noun[iam.PolicyID, iam.Policy, adapter.PolicyFilter] {
	type filter = adapter.PolicyFilter
	a, b, e := ref("account:A"), ref("account:B"), ref("environment:E")
	ann, dev := ref("user:ann"), ref("group:dev")
	return noun[iam.PolicyID, iam.Policy, filter]{
		table:  adapter.Rows.Policies,
		key:    func(p iam.Policy) iam.PolicyID { return p.ID },
		cursor: text[iam.PolicyID],
		stamp:  func(p *iam.Policy) *iam.Stamp { return &p.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		scopes: landscape(),
		rows: []iam.Policy{
			{ID: "p1", Subject: ann, Roles: []iam.RoleID{"admin", "reader"}, Scope: a, Tenant: a},
			{ID: "p2", Subject: dev, Roles: []iam.RoleID{"reader"}, Scope: e, Tenant: a},
			{ID: "p3", Subject: ann, Roles: []iam.RoleID{"admin"}, Scope: b, Tenant: b},
		},
		changed: iam.Policy{ID: "p1", Subject: ann, Roles: []iam.RoleID{"owner", "reader"}, Scope: a, Tenant: a},
		filters: []filterCase[filter]{
			{"tenant", filter{Tenant: a}, []int{0, 1}},
			{"subject", filter{Subject: ann}, []int{0, 2}},
			{"scope", filter{Scope: e}, []int{1}},
			{"role", filter{Role: "reader"}, []int{0, 1}},
			{"subject, role and tenant", filter{Subject: ann, Role: "admin", Tenant: b}, []int{2}},
			{"subjects", filter{Subjects: []iam.Ref{dev, ann}}, []int{0, 1, 2}},
			{"subjects, role and tenant", filter{Subjects: []iam.Ref{dev, ref("user:eve")}, Role: "reader", Tenant: a}, []int{1}},
		},
	}
}

func resourcesNoun() noun[iam.Ref, iam.Resource, adapter.ResourceFilter] {
	type filter = adapter.ResourceFilter
	a, b, e := ref("account:A"), ref("account:B"), ref("environment:E")
	return noun[iam.Ref, iam.Resource, filter]{
		table:  adapter.Rows.Resources,
		key:    func(r iam.Resource) iam.Ref { return r.Ref },
		cursor: iam.Ref.String,
		stamp:  func(r *iam.Resource) *iam.Stamp { return &r.Stamp },
		page:   func(l adapter.Listing) filter { return filter{Listing: l} },
		scopes: landscape(),
		rows: []iam.Resource{
			{Ref: ref("farm:F"), Scope: e, Tenant: a, Name: "F", Owners: refs("group:dev", "user:ann")},
			{Ref: ref("farm:G"), Scope: b, Tenant: b, Owners: refs("user:ann")},
			{Ref: ref("image:F"), Scope: a, Tenant: a},
		},
		changed: iam.Resource{Ref: ref("farm:F"), Scope: a, Tenant: a, Name: "f", Owners: refs("group:ops", "user:ann")},
		filters: []filterCase[filter]{
			{"tenant", filter{Tenant: a}, []int{0, 2}},
			{"scope", filter{Scope: a}, []int{2}},
			{"type", filter{Type: "farm"}, []int{0, 1}},
			{"owner", filter{Owner: ref("user:ann")}, []int{0, 1}},
			{"owner and tenant", filter{Owner: ref("user:ann"), Tenant: b}, []int{1}},
		},
	}
}
