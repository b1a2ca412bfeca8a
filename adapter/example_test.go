package adapter_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/sqlstore"
	"github.com/ambit-iam/ambit/schema"
)

// start is all that an application needs. A real one keeps its database in a
// file, and handles the errors.
func start(ctx context.Context) (*adapter.Adapter, func()) {
	model := must(schema.Builtin("scalr"))
	store := must(sqlstore.OpenSQLite(ctx, ":memory:", sqlstore.Config{Subjects: sqlstore.SubjectsOf(model)}))
	server := must(embedded.Start(ctx, embedded.Config{}))
	a := must(adapter.New(ctx, adapter.Config{Model: model, Store: store, Engine: server.Engine()}))
	return a, func() { _, _, _ = a.Close(), server.Close(), store.Close() }
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// Ask whether somebody may do something. No is an answer, with a reason.
func Example() {
	ctx := context.Background()
	a, stop := start(ctx)
	defer stop()
	production := iam.Ref{Type: "environment", ID: "production"}
	must(a.Apply(ctx, iam.World{
		Scopes:   []iam.Scope{{Ref: iam.Ref{Type: "account", ID: "acme"}}, {Ref: production, Parent: iam.Ref{Type: "account", ID: "acme"}}},
		Users:    []iam.User{{ID: "ann"}},
		Policies: []iam.Policy{{Subject: iam.Ref{Type: "user", ID: "ann"}, Scope: production, Roles: []iam.RoleID{"read-only"}}},
	}))

	for _, permission := range []string{"workspaces:read", "workspaces:delete", "accounts:billing"} {
		decision := must(a.Check(ctx, adapter.CheckRequest{
			Subject: iam.Ref{Type: "user", ID: "ann"}, Permission: permission, Object: production,
		}, adapter.Freshness{}))
		fmt.Println(permission, decision.Allowed, decision.Reason)
	}
	// Output:
	// workspaces:read true GRANTED
	// workspaces:delete false NO_GRANT
	// accounts:billing false NOT_APPLICABLE
}

// Give a team a role at an environment: it holds there and below.
func Example_grant() {
	ctx := context.Background()
	a, stop := start(ctx)
	defer stop()
	acme, production := iam.Ref{Type: "account", ID: "acme"}, iam.Ref{Type: "environment", ID: "production"}
	ann, web := iam.Ref{Type: "user", ID: "ann"}, iam.Ref{Type: "workspace", ID: "web"}
	must(a.Apply(ctx, iam.World{
		Scopes: []iam.Scope{{Ref: acme}, {Ref: production, Parent: acme}, {Ref: web, Parent: production}},
		Users:  []iam.User{{ID: "ann"}},
		Groups: []iam.Group{{ID: "ops", Scope: acme, Members: []iam.Ref{ann}}},
	}))

	policy, _, err := a.CreatePolicy(ctx, iam.Policy{
		Subject: iam.Ref{Type: "team", ID: "ops"}, Scope: production, Roles: []iam.RoleID{"user"},
	})
	fmt.Println(policy.Roles, err)
	fmt.Println(must(a.Check(ctx, adapter.CheckRequest{Subject: ann, Permission: "variables:update", Object: web}, adapter.Freshness{})).Allowed)

	_, _, err = a.CreatePolicy(ctx, iam.Policy{Subject: iam.Ref{Type: "team", ID: "ops"}, Scope: production, Roles: []iam.RoleID{"user"}})
	fmt.Println(iam.CodeOf(err), iam.ReasonOf(err))
	// Output:
	// [user] <nil>
	// true
	// ALREADY_EXISTS ROLE_ALREADY_HELD
}

// A custom role starts from a role of the model or from none, and is made of
// permissions and patterns. Whoever holds it holds what it is edited to.
func Example_customRole() {
	ctx := context.Background()
	a, stop := start(ctx)
	defer stop()
	acme := iam.Ref{Type: "account", ID: "acme"}
	must(a.Apply(ctx, iam.World{Scopes: []iam.Scope{{Ref: acme}}}))

	role, _, err := a.CreateRole(ctx, iam.Role{
		ID: "librarian", Scope: acme, Base: "environment-min-access",
		Permissions: []string{"modules:*"}, Except: []string{"modules:delete"},
	})
	fmt.Println(role.Effective, err)

	edited := []string{"modules:read"}
	role, _, err = a.UpdateRole(ctx, "librarian", adapter.RoleChange{Permissions: &edited, Revision: role.Revision})
	fmt.Println(role.Effective, err)

	_, _, err = a.CreateRole(ctx, iam.Role{ID: "admin", Scope: acme})
	fmt.Println(err)
	// Output:
	// [environments:read modules:create modules:read modules:update] <nil>
	// [environments:read modules:read] <nil>
	// id "admin": is a role of the model; it cannot be changed, deleted or replaced
}

// Every write returns a token. A question that carries it has seen the write,
// whichever server answers.
func Example_readYourOwnWrite() {
	ctx := context.Background()
	a, stop := start(ctx)
	defer stop()
	acme, ann := iam.Ref{Type: "account", ID: "acme"}, iam.Ref{Type: "user", ID: "ann"}
	must(a.Apply(ctx, iam.World{Scopes: []iam.Scope{{Ref: acme}}}))

	_, receipt, err := a.Invite(ctx, iam.User{ID: "ann", Email: "ann@example.com"}, acme, []iam.RoleID{"account-min-access"})
	fmt.Println(receipt.Applied, err)
	question := adapter.CheckRequest{Subject: ann, Permission: "login", Object: acme}
	fmt.Println(must(a.Check(ctx, question, adapter.Freshness{Token: receipt.Token})).Allowed)

	receipt = must(a.DeleteUser(ctx, "ann", 0))
	decision := must(a.Check(ctx, question, adapter.Freshness{Token: receipt.Token}))
	fmt.Println(decision.Allowed, decision.Reason)
	// Output:
	// true <nil>
	// true
	// false SUBJECT_UNKNOWN
}
