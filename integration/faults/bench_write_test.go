package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// The size of the write benchmarks: each round gives new users' roles at new
// places, so that each policy is a binding with all its tuples.
const (
	writeRounds    = 7
	writesPerRound = 40 // of each tenant
	benchPlaces    = 50
	benchRoles     = 10
)

// benchTenant is where a benchmark writes.
type benchTenant struct {
	account iam.Ref
	door    *door
}

func (n benchTenant) workspace(i int) iam.Ref {
	return iam.Ref{Type: typeWorkspace, ID: fmt.Sprintf("%s-w%d", n.account.ID, i%benchPlaces)}
}

func (n benchTenant) role(i int) iam.RoleID {
	return iam.RoleID(fmt.Sprintf("%s-r%d", n.account.ID, i/benchPlaces%benchRoles))
}

func (n benchTenant) user(i int) iam.UserID {
	return iam.UserID(fmt.Sprintf("%s-u%d", n.account.ID, i%benchPlaces))
}

// world is what is there before the first policy.
func (n benchTenant) world() iam.World {
	environment := iam.Ref{Type: typeEnvironment, ID: n.account.ID + "-e"}
	w := iam.World{Scopes: []iam.Scope{{Ref: n.account}, {Ref: environment, Parent: n.account}}}
	for i := range benchPlaces {
		w.Scopes = append(w.Scopes, iam.Scope{Ref: n.workspace(i), Parent: environment})
		w.Users = append(w.Users, iam.User{ID: n.user(i)})
	}
	for i := range benchRoles {
		w.Roles = append(w.Roles, iam.Role{ID: n.role(i * benchPlaces), Scope: n.account, Permissions: permissions[:2]})
	}
	return w
}

func newBenchTenants(b *testing.B, f *fleet, model *schema.Model, count int) []benchTenant {
	b.Helper()
	tenants := make([]benchTenant, count)
	for i := range tenants {
		tenants[i] = benchTenant{account: iam.Ref{Type: typeAccount, ID: fmt.Sprintf("b%d", i)}, door: f.doors()[i%len(f.replicas)]}
		_, err := apply(b.Context(), tenants[i].door.Client, model, tenants[i].world())
		require.NoError(b, err)
	}
	return tenants
}

// grant makes the i-th policy.
func (n benchTenant) grant(ctx context.Context, d *door, i int) (*ambitv1.PolicyReceipt, error) {
	return d.Policies.CreatePolicy(ctx, &ambitv1.CreatePolicyRequest{Policy: &ambitv1.Policy{
		Subject: userRef(n.user(i)).String(), Roles: []string{string(n.role(i))}, Scope: n.workspace(i).String(),
	}})
}

// policyWrites compares a policy that is visible when the call returns with the
// same tuples written to SpiceDB. Rounds of both take turns; the rates are
// medians, the first round warms up.
func policyWrites(b *testing.B, lab *lab, count int) {
	model, err := schema.Builtin("scalr")
	require.NoError(b, err)
	f, direct := plainFleet(b, lab), newBare(b, lab, model)
	tenants := newBenchTenants(b, f, model, count)
	known := map[rel.Tuple]bool{}
	for _, tuple := range held(b, f.spicedb) {
		known[tuple] = true
	}
	var ambit, spicedb times
	var ambitRates, spicedbRates []float64
	for round := range writeRounds + 1 {
		took, rate := inParallel(b, count, func(ctx context.Context, tenant, i int) error {
			answer, err := tenants[tenant].grant(ctx, tenants[tenant].door, round*writesPerRound+i)
			if err == nil && !answer.GetApplied() {
				err = fmt.Errorf("SpiceDB did not take a policy")
			}
			return err
		})
		bindings := newBindings(held(b, f.spicedb), known)
		require.Len(b, bindings, count*writesPerRound, "each policy has a binding of its own")
		tookDirect, rateDirect := inParallel(b, count, func(ctx context.Context, tenant, i int) error {
			return direct.touch(ctx, bindings[tenant*writesPerRound+i])
		})
		if round > 0 {
			ambit, spicedb = append(ambit, took...), append(spicedb, tookDirect...)
			ambitRates, spicedbRates = append(ambitRates, rate), append(spicedbRates, rateDirect)
		}
	}
	ambit.report(b, "visible")
	spicedb.report(b, "spicedb")
	b.ReportMetric(median(ambitRates), "writes/s")
	b.ReportMetric(median(spicedbRates), "spicedb-writes/s")
	b.ReportMetric(median(spicedbRates)/median(ambitRates), "x-spicedb")
	b.ReportMetric(0, "ns/op") // both sides together mean nothing
}

// inParallel makes the writes of one round, tenants side by side, each its own
// one after the other. It returns the time of each and their rate.
func inParallel(b *testing.B, tenants int, write func(ctx context.Context, tenant, i int) error) (times, float64) {
	b.Helper()
	took, failed := make([]times, tenants), make([]error, tenants)
	start := time.Now()
	var running sync.WaitGroup
	for tenant := range tenants {
		running.Go(func() {
			for i := range writesPerRound {
				began := time.Now()
				if failed[tenant] = write(b.Context(), tenant, i); failed[tenant] != nil {
					return
				}
				took[tenant] = append(took[tenant], time.Since(began))
			}
		})
	}
	running.Wait()
	elapsed := time.Since(start)
	for _, err := range failed {
		require.NoError(b, err)
	}
	return slices.Concat(took...), float64(tenants*writesPerRound) / elapsed.Seconds()
}

// newBindings returns the tuples that are not known yet, those of each binding
// together, and makes them known.
func newBindings(tuples []rel.Tuple, known map[rel.Tuple]bool) [][]rel.Tuple {
	const binding = "role_binding"
	groups := map[string][]rel.Tuple{}
	for _, tuple := range tuples {
		if known[tuple] {
			continue
		}
		known[tuple] = true
		switch {
		case tuple.Resource.Type == binding:
			groups[tuple.Resource.ID] = append(groups[tuple.Resource.ID], tuple)
		case tuple.Subject.Type == binding:
			groups[tuple.Subject.ID] = append(groups[tuple.Subject.ID], tuple)
		}
	}
	return slices.Collect(maps.Values(groups))
}

// revocations measures how long it takes, from the call that revokes on one
// server, until another one denies: with the token of the revocation, and
// without one.
func revocations(b *testing.B, lab *lab) {
	model, err := schema.Builtin("scalr")
	require.NoError(b, err)
	f := plainFleet(b, lab)
	tenant := newBenchTenants(b, f, model, 1)[0]
	first, second := f.doors()[0], f.doors()[1]
	var revoked, denied, unasked times
	for i := range 200 {
		policy, err := tenant.grant(b.Context(), first, i)
		require.NoError(b, err)
		question := []question{{tenant.user(i), permissions[0], tenant.workspace(i)}}
		require.Equal(b, []bool{true}, ask(b.Context(), second, question, freshness{token: policy.GetToken()}))
		start := time.Now()
		receipt, err := first.Policies.DeletePolicy(b.Context(), &ambitv1.DeletePolicyRequest{Id: policy.GetPolicy().GetId()})
		require.NoError(b, err)
		revoked = append(revoked, time.Since(start))
		require.Equal(b, []bool{false}, ask(b.Context(), second, question, freshness{token: receipt.GetToken()}))
		denied = append(denied, time.Since(start))
		if i%10 > 0 {
			continue
		}
		policy, err = tenant.grant(b.Context(), first, i)
		require.NoError(b, err)
		require.Equal(b, []bool{true}, ask(b.Context(), second, question, freshness{token: policy.GetToken()}))
		start = time.Now()
		_, err = first.Policies.DeletePolicy(b.Context(), &ambitv1.DeletePolicyRequest{Id: policy.GetPolicy().GetId()})
		require.NoError(b, err)
		for slices.Equal([]bool{true}, ask(b.Context(), second, question, freshness{})) {
			require.Less(b, time.Since(start), patience)
		}
		unasked = append(unasked, time.Since(start))
	}
	revoked.report(b, "acknowledged")
	denied.report(b, "denied-with-token")
	unasked.report(b, "denied-without")
	b.ReportMetric(0, "ns/op")
}
