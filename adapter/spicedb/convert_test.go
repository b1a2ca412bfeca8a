package spicedb

import (
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func TestConsistency(t *testing.T) {
	t.Parallel()
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
	} {
		got := New(nil, test.options...).consistency(test.at)
		if got.GetAtLeastAsFresh().GetToken() != test.atLeast || got.GetAtExactSnapshot().GetToken() != test.exactly {
			t.Errorf("%s: got %v", test.name, got)
		}
		if head := test.atLeast == "" && test.exactly == ""; got.GetFullyConsistent() != head {
			t.Errorf("%s: got %v, want the head revision: %v", test.name, got, head)
		}
	}
}

func TestMaxUpdates(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{-1: DefaultMaxUpdates, 0: DefaultMaxUpdates, 1: 1, 5000: 5000} {
		if got := New(nil, MaxUpdates(limit)).maxUpdates; got != want {
			t.Errorf("MaxUpdates(%d): got %d, want %d", limit, got, want)
		}
	}
}

func FuzzRelationship(f *testing.F) {
	f.Add("role_binding:b1#subject@team:dev#member")
	f.Add("role:reader#read@user:*")
	f.Fuzz(func(t *testing.T, text string) {
		tuple, err := rel.ParseTuple(text)
		if err != nil {
			t.Skip()
		}
		if back := fromRelationship(toRelationship(tuple)); back != tuple {
			t.Errorf("%v comes back as %v", tuple, back)
		}
		for op, want := range map[rel.Op]v1.RelationshipUpdate_Operation{
			rel.Touch:  v1.RelationshipUpdate_OPERATION_TOUCH,
			rel.Delete: v1.RelationshipUpdate_OPERATION_DELETE,
		} {
			if got := toUpdate(rel.Update{Op: op, Tuple: tuple}).GetOperation(); got != want {
				t.Errorf("%s becomes %v", op, got)
			}
		}
	})
}
