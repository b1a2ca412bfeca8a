package sqlstore

import (
	"context"
	"strings"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// selection is the part of a query that says which rows, in which order and how
// many. It is built from constant texts; values only ever become arguments.
type selection struct {
	conditions []string
	args       []any
	order      string
	limit      int
}

// where begins a selection with one condition.
func where(condition string, args ...any) *selection {
	return (&selection{}).and(condition, args...)
}

// placed begins a selection of rows that lie in a tenant and in a scope; zero
// references select all.
func placed(tenant, scope iam.Ref) *selection {
	chosen := &selection{}
	chosen.ref("tenant_type = ? AND tenant_id = ?", tenant)
	return chosen.ref("scope_type = ? AND scope_id = ?", scope)
}

// and adds a condition.
func (s *selection) and(condition string, args ...any) *selection {
	s.conditions = append(s.conditions, condition)
	s.args = append(s.args, args...)
	return s
}

// ref adds a condition on a reference, given as two arguments, unless ref is zero.
func (s *selection) ref(condition string, ref iam.Ref) *selection {
	if ref.IsZero() {
		return s
	}
	return s.and(condition, ref.Type, ref.ID)
}

// text adds a condition on a text unless value is empty.
func (s *selection) text(condition, value string) *selection {
	if value == "" {
		return s
	}
	return s.and(condition, value)
}

// among adds a condition on a text unless values is empty.
func among[Text ~string](s *selection, column string, values []Text) *selection {
	if len(values) == 0 {
		return s
	}
	args := make([]any, len(values))
	for i, value := range values {
		args[i] = string(value)
	}
	return s.and(column+" IN "+placeholders(1, len(args)), args...)
}

// amongRefs adds a condition on two columns that hold a reference, unless refs
// is empty.
func (s *selection) amongRefs(columns string, refs []iam.Ref) *selection {
	if len(refs) == 0 {
		return s
	}
	args := make([]any, 0, 2*len(refs))
	for _, ref := range refs {
		args = append(args, ref.Type, ref.ID)
	}
	return s.and("("+columns+") IN (VALUES "+placeholders(len(refs), 2)+")", args...)
}

// page orders by the text column key, and applies the bounds of a List.
func (s *selection) page(key string, bounds adapter.Listing) *selection {
	s.order, s.limit = key, bounds.Limit
	return s.text(key+" > ?", bounds.After)
}

// refPage is page for nouns whose key is a reference.
func (s *selection) refPage(bounds adapter.Listing) (*selection, error) {
	s.order, s.limit = "type, id", bounds.Limit
	after, err := parseAfter(bounds.After)
	if err != nil {
		return nil, err
	}
	return s.ref("(type, id) > (?, ?)", after), nil
}

// parseAfter reads the key of the last row of the page before.
func parseAfter(after string) (iam.Ref, error) {
	if after == "" {
		return iam.Ref{}, nil
	}
	kind, id, ok := strings.Cut(after, ":")
	if !ok {
		return iam.Ref{}, iam.Invalid("PAGE_KEY_MALFORMED", "after", after, "the key of a reference is written type:id")
	}
	return iam.Ref{Type: kind, ID: id}, nil
}

// after returns text followed by the selection.
func (s *selection) after(text string) string {
	var b strings.Builder
	b.WriteString(text)
	if len(s.conditions) > 0 {
		b.WriteString(" WHERE ")
		b.WriteString(strings.Join(s.conditions, " AND "))
	}
	if s.order != "" {
		b.WriteString(" ORDER BY ")
		b.WriteString(s.order)
	}
	if s.limit > 0 {
		b.WriteString(" LIMIT ?")
	}
	return b.String()
}

// query returns the whole query.
func (s *selection) query(attempted, text string) query {
	return query{attempted: attempted, text: s.after(text), args: s.arguments()}
}

// arguments returns the arguments of after, in a slice of its own.
func (s *selection) arguments() []any {
	args := append([]any(nil), s.args...)
	if s.limit > 0 {
		args = append(args, s.limit)
	}
	return args
}

// one returns the only row of a find, or missing if it found none.
func one[Row any](ctx context.Context, find func(context.Context, *selection) ([]Row, error), chosen *selection, missing *iam.Error) (Row, error) {
	rows, err := find(ctx, chosen)
	if err != nil {
		return *new(Row), err
	}
	if len(rows) == 0 {
		return *new(Row), missing
	}
	return rows[0], nil
}
