package adapter

import (
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Text says an explanation to a person, in lines.
func (x Explanation) Text() string {
	var t textWriter
	t.names = x.Names
	word := "no"
	if x.Allowed {
		word = "yes"
	}
	t.line(0, "%s (%s): %s %s %s", word, x.Reason, t.ref(x.Request.Subject), x.Request.Permission, t.ref(x.Request.Object))
	for i, path := range x.Paths {
		t.line(0, "")
		if len(x.Paths) > 1 {
			t.line(0, "Path %d of %d", i+1, len(x.Paths)+x.More)
		}
		t.path(0, path, x.Request.Permission)
	}
	if x.Allowed && x.More > 0 {
		t.line(0, "")
		t.line(0, "and %d more", x.More)
	}
	if len(x.Denials) > 0 {
		t.line(0, "")
	}
	for _, denial := range x.Denials {
		t.line(0, "- %s", denial.Sentence)
	}
	if !x.Allowed && x.More > 0 {
		t.line(0, "- and %d more", x.More)
	}
	if len(x.Suggestions) > 0 {
		t.line(0, "")
		t.line(0, "It would be yes after one of these, the smallest first:")
	}
	for i, suggestion := range x.Suggestions {
		t.line(0, "%d. %s", i+1, suggestion.words())
	}
	return t.String()
}

// textWriter writes lines.
type textWriter struct {
	strings.Builder
	names map[iam.Ref]string
}

func (t *textWriter) line(depth int, format string, args ...any) {
	text := strings.Repeat("  ", depth) + fmt.Sprintf(format, args...)
	t.WriteString(clean(strings.TrimRight(text, " ")) + "\n")
}

// clean replaces signs that steer a terminal or break a line: names come from
// strangers.
func clean(text string) string {
	return strings.Map(func(sign rune) rune {
		if sign < ' ' || sign >= 0x7f && sign < 0xa0 || sign == '\u2028' || sign == '\u2029' {
			return ' '
		}
		return sign
	}, text)
}

// ref names an object with the name that people gave it.
func (t *textWriter) ref(ref iam.Ref) string {
	if name := t.names[ref]; name != "" && name != ref.ID {
		return ref.String() + " (" + name + ")"
	}
	return ref.String()
}

func (t *textWriter) path(depth int, path AccessPath, asked string) {
	for i := 1; i < len(path.Chain); i++ {
		t.line(depth, "%s is in %s", t.ref(path.Chain[i-1]), t.ref(path.Chain[i]))
	}
	switch path.Kind {
	case "OWNER":
		t.line(depth, "%s owns %s", t.ref(path.Chain[len(path.Chain)-1]), t.ref(path.Through[0]))
	case "NO_OWNER":
		t.line(depth, "nobody owns %s", t.ref(path.Through[0]))
	default:
		t.grant(depth, path, asked)
	}
	for _, condition := range path.Conditions {
		t.condition(depth, condition)
	}
}

// grant tells what gives the role, what of the role counts, and how it comes to
// the object.
func (t *textWriter) grant(depth int, path AccessPath, asked string) {
	t.line(depth, "%s", path.Grant)
	what := "any role there counts for " + asked
	if path.Kind == "ROLE" {
		what = "the role holds " + path.Permission
		if path.Permission != asked {
			what += ", which counts for " + asked
		}
	}
	switch grant := path.Grant; {
	case grant.Pattern == "" || grant.Pattern == path.Permission && grant.Base == "":
	case grant.Base == "":
		what += ", by its pattern " + grant.Pattern
	default:
		what += ", by the pattern " + grant.Pattern + " of its base " + string(grant.Base)
	}
	t.line(depth, "%s", what)
	if len(path.Through) > 1 {
		t.line(depth, "%s", t.way(path))
	}
}

// way tells how a role comes from its scope to the object.
func (t *textWriter) way(path AccessPath) string {
	steps := make([]string, len(path.Through))
	for i, ref := range path.Through {
		steps[len(steps)-1-i] = t.ref(ref)
	}
	if path.Below {
		return "seen from below: " + strings.Join(steps, " is in ")
	}
	return "it reaches down: " + strings.Join(steps, " > ")
}

func (t *textWriter) condition(depth int, condition AccessCondition) {
	what := "provided that the subject may act on " + t.ref(condition.Object) + " as an owner:"
	if condition.Permission != "" {
		what = "provided that the subject has " + condition.Permission + " at " + t.ref(condition.Object) + ":"
	}
	t.line(depth, "%s", what)
	for _, path := range condition.Paths {
		t.path(depth+1, path, condition.Permission)
	}
	if condition.More > 0 {
		t.line(depth+1, "and %d more", condition.More)
	}
}
