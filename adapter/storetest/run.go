package storetest

import (
	"testing"

	"github.com/ambit-iam/ambit/adapter"
)

// Open returns an empty store that lives until the end of t. Each call returns
// another one.
type Open func(t *testing.T) adapter.Store

// Run runs the whole suite, in parallel.
func Run(t *testing.T, open func(t *testing.T) adapter.Store) {
	t.Helper()
	tests := []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"Scopes", scopesNoun().run},
		{"Users", usersNoun().run},
		{"ServiceAccounts", serviceAccountsNoun().run},
		{"Groups", groupsNoun().run},
		{"Roles", rolesNoun().run},
		{"Policies", policiesNoun().run},
		{"Resources", resourcesNoun().run},
		{"ScopeTree", testScopeTree},
		{"LargeGroup", testLargeGroup},
		{"InUse", testInUse},
		{"DanglingReferences", testDangling},
		{"BrokenRows", testBroken},
		{"Transactions", testTransactions},
		{"Concurrency", testConcurrency},
		{"Alone", testAlone},
		{"Outbox", testOutbox},
		{"Waiting", testWaiting},
		{"Rebuilt", testRebuilt},
		{"OutboxConcurrency", testOutboxConcurrency},
		{"Audit", testAudit},
		{"Meta", testMeta},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open)
		})
	}
}
