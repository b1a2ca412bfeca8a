package spicedb

import (
	"context"
	"errors"
	"testing"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func TestConsistency(t *testing.T) {
	t.Parallel()
	known := HeadFrom(func(context.Context) (rel.ZedToken, error) { return "head", nil })
	for _, test := range []struct {
		name    string
		at      rel.Consistency
		options []Option
		atLeast string
		exactly string
	}{
		{"nothing asked", rel.Consistency{}, nil, "", ""},
		{"exactly no revision", rel.Consistency{Exact: true}, nil, "", ""},
		{"at least", rel.Consistency{AtLeast: "t"}, nil, "t", ""},
		{"exactly", rel.Consistency{AtLeast: "t", Exact: true}, nil, "", "t"},
		{"at least, head reads", rel.Consistency{AtLeast: "t"}, []Option{HeadReads()}, "", ""},
		{"exactly, head reads", rel.Consistency{AtLeast: "t", Exact: true}, []Option{HeadReads()}, "", "t"},
		{"nothing asked, known head", rel.Consistency{}, []Option{known}, "", "head"},
		{"at least, known head", rel.Consistency{AtLeast: "t"}, []Option{known}, "t", ""},
		{"at least, head reads, known head", rel.Consistency{AtLeast: "t"}, []Option{HeadReads(), known}, "", "head"},
	} {
		got, err := New(nil, test.options...).consistency(t.Context(), test.at)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got.GetAtLeastAsFresh().GetToken() != test.atLeast || got.GetAtExactSnapshot().GetToken() != test.exactly {
			t.Errorf("%s: got %v", test.name, got)
		}
		head := test.atLeast == "" && test.exactly == ""
		if got.GetFullyConsistent() != head {
			t.Errorf("%s: got %v, want the head revision: %v", test.name, got, head)
		}
	}
}

func TestNoHead(t *testing.T) {
	t.Parallel()
	lost := errors.New("lost")
	_, err := New(nil, HeadFrom(func(context.Context) (rel.ZedToken, error) { return "", lost })).consistency(t.Context(), rel.Consistency{})
	if !errors.Is(err, lost) {
		t.Errorf("the head is lost: got %v", err)
	}
}
