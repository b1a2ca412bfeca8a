package ambittest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/integration/ambittest"
)

// all is the tenant of Export that means everything.
var all iam.Ref

// TestEmbedded: worlds are bytes or text, every model can be had, and systems
// share nothing.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	full := ambittest.Embedded(t, []byte(acme))
	require.True(t, full.Allowed("user:ann", "workspaces:read", "environment:prod"))
	empty := ambittest.Embedded(t, "", ambittest.Model("snapcd"))
	require.Equal(t, "snapcd", empty.Model.Name)
	exported, err := empty.Adapter.Export(t.Context(), all)
	require.NoError(t, err)
	require.Zero(t, exported.Len())
}

// TestClock: what is written has the time of the test's clock, which stands still.
func TestClock(t *testing.T) {
	t.Parallel()
	system := ambittest.Embedded(t, acme)
	before := system.Now()
	first, err := system.Adapter.User(t.Context(), "ann")
	require.NoError(t, err)
	require.Equal(t, before.UnixMilli(), first.Created.UnixMilli())
	system.Advance(time.Hour)
	system.Apply(`users: [{id: ann, name: Ann}]`)
	changed, err := system.Adapter.User(t.Context(), "ann")
	require.NoError(t, err)
	require.Equal(t, time.Hour, changed.Updated.Sub(first.Updated))
}
