package schema_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// excerpt is a fenced block and the file that the comment above it names.
var excerpt = regexp.MustCompile("(?s)<!-- ([\\w./-]+) -->\n```\\w+\n(.*?)```\n")

// TestModelDocument holds the excerpts of docs/models.md against the models and
// schemas of the rules, and asks for an excerpt of each.
func TestModelDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/models.md")
	require.NoError(t, err)
	shown := map[string]bool{}
	for _, match := range excerpt.FindAllStringSubmatch(string(document), -1) {
		file, block := match[1], match[2]
		text, err := os.ReadFile("testdata/rules/" + file)
		require.NoError(t, err)
		shown[file] = true
		rest := string(text)
		for part := range strings.SplitSeq(block, "...\n") {
			_, after, found := strings.Cut(rest, part)
			assert.True(t, found, "docs/models.md shows of %s what is not there, or not in this order:\n%s", file, part)
			rest = after
		}
	}
	files, err := filepath.Glob("testdata/rules/*")
	require.NoError(t, err)
	for _, path := range files {
		assert.True(t, shown[filepath.Base(path)], "docs/models.md shows nothing of %s", path)
	}
}
