package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// reader turns texts of a request into values of the domain. It keeps the first
// error, so that a handler looks once, after the last field.
type reader struct {
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// id reads an identifier without a type, which must be there.
func (r *reader) id(field, text string) string {
	if err := iam.CheckID(field, text); err != nil {
		r.fail(err)
	}
	return text
}

// ref reads a reference that must be there.
func (r *reader) ref(field, text string) iam.Ref {
	ref, err := iam.ParseRef(field, text)
	if err != nil {
		r.fail(err)
	}
	return ref
}

// optional reads a reference; empty text gives the zero value.
func (r *reader) optional(field, text string) iam.Ref {
	if text == "" {
		return iam.Ref{}
	}
	return r.ref(field, text)
}

// refs reads a list of references. It is never nil: an empty list empties.
func (r *reader) refs(field string, texts []string) []iam.Ref {
	refs := make([]iam.Ref, 0, len(texts))
	for i, text := range texts {
		refs = append(refs, r.ref(fmt.Sprintf("%s[%d]", field, i), text))
	}
	return refs
}

// revision reads an etag; empty text gives 0, which compares with nothing.
func (r *reader) revision(etag string) int64 {
	if etag == "" {
		return 0
	}
	revision, err := strconv.ParseInt(etag, 10, 64)
	if err != nil || revision <= 0 {
		r.fail(iam.Invalid("ETAG_MALFORMED", "etag", etag, "send the etag as it was received"))
	}
	return revision
}

// question reads what is asked in a check.
func (r *reader) question(q interface {
	GetSubject() string
	GetPermission() string
	GetObject() string
}) adapter.CheckRequest {
	return adapter.CheckRequest{
		Subject:    r.ref("subject", q.GetSubject()),
		Permission: q.GetPermission(),
		Object:     r.ref("object", q.GetObject()),
	}
}

// page reads the bounds of a listing.
func (r *reader) page(p interface {
	GetPageSize() int32
	GetPageToken() string
}) adapter.Page {
	if p.GetPageSize() < 0 {
		r.fail(iam.Invalid("PAGE_SIZE", "page_size", strconv.Itoa(int(p.GetPageSize())), "must not be negative"))
	}
	return adapter.Page{Size: int(p.GetPageSize()), Token: p.GetPageToken()}
}

func freshness(f interface {
	GetToken() string
	GetFull() bool
}) adapter.Freshness {
	return adapter.Freshness{Token: adapter.Token(f.GetToken()), Full: f.GetFull()}
}

// texts returns references as texts. All share one piece of memory, because lists are
// long and live as long as their answer.
func texts(refs []iam.Ref) []string {
	size := 0
	for _, ref := range refs {
		size += len(ref.Type) + 1 + len(ref.ID)
	}
	var whole strings.Builder
	whole.Grow(size)
	all := make([]string, len(refs))
	for i, ref := range refs {
		from := whole.Len()
		if !ref.IsZero() {
			whole.WriteString(ref.Type)
			whole.WriteByte(':')
			whole.WriteString(ref.ID)
		}
		all[i] = whole.String()[from:]
	}
	return all
}

// ids converts a list of typed identifiers to texts or back. It is never nil.
func ids[To, From ~string](from []From) []To {
	to := make([]To, len(from))
	for i, id := range from {
		to[i] = To(id)
	}
	return to
}

// each converts a list.
func each[From, To any](from []From, convert func(From) To) []To {
	to := make([]To, len(from))
	for i, item := range from {
		to[i] = convert(item)
	}
	return to
}

func etagOf(stamp iam.Stamp) string {
	if stamp.Revision == 0 {
		return ""
	}
	return strconv.FormatInt(stamp.Revision, 10)
}

// timestamp returns nil for the zero time, which system roles have.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func receipt(done adapter.Receipt, err error) (*ambitv1.Receipt, error) {
	if err != nil {
		return nil, err
	}
	return &ambitv1.Receipt{Token: string(done.Token), Applied: done.Applied}, nil
}
