package rel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func TestEncodeID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"ann":             "ann",
		"ws-1_A+b=":       "ws-1_A+b=",
		"":                "=",
		"=ann":            "=PWFubg",
		"ann@example.com": "=YW5uQGV4YW1wbGUuY29t",
		"a/b":             "=YS9i",
		"a|b":             "=YXxi",
		"*":               "=Kg",
		"é":               "=w6k",
	} {
		assert.Equal(t, want, rel.EncodeID(id), id)
	}
}

func TestDecodeIDRefuses(t *testing.T) {
	t.Parallel()
	for _, encoded := range []string{
		"", "*", "a/b", "ann@example.com", "é",
		"=!",     // no base64
		"=YW5u",  // ann, encoded without need
		"=YS9i=", // padded
		"=YS9j\n",
		"=Kh", // bits that say nothing
	} {
		_, err := rel.DecodeID(encoded)
		assert.Error(t, err, "%q", encoded)
	}
}

// FuzzEncodeID: every text comes back, and SpiceDB takes its encoded form.
func FuzzEncodeID(f *testing.F) {
	for _, id := range []string{"", "ann", "=", "=ann", "a.b@c", "a/b", "*", "\x00\xff"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		encoded := rel.EncodeID(id)
		back, err := rel.DecodeID(encoded)
		require.NoError(t, err)
		require.Equal(t, id, back)
		require.NotEqual(t, rel.Wildcard, encoded)
		require.Empty(t, strings.Trim(encoded, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=+"))
	})
}

// FuzzDecodeID: no two texts stand for one identifier.
func FuzzDecodeID(f *testing.F) {
	for _, encoded := range []string{"ann", "=YS9i", "=YW5u", "="} {
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		if id, err := rel.DecodeID(encoded); err == nil {
			require.Equal(t, encoded, rel.EncodeID(id))
		}
	})
}
