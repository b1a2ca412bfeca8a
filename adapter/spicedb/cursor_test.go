package spicedb

import (
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add("made up")
	f.Add("YQpi\n")
	f.Add(cursor{token: "GhUKEzE3", after: "E1"}.String())
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseCursor(text)
		if err != nil {
			if iam.ReasonOf(err) != "CURSOR_INVALID" {
				t.Errorf("%q: got %v", text, err)
			}
			return
		}
		if parsed.String() != text {
			t.Errorf("%q comes back as %q", text, parsed.String())
		}
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		after  string
		limit  int
		first  string
		length int
		more   bool
	}{
		{"everything", "", 0, "a", 3, false},
		{"first page", "", 2, "a", 2, true},
		{"exactly full", "", 3, "a", 3, false},
		{"after one", "a", 2, "b", 2, false},
		{"after a missing one", "aa", 1, "b", 1, true},
	} {
		page := cut(rel.Page{IDs: []string{"c", "a", "b"}, Token: "t"}, test.after, test.limit)
		if page.IDs[0] != test.first || len(page.IDs) != test.length || (page.Cursor != "") != test.more {
			t.Errorf("%s: got %+v", test.name, page)
		}
	}
}
