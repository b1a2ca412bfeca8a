package adapter

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
)

// TestBounds: what is too large is refused with a reason, at the bound and not
// before. To reach the bounds themselves would take minutes.
func TestBounds(t *testing.T) {
	t.Parallel()
	assert.NoError(t, boundFilter(maxFilter))
	err := boundFilter(maxFilter + 1)
	assert.Equal(t, iam.ResourceExhausted, iam.CodeOf(err))
	assert.Equal(t, "FILTER_TOO_LARGE", iam.ReasonOf(err))

	err = planFailed(fmt.Errorf("compare: %w", index.ErrTooMuch))
	assert.Equal(t, iam.ResourceExhausted, iam.CodeOf(err))
	assert.Equal(t, "PLAN_TOO_LARGE", iam.ReasonOf(err))
	assert.Empty(t, iam.ReasonOf(planFailed(context.Canceled)), "whoever gave up gets that back")
}
