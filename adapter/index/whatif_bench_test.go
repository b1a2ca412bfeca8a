package index_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// BenchmarkWhatIf tries out what no world file can say, in the reference world with
// 10,000 users: a policy at the account is revoked, and an environment with its
// workspaces moves to another account, where nobody holds anything.
func BenchmarkWhatIf(b *testing.B) {
	s := reference.Grown(5000)
	s.Users = 10_000
	w := loaded(b, s)
	before := s.World()
	for name, change := range map[string]func(*iam.World){
		"revoked": func(after *iam.World) {
			wide := slices.IndexFunc(after.Policies, func(p iam.Policy) bool { return p.Scope == ref("account", "A") })
			after.Policies = slices.Delete(slices.Clone(after.Policies), wide, wide+1)
		},
		"moved": func(after *iam.World) {
			other := iam.Scope{Ref: ref("account", "B"), Tenant: ref("account", "B")}
			after.Scopes = append(slices.Clone(after.Scopes), other)
			after.Scopes[1].Parent = other.Ref
		},
	} {
		after := before
		change(&after)
		updates := rel.Diff(w.tuples, tuplesOf(w.model, after))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var found index.Changes
			for b.Loop() {
				var err error
				found, err = w.Snapshot().WhatIf(b.Context(), updates, index.ChangePage{Limit: 100})
				require.NoError(b, err)
			}
			b.ReportMetric(float64(found.Losses), "losses")
			b.ReportMetric(float64(found.Subjects), "subjects")
		})
	}
}
