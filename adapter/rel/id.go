package rel

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// encodedPrefix marks an identifier that EncodeID had to rewrite.
const encodedPrefix = "="

// EncodeID returns the SpiceDB object identifier for id. An identifier made of
// the signs that SpiceDB allows passes as it is, unless it begins with "=";
// every other one becomes "=" followed by its unpadded base64url form.
func EncodeID(id string) string {
	if id != "" && !strings.HasPrefix(id, encodedPrefix) && allowedInID(id) {
		return id
	}
	return encodedPrefix + base64.RawURLEncoding.EncodeToString([]byte(id))
}

// DecodeID is the inverse of EncodeID. It fails on a text that EncodeID cannot
// have produced.
func DecodeID(encoded string) (string, error) {
	rest, marked := strings.CutPrefix(encoded, encodedPrefix)
	if !marked {
		if encoded == "" || !allowedInID(encoded) {
			return "", fmt.Errorf("object id %q holds a sign that SpiceDB does not allow", encoded)
		}
		return encoded, nil
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil {
		return "", fmt.Errorf("object id %q is not base64url: %w", encoded, err)
	}
	if EncodeID(string(id)) != encoded {
		return "", fmt.Errorf("object id %q is encoded without need", encoded)
	}
	return string(id), nil
}

// allowedInID tells whether SpiceDB takes every sign of id. The slash and the
// bar are legal there too, but Ambit keeps them to join identifiers, so that a
// joined one can always be taken apart again.
func allowedInID(id string) bool {
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '_', c == '-', c == '=', c == '+':
		default:
			return false
		}
	}
	return true
}
