package world

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// lineWidth is how long the line of an object may become before its keys get
// lines of their own.
const lineWidth = 110

// field is a key with a text or a list; one without either is left out.
type field struct {
	key   string
	plain string   // written as it is
	texts []string // nil: no list
}

// text is a field with one text; "" leaves it out.
func text(key, value string) field {
	if value == "" {
		return field{key: key}
	}
	return field{key: key, plain: scalar(value)}
}

// list is a field with several texts; nil leaves it out, empty is [].
func list[T ~string](key string, values []T) field {
	if values == nil {
		return field{key: key}
	}
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = scalar(string(value))
	}
	return field{key: key, texts: texts}
}

func (f field) empty() bool { return f.plain == "" && f.texts == nil }

// String returns the field as it stands within a line.
func (f field) String() string {
	if f.texts != nil {
		return f.key + ": [" + strings.Join(f.texts, ", ") + "]"
	}
	return f.key + ": " + f.plain
}

// printer writes objects as items of a YAML list. It keeps the first error.
type printer struct {
	bytes.Buffer
	// statuses: the status active is written, too.
	statuses bool
	err      error
}

// object writes one item, in a line if it is short.
func (p *printer) object(fields []field) {
	fields = slices.DeleteFunc(fields, field.empty)
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.String()
		if !utf8.ValidString(parts[i]) && p.err == nil {
			p.err = iam.Invalid("NOT_UTF8", f.key, "", "a text of a world file is UTF-8")
		}
	}
	if line := "- {" + strings.Join(parts, ", ") + "}\n"; len(line) <= lineWidth {
		p.WriteString(line)
		return
	}
	for i, f := range fields {
		indent := "  "
		if i == 0 {
			indent = "- "
		}
		p.WriteString(indent)
		p.field(f, parts[i])
	}
}

// field writes a key of its own line; a long list goes below it.
func (p *printer) field(f field, line string) {
	if f.texts == nil || len(line) <= lineWidth {
		p.WriteString(line + "\n")
		return
	}
	p.WriteString(f.key + ":\n")
	for _, text := range f.texts {
		p.WriteString("  - " + text + "\n")
	}
}

// plainText matches texts that need no quotes anywhere.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*$`)

// reserved words mean something else without quotes, in one version of YAML or
// another.
var reserved = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null)$`)

// scalar writes a text so that every YAML reader sees that text. One that is
// no UTF-8 stays as it is, for the printer to find.
func scalar(value string) string {
	if plainText.MatchString(value) && !reserved.MatchString(value) || !utf8.ValidString(value) {
		return value
	}
	quoted := []byte{'"'}
	for _, char := range value {
		switch {
		case char == '"' || char == '\\':
			quoted = append(quoted, '\\', byte(char))
		case char == '\n':
			quoted = append(quoted, `\n`...)
		case unicode.IsPrint(char):
			quoted = utf8.AppendRune(quoted, char)
		default:
			quoted = fmt.Appendf(quoted, `\U%08X`, char)
		}
	}
	return string(append(quoted, '"'))
}
