package spicedb

import (
	"errors"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// TestStanding: what a position means for a write that was not taken.
func TestStanding(t *testing.T) {
	t.Parallel()
	const raced, ahead, behind = "", "ahead", "OUT_OF_ORDER"
	for name, test := range map[string]struct {
		after, seq, position uint64
		want                 string
	}{
		"raced":                      {3, 4, 3, raced},
		"there already":              {3, 4, 4, ahead},
		"long there":                 {3, 4, 9, ahead},
		"restored":                   {6, 7, 3, behind},
		"emptied":                    {6, 7, 0, behind},
		"halfway":                    {3, 7, 5, behind},
		"correction, raced":          {3, 3, 3, raced},
		"correction, too late":       {3, 3, 4, ahead},
		"correction, restored":       {3, 3, 2, behind},
		"first correction, too late": {0, 0, 1, ahead},
	} {
		err := standing(rel.Write{Tenant: "account:A", After: test.after, Seq: test.seq}, test.position, "t")
		got := iam.ReasonOf(err)
		if is, ok := errors.AsType[*rel.AheadError](err); ok {
			got = ahead
			if is.Held != test.position || is.Token != "t" {
				t.Errorf("%s: got %+v", name, is)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestOutOfOrderSentence: an operator reads it, and knows what to do.
func TestOutOfOrderSentence(t *testing.T) {
	t.Parallel()
	write := rel.Write{Tenant: "account:A", After: 6, Seq: 7}
	for position, want := range map[uint64]string{
		3: "SpiceDB holds change 3 of tenant account:A, but 7 is the next in the outbox: " +
			"it was restored or replaced; run ambit reconcile --fix",
		0: "SpiceDB holds no change of tenant account:A, but 7 is the next in the outbox: " +
			"it was restored or replaced; run ambit reconcile --fix",
	} {
		if err := standing(write, position, "t"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestParsePosition(t *testing.T) {
	t.Parallel()
	if position, err := parsePosition([]string{"18446744073709551615"}); position != 1<<64-1 || err != nil {
		t.Errorf("got %d, %v", position, err)
	}
	for _, texts := range [][]string{nil, {""}, {"-1"}, {"1", "2"}, {"one"}} {
		if position, err := parsePosition(texts); err == nil {
			t.Errorf("%q: got %d", texts, position)
		}
	}
}
