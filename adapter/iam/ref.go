package iam

import "strings"

// longestID is how many bytes an id may have.
const longestID = 128

// ValidID reports whether id can name an object: 1 to 128 letters, digits and
// the signs _ . @ + = -, beginning with a letter or a digit. Every question asks
// it twice, and a regular expression would take as long as the answer.
func ValidID(id string) bool {
	if id == "" || len(id) > longestID || !letterOrDigit(id[0]) {
		return false
	}
	for i := 1; i < len(id); i++ {
		if !letterOrDigit(id[i]) && !idSign(id[i]) {
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z'
}

func idSign(c byte) bool {
	switch c {
	case '_', '.', '@', '+', '=', '-':
		return true
	}
	return false
}

// CheckID returns an INVALID_ARGUMENT error that names field unless id can
// name an object.
func CheckID(field, id string) error {
	if ValidID(id) {
		return nil
	}
	return Invalid("ID_MALFORMED", field, id,
		"an id has 1 to 128 letters, digits or _ . @ + = - and begins with a letter or digit")
}

// Ref names an object by type and id, with the type names of the model:
// "workspace:ws-1", "service_principal:git". The zero value names nothing.
type Ref struct {
	Type string
	ID   string
}

// String returns "type:id", or "" for the zero value.
func (r Ref) String() string {
	if r == (Ref{}) {
		return ""
	}
	return r.Type + ":" + r.ID
}

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// ParseRef reads "type:id". The error is INVALID_ARGUMENT and names field.
func ParseRef(field, text string) (Ref, error) {
	kind, id, ok := strings.Cut(text, ":")
	if !ok || kind == "" {
		return Ref{}, Invalid("REFERENCE_MALFORMED", field, text, "a reference is written type:id, as in user:ann")
	}
	if err := CheckID(field, id); err != nil {
		return Ref{}, err
	}
	return Ref{Type: kind, ID: id}, nil
}
