package adapter_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
)

// TestAnswersNameTheirState: whoever reads everything answers with the token of what
// was read, also without an index; and it is good for another question.
func TestAnswersNameTheirState(t *testing.T) {
	t.Parallel()
	request := adapter.CheckRequest{Subject: ann, Permission: "environments:read", Object: env1}
	alone := newSystem(t, builtin(t, "scalr"), withoutIndex)
	alone.apply(t, acme())
	for name, s := range map[string]*system{"index": newAcme(t), "engine": alone} {
		for _, at := range []adapter.Freshness{{}, {Full: true}} {
			x, err := s.Explain(t.Context(), request, at)
			require.NoError(t, err)
			plan, err := s.Plan(t.Context(), shrink(), adapter.Page{}, at)
			require.NoError(t, err)
			filter, err := s.ResourceFilter(t.Context(), adapter.ResourcesRequest{Subject: ann, Permission: "environments:read", Type: "environment"}, at)
			require.NoError(t, err)
			for _, token := range []adapter.Token{x.Token, plan.Token, filter.Token} {
				require.NotEmpty(t, token, "%s %+v", name, at)
				decision, err := s.Check(t.Context(), request, adapter.Freshness{Token: token})
				require.NoError(t, err)
				assert.True(t, decision.Allowed)
			}
			if at.Full {
				assert.Equal(t, adapter.SourceEngine, x.Source)
			}
		}
	}
}
