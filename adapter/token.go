package adapter

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Token is an opaque consistency token: it names the numbers of the entries of
// a write and, once SpiceDB has taken them, a revision that holds them. The
// empty token asks for nothing.
type Token string

// tokenContent is what a Token holds.
type tokenContent struct {
	Entries  []tokenEntry `json:"e,omitempty"`
	Revision rel.ZedToken `json:"z,omitempty"`
}

type tokenEntry struct {
	Tenant string `json:"t"`
	Seq    uint64 `json:"s"`
}

func (c tokenContent) token() Token { return Token(seal(c)) }

func parseToken(token Token) (tokenContent, error) {
	var content tokenContent
	if !unseal(string(token), &content) {
		return content, iam.Invalid("TOKEN_MALFORMED", "token", string(token), "this is no token that a write or an answer returned")
	}
	return content, nil
}

// seal makes an opaque text of a value.
func seal(value any) string {
	data, err := json.Marshal(value)
	if err != nil { // only plain structs are sealed
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// unseal reads what seal wrote, and reports whether it could.
func unseal(text string, value any) bool {
	data, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && json.Unmarshal(data, value) == nil
}

// Bounds of Page.Size.
const (
	defaultPageSize = 100
	maxPageSize     = 1000
	// maxReferences is the largest page of nothing but references. It is less than the
	// 4 MiB that clients of gRPC take, even if all ids are as long as can be.
	maxReferences = 10_000
)

// pageContent is what a page token holds: where the page begins, and a digest
// of the request it belongs to.
type pageContent struct {
	After    string       `json:"a"`
	Request  string       `json:"r"`
	Revision rel.ZedToken `json:"z,omitempty"`
	// Index: the index answered, and After is a reference.
	Index bool `json:"i,omitempty"`
}

// open returns the size of a page and where it begins. request is the request
// without its page; a token of another request is refused.
func (p Page) open(request any) (int, pageContent, error) { return p.openUpTo(maxPageSize, request) }

// openUpTo is open for pages that may be larger or smaller than most.
func (p Page) openUpTo(most int, request any) (int, pageContent, error) {
	size := p.Size
	if size < 0 {
		return 0, pageContent{}, iam.Invalid("PAGE_SIZE", "page_size", "", "the page size is 0 or more")
	}
	if size == 0 {
		size = defaultPageSize
	}
	content := pageContent{Request: digest(request)}
	if p.Token == "" {
		return min(size, most), content, nil
	}
	var given pageContent
	if !unseal(p.Token, &given) || given.Request != content.Request {
		return 0, content, iam.Invalid("PAGE_TOKEN", "page_token", p.Token, "this token continues another request, or none")
	}
	return min(size, most), given, nil
}

// failed tells an engine that cannot go on where the token says from one that
// cannot answer. A revision that the engine no longer has, or that was never
// one, it answers with an error that says nothing more.
func (p Page) failed(err error) error {
	e, ok := errors.AsType[*iam.Error](err)
	if p.Token == "" || !ok || e.Code != iam.Internal && e.Field != "cursor" {
		return err
	}
	return iam.Invalid("PAGE_TOKEN", "page_token", p.Token, "this token is damaged or too old; begin the listing anew").Because(err)
}

// digest names a request shortly.
func digest(request any) string {
	data, err := json.Marshal(request)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// listPage reads one page of a table. keyOf returns the key that continues a
// listing after a row.
func listPage[Row any](page Page, request any, list func(Listing) ([]Row, error), keyOf func(Row) string) ([]Row, string, error) {
	size, content, err := page.open(request)
	if err != nil {
		return nil, "", err
	}
	rows, err := list(Listing{After: content.After, Limit: size + 1})
	if err != nil || len(rows) <= size {
		return rows, "", err
	}
	content.After = keyOf(rows[size-1])
	return rows[:size], seal(content), nil
}
