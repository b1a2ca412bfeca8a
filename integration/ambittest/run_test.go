package ambittest_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/integration/ambittest"
)

func TestMain(m *testing.M) { os.Exit(ambittest.Main(m)) }

// TestRunIsolates: two systems at a time share nothing.
func TestRunIsolates(t *testing.T) {
	t.Parallel()
	full, empty := ambittest.Run(t, ambittest.World(acme)), ambittest.Run(t, ambittest.Model("stackit"))
	require.True(t, full.Allowed("user:ann", "workspaces:read", "environment:prod"))
	require.Equal(t, "stackit", empty.Model.Name)
	for _, system := range []*ambittest.System{full, empty} {
		drift, err := system.Adapter.Reconcile(t.Context(), adapter.ReconcileOptions{})
		require.NoError(t, err)
		require.True(t, drift.None(), "%+v", drift)
	}
	exported, err := empty.Adapter.Export(t.Context(), all)
	require.NoError(t, err)
	require.Zero(t, exported.Len())
}

// TestServe: replicas answer, and end with the test.
func TestServe(t *testing.T) { //nolint:tparallel // its end wants the subtest to be over
	t.Parallel()
	var url string
	t.Run("running", func(t *testing.T) {
		system := ambittest.Run(t, ambittest.World(acme))
		for range 2 {
			running := system.Serve()
			url = running.URL
			answer, err := running.Client().Access.Check(t.Context(), &ambitv1.CheckRequest{
				Subject: "user:ann", Permission: "workspaces:read", Object: "environment:prod", Full: true,
			})
			require.NoError(t, err)
			require.True(t, answer.GetAllowed())
		}
	})
	answer, err := http.Get(url + "/healthz")
	if err == nil {
		require.NoError(t, answer.Body.Close())
	}
	require.Error(t, err, "the server has ended")
}
