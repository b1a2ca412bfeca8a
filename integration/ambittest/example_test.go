package ambittest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/integration/ambittest"
)

const acme = `
scopes:
- {id: "account:acme"}
- {id: "environment:prod", parent: "account:acme"}
users:
- {id: ann}
policies:
- {subject: "user:ann", roles: [read-only], scope: "environment:prod"}
`

// A test of a program's own roles. In a test function, t is the one that it is
// given.
func ExampleEmbedded() {
	inTest(func(t testing.TB) {
		system := ambittest.Embedded(t, acme)
		fmt.Println(system.Allowed("user:ann", "workspaces:read", "environment:prod"))
		fmt.Println(system.Allowed("user:ann", "workspaces:delete", "environment:prod"))

		system.Apply(`policies: [{subject: "user:ann", roles: [admin], scope: "account:acme"}]`)
		fmt.Println(system.Allowed("user:ann", "workspaces:delete", "environment:prod"))
	})
	// Output:
	// true
	// false
	// true
}

// Two servers on one database: what is written through one is seen by the other.
func ExampleRun() {
	inTest(func(t testing.TB) {
		system := ambittest.Run(t, ambittest.World(acme))
		one, two := system.Serve().Client(), system.Serve().Client()

		given, err := one.Policies.CreatePolicy(t.Context(), &ambitv1.CreatePolicyRequest{Policy: &ambitv1.Policy{
			Subject: "user:ann", Roles: []string{"admin"}, Scope: "account:acme",
		}})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := two.Access.Check(t.Context(), &ambitv1.CheckRequest{
			Subject: "user:ann", Permission: "workspaces:delete", Object: "environment:prod", Token: given.GetToken(),
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(answer.GetAllowed(), answer.GetReason())
	})
	// Output:
	// true GRANTED
}

// The clock of an embedded system moves when the test says so.
func ExampleSystem_Advance() {
	inTest(func(t testing.TB) {
		system := ambittest.Embedded(t, acme)
		before := system.Now()
		system.Advance(2 * time.Hour)
		fmt.Println(system.Now().Sub(before))
	})
	// Output:
	// 2h0m0s
}

// inTest gives an example what a test function is given.
func inTest(test func(t testing.TB)) {
	testing.Benchmark(func(b *testing.B) {
		if b.N == 1 {
			test(b)
		}
	})
}
