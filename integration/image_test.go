package integration_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/wait"
)

// TestImage: the image runs a server by itself, as nobody in particular, with
// its database in /data, and Docker finds it healthy.
func TestImage(t *testing.T) {
	t.Parallel()
	const token = "a-secret-for-the-tests"
	container, err := testcontainers.Run(t.Context(), "ambit:local",
		testcontainers.WithEnv(map[string]string{"AMBIT_INSECURE_LISTEN": "true", "AMBIT_TOKEN": token}),
		testcontainers.WithWaitStrategyAndDeadline(time.Minute, wait.ForHealthCheck()),
	)
	testcontainers.CleanupContainer(t, container)
	require.NoError(t, err)
	for _, command := range [][]string{{"ambit", "user", "create", "ann"}, {"ambit", "reconcile"}} {
		code, _, err := container.Exec(t.Context(), command, exec.Multiplexed())
		require.NoError(t, err)
		require.Zero(t, code, "%v", command)
	}
	about, err := container.Inspect(t.Context())
	require.NoError(t, err)
	require.Equal(t, "65532:65532", about.Config.User)
	require.Contains(t, about.Config.Volumes, "/data")
}
