package adapter_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// TestHeadBesideOthers: where others write too, what is asked for the newest state
// names a revision that holds every write acknowledged before, on either server, also
// when many ask at a time.
func TestHeadBesideOthers(t *testing.T) {
	t.Parallel()
	first, second, engine := twins(t, time.Minute, adapter.IndexConfig{})
	ctx := t.Context()
	require.NoError(t, first.Settle(ctx))
	_, err := first.Check(ctx, bobEnters, adapter.Freshness{Full: true})
	require.NoError(t, err)
	assert.NotEmpty(t, engine.lastAsked().AtLeast)

	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			scope := ref("environment", fmt.Sprint("own", i))
			question := adapter.CheckRequest{Subject: bob, Permission: "environments:read", Object: scope}
			_, _, err := first.CreateScope(ctx, iam.Scope{Ref: scope, Parent: accountA})
			assert.NoError(t, err)
			for range 15 {
				policy, receipt, err := first.CreatePolicy(ctx, iam.Policy{Subject: bob, Scope: scope, Roles: []iam.RoleID{"environment-min-access"}})
				assert.NoError(t, err)
				assert.True(t, receipt.Applied)
				for name, s := range map[string]*system{"first": first, "second": second} {
					decision, err := s.Check(ctx, question, adapter.Freshness{Full: true})
					assert.NoError(t, err)
					assert.True(t, decision.Allowed, "%s, %s", name, scope)
				}
				_, err = first.DeletePolicy(ctx, policy.ID, 0)
				assert.NoError(t, err)
				decision, err := second.Check(ctx, question, adapter.Freshness{Full: true})
				assert.NoError(t, err)
				assert.False(t, decision.Allowed, "%s", scope)
			}
		})
	}
	asking.Wait()
}
