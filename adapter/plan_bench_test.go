package adapter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
)

// crowded is the large world with 10,000 users who all hold one role at the
// account, through their teams.
func crowded() iam.World {
	s := large
	s.Users = 10_000
	w := s.World()
	account := ref("account", "A")
	w.Roles = append(w.Roles, iam.Role{ID: "wide", Scope: account, Permissions: []string{"workspaces:read"}})
	for i := range s.Teams {
		w.Policies = append(w.Policies, iam.Policy{Subject: reference.Numbered("team", i), Scope: account, Roles: []iam.RoleID{"wide"}})
	}
	return w
}

// BenchmarkPlan plans changes of the crowded world, which the index has. The figures
// beside the time are the answers that differ, and what is allocated in all.
func BenchmarkPlan(b *testing.B) {
	s := newSystem(b, builtin(b, "scalr"))
	s.fill(b, crowded())
	require.NoError(b, s.Settle(b.Context()))
	account := ref("account", "A")
	role := func(permissions ...string) iam.World {
		return iam.World{Roles: []iam.Role{{ID: "wide", Scope: account, Permissions: permissions}}}
	}
	for name, change := range map[string]iam.World{
		"one-permission":  role("workspaces:read", "policy-checks:override"),
		"all-permissions": role("*"),
		"one-loss":        role("modules:read"),
		"moved":           {Scopes: []iam.Scope{{Ref: ref("workspace", "w1"), Parent: ref("environment", "e2")}}},
		"isolated":        {Scopes: []iam.Scope{{Ref: ref("environment", "e1"), Parent: account, Isolated: true}}},
		"emptied-team":    {Groups: []iam.Group{{ID: "t1", Scope: account, Members: []iam.Ref{}}}},
		"one-policy":      {Policies: []iam.Policy{{Subject: ref("user", "u1"), Scope: account, Roles: []iam.RoleID{"admin"}}}},
		"team-policy":     {Policies: []iam.Policy{{Subject: ref("team", "t1"), Scope: account, Roles: []iam.RoleID{"admin"}}}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var plan adapter.Plan
			for b.Loop() {
				plan = s.planned(b, change, adapter.Page{Size: 100})
			}
			b.ReportMetric(float64(plan.Gains+plan.Losses), "changes")
		})
	}
}
