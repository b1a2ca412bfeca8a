package spicedb

import (
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
)

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
