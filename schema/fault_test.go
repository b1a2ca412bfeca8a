package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/schema"
)

// TestFaults loads broken models. A line with a fault says so itself, once for
// each fault:  # FAULT column key: message
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, text := range faults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := wantedFaults(text)
			require.NotEmpty(t, want, "a broken model says what is wrong with it")
			_, err := schema.Load("m.yaml", []byte(text))
			var problems schema.Problems
			require.ErrorAs(t, err, &problems)
			got := make([]string, len(problems))
			for i, p := range problems {
				got[i] = strings.TrimPrefix(p.String(), "m.yaml:")
			}
			assert.Equal(t, want, got)
		})
	}
}

// marked is a fault that a line announces.
var marked = regexp.MustCompile(`# FAULT (\d+) ([^#]+)`)

// wantedFaults returns the faults that a broken model announces, as
// "line:column: key: message".
func wantedFaults(text string) []string {
	var want []string
	for i, line := range strings.Split(text, "\n") {
		for _, match := range marked.FindAllStringSubmatch(line, -1) {
			want = append(want, fmt.Sprintf("%d:%s: %s", i+1, match[1], strings.TrimSpace(match[2])))
		}
	}
	return want
}

// faults returns the broken models by name.
func faults(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/faults/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	texts := make(map[string]string, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[strings.TrimSuffix(filepath.Base(path), ".yaml")] = string(text)
	}
	return texts
}
