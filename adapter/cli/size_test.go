package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]size{"0": 0, "4096": 4096, "1KiB": 1024, " 512 MiB ": 512 << 20, "1.5GiB": 3 << 29, "2TiB": 2 << 40} {
		var s size
		require.NoError(t, s.Set(text), text)
		assert.Equal(t, want, s, text)
	}
	for _, text := range []string{"", "12parsecs", "12MB", "-1", "-1KiB", "MiB", "NaN", "Inf", "9e99TiB", "1KiB2", "1 2"} {
		s := size(7)
		require.Error(t, s.Set(text), text)
		assert.EqualValues(t, 7, s)
	}
}
