package spicedb

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/rel"
)

func changes(count int) []rel.Update {
	updates := make([]rel.Update, count)
	for i := range updates {
		updates[i] = rel.Update{Op: rel.Touch, Tuple: rel.Tuple{
			Resource: rel.Object{Type: "team", ID: "dev"},
			Relation: "member",
			Subject:  rel.Object{Type: "user", ID: fmt.Sprintf("u%03d", i)},
		}}
	}
	return updates
}

func TestSplit(t *testing.T) {
	t.Parallel()
	weight := proto.Size(toUpdate(changes(1)[0]))
	for _, test := range []struct {
		name               string
		count, limit, size int
		want               string
	}{
		{"none", 0, 10, 1000, "0"},
		{"below the limit", 9, 10, 1000, "9"},
		{"at the limit", 10, 10, 1000, "10"},
		{"above the limit", 21, 10, 1000, "10 10 1"},
		{"heavy", 5, 10, 2 * weight, "2 2 1"},
		{"each too heavy", 3, 10, 1, "1 1 1"},
	} {
		var got []string
		next := 0
		for _, part := range split(changes(test.count), test.limit, test.size) {
			got = append(got, fmt.Sprint(len(part)))
			for _, update := range part {
				if want := fmt.Sprintf("u%03d", next); update.GetRelationship().GetSubject().GetObject().GetObjectId() != want {
					t.Errorf("%s: update %d is %v", test.name, next, update)
				}
				next++
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %v, want %s", test.name, got, test.want)
		}
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	if fields := metadata(rel.Write{Seq: 7}, 1, 1); fields != nil {
		t.Errorf("without a tenant: got %v", fields)
	}
	whole := metadata(rel.Write{Tenant: "acme", Seq: 7}, 1, 1).AsMap()
	if len(whole) != 2 || whole[MetadataTenant] != "acme" || whole[MetadataSeq] != 7.0 {
		t.Errorf("one part: got %v", whole)
	}
	part := metadata(rel.Write{Tenant: "acme", Seq: 7}, 2, 3).AsMap()
	if len(part) != 4 || part[MetadataPart] != 2.0 || part[MetadataParts] != 3.0 {
		t.Errorf("the second of three parts: got %v", part)
	}
}
