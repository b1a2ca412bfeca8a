package index_test

import (
	"fmt"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// updates reads tuples as zed prints them.
func updates(texts ...string) []rel.Update {
	var updates []rel.Update
	for _, text := range texts {
		if tuple, err := rel.ParseTuple(text); err == nil {
			updates = append(updates, rel.Update{Op: rel.Touch, Tuple: tuple})
		}
	}
	return updates
}

// Who is in team dev may do in account A what the role says, and so everywhere
// below it.
func Example() {
	model, err := schema.Builtin("scalr")
	if err != nil {
		fmt.Println(err)
		return
	}
	x := index.New(model)
	x.Apply(updates(
		"environment:E#parent@account:A", "workspace:W#parent@environment:E", "workspace:V#parent@environment:E",
		"role:reader#workspaces__read@user:*",
		"role_binding:account/A/reader#role@role:reader",
		"role_binding:account/A/reader#subject@team:dev#member",
		"account:A#role_binding@role_binding:account/A/reader",
		"team:dev#member@user:ann",
	))
	ann, workspace := iam.Ref{Type: "user", ID: "ann"}, iam.Ref{Type: "workspace", ID: "W"}
	s := x.Snapshot()

	fmt.Println(s.Check(ann, "workspaces:read", workspace))
	fmt.Println(s.Permissions(ann, workspace))
	workspaces, _ := s.Resources(ann, "workspaces:read", "workspace", index.Page{})
	fmt.Println(workspaces)
	fmt.Println(s.Filter(ann, "workspaces:read", "workspace").Below)
	fmt.Println(s.Grantees("workspaces:read", workspace))
	for _, path := range s.Paths(ann, "workspaces:read", workspace) {
		fmt.Println(path.Through, path.Role, path.Chain)
	}
	// Output:
	// true
	// [workspaces:read]
	// [workspace:V workspace:W]
	// [account:A]
	// [team:dev]
	// [workspace:W environment:E account:A] reader [user:ann team:dev]
}

// What would be if somebody left the team is asked of a fork.
func ExampleIndex_Fork() {
	model, err := schema.Builtin("scalr")
	if err != nil {
		fmt.Println(err)
		return
	}
	x := index.New(model)
	x.Apply(updates(
		"role:reader#workspaces__read@user:*", "workspace:W#role_binding@role_binding:b",
		"role_binding:b#role@role:reader", "role_binding:b#subject@team:dev#member", "team:dev#member@user:ann",
	))
	plan := x.Fork()
	leave := updates("team:dev#member@user:ann")
	leave[0].Op = rel.Delete
	plan.Apply(leave)

	ann, workspace := iam.Ref{Type: "user", ID: "ann"}, iam.Ref{Type: "workspace", ID: "W"}
	fmt.Println(x.Check(ann, "workspaces:read", workspace), plan.Check(ann, "workspaces:read", workspace))
	// Output: true false
}
