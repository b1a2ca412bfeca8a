package spicedb

import (
	"encoding/base64"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// cursor remembers where a listing stands: at which revision it is read, and
// which identifier was the last one given out. The zero cursor is its start.
type cursor struct {
	token rel.ZedToken
	after string
}

// cursorSeparator occurs neither in tokens nor in identifiers.
const cursorSeparator = "\n"

// String returns the opaque form of c, empty for the zero cursor.
func (c cursor) String() string {
	if c == (cursor{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(string(c.token) + cursorSeparator + c.after))
}

// parseCursor is the inverse of cursor.String.
func parseCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	token, after, found := strings.Cut(string(raw), cursorSeparator)
	parsed := cursor{token: rel.ZedToken(token), after: after}
	// Base64 skips line breaks, so a text may decode and still not be ours.
	if err != nil || !found || token == "" || after == "" || parsed.String() != text {
		return cursor{}, iam.Invalid("CURSOR_INVALID", "cursor", text, "is not a cursor that a listing returned")
	}
	return parsed, nil
}

// expired says that the revision of a cursor is gone.
func expired(text string, cause error) error {
	return iam.Invalid("CURSOR_EXPIRED", "cursor", text, "is too old; list again from the start").Because(cause)
}
