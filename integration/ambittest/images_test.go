package ambittest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestImages: tests run what docker-compose.yml runs.
func TestImages(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../docker-compose.yml")
	require.NoError(t, err)
	for _, image := range []string{postgresImage, spiceDBImage} {
		require.True(t, strings.Contains(string(file), "  image: "+image+"\n"), image)
	}
}
