package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// minSecret is the length below which a secret could be guessed.
const minSecret = 16

// Token is a secret and the name of who has it.
type Token struct {
	// Actor is the name in the audit log.
	Actor string
	// Secret is what the caller sends. At least 16 signs, no blanks.
	Secret string
}

// String returns the name only, so that a secret does not get into a log.
func (t Token) String() string { return t.Actor + ":(secret)" }

// GoString is String.
func (t Token) GoString() string { return t.String() }

// Check says why a token is not usable, without its secret.
func (t Token) Check() error {
	switch {
	case t.Actor == "":
		return fmt.Errorf("a token has no name")
	case len(t.Secret) < minSecret:
		return fmt.Errorf("token %s: the secret is shorter than %d signs", t.Actor, minSecret)
	case strings.ContainsFunc(t.Secret, func(sign rune) bool { return sign <= ' ' || sign > '~' }):
		return fmt.Errorf("token %s: the secret holds blanks, or signs beyond ASCII, which no header can carry", t.Actor)
	}
	return nil
}

// NewSecret returns a new secret.
func NewSecret() string { return "ambit_" + strings.ToLower(rand.Text()) }

// Tokens are the tokens that a server knows. They do not change.
type Tokens struct {
	known []known
}

type known struct {
	actor string
	sum   [sha256.Size]byte
}

// NewTokens returns a set of tokens. The error says which token is not usable,
// never its secret.
func NewTokens(tokens ...Token) (*Tokens, error) {
	set := &Tokens{}
	for _, token := range tokens {
		if err := token.Check(); err != nil {
			return nil, err
		}
		set.known = append(set.known, known{actor: token.Actor, sum: sha256.Sum256([]byte(token.Secret))})
	}
	return set, nil
}

// Actor returns the name of the caller who sent this Authorization header. The
// error is UNAUTHENTICATED.
func (t *Tokens) Actor(header string) (string, error) {
	if header == "" {
		return "", refused("TOKEN_MISSING", "send a token: Authorization: Bearer <token>")
	}
	scheme, secret, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return "", refused("TOKEN_MALFORMED", "the Authorization header must read: Bearer <token>")
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(secret)))
	actor, found := "", 0
	// No early return: the time must not tell which token was nearly right.
	for _, token := range t.known {
		if subtle.ConstantTimeCompare(sum[:], token.sum[:]) == 1 {
			actor, found = token.actor, 1
		}
	}
	if found == 0 {
		return "", refused("TOKEN_UNKNOWN", "this token is not known to the server")
	}
	return actor, nil
}

func refused(reason, message string) error {
	return &iam.Error{Code: iam.Unauthenticated, Reason: reason, Message: message}
}
