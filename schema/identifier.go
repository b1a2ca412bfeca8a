package schema

import (
	"fmt"
	"slices"
	"strings"
)

// SpiceDB's bounds for the names of relations and permissions.
const (
	minIdentifier = 3
	maxIdentifier = 64
)

// maxPermission leaves room for inheritableSuffix, so that a model that begins to
// need it stays valid.
const maxPermission = maxIdentifier - len(inheritableSuffix)

// partSeparator stands for the signs that part a permission name.
const partSeparator = "__"

// Identifier returns the SpiceDB identifier of a permission or type name: lower
// case, with "__" for : / and . between parts and "_" for every other sign that
// is no letter or digit. Load refuses a model in which two names share one
// identifier, so within a model the way back is unambiguous.
func Identifier(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteRune(c)
		case c == ':', c == '/', c == '.':
			b.WriteString(partSeparator)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// keywords are words of SpiceDB's schema language that cannot be names in it.
var keywords = []string{"caveat", "definition", "nil", "permission", "relation", "with"}

// checkIdentifier says why SpiceDB would refuse an identifier of at most longest
// signs, or returns nil.
func checkIdentifier(identifier string, longest int) error {
	switch {
	case len(identifier) < minIdentifier:
		return fmt.Errorf("its SpiceDB identifier %q is shorter than %d signs", identifier, minIdentifier)
	case len(identifier) > longest:
		return fmt.Errorf("its SpiceDB identifier %q is longer than %d signs", identifier, longest)
	case identifier[0] < 'a' || identifier[0] > 'z':
		return fmt.Errorf("its SpiceDB identifier %q does not begin with a letter", identifier)
	case identifier[len(identifier)-1] == '_':
		return fmt.Errorf("its SpiceDB identifier %q ends with a sign that is no letter or digit", identifier)
	case slices.Contains(keywords, identifier):
		return fmt.Errorf("%q is a word of SpiceDB's schema language; choose another name", identifier)
	}
	return nil
}
