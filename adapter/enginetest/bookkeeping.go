package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// booksNone: an engine that keeps no positions ignores them.
func booksNone(t *testing.T, subject Subject) {
	inhabited(t, subject)
	if err := subject.SetPositions(t.Context(), map[string]uint64{tenant: 7}); err != nil {
		t.Errorf("SetPositions: %v", err)
	}
	if err := subject.SetIdentity(t.Context(), rel.Identity{Model: "m", Version: 1, Database: "d"}); err != nil {
		t.Errorf("SetIdentity: %v", err)
	}
	expectPosition(t, subject, 0)
	expectIdentity(t, subject, rel.Identity{})
	change := rel.Write{Updates: updates(t, rel.Delete, world()[0]), Tenant: tenant, Seq: 3, After: 2}
	if _, err := subject.Write(t.Context(), change); err != nil {
		t.Errorf("Write: %v", err)
	}
	expectSame(t, "after a change that follows none", contents(t, subject, rel.Filter{}), sorted(world()[1:]))
}

// expectPositions: 0 is the position of a tenant that has none.
func expectPositions(t *testing.T, subject Subject, want map[string]uint64) {
	t.Helper()
	held := positions(t, subject)
	for name, position := range want {
		if held[name] != position {
			t.Errorf("position of %s: got %d, want %d", name, held[name], position)
		}
		delete(held, name)
	}
	if len(held) != 0 {
		t.Errorf("positions that nobody wrote: %v", held)
	}
}

func expectPosition(t *testing.T, subject Subject, want uint64) {
	t.Helper()
	expectPositions(t, subject, map[string]uint64{tenant: want})
}

func expectIdentity(t *testing.T, subject Subject, want rel.Identity) {
	t.Helper()
	if got, err := subject.Identity(t.Context()); got != want || err != nil {
		t.Errorf("identity: got %+v, %v, want %+v", got, err, want)
	}
}

// booksEmpty: an engine without a schema holds nothing, and says so.
func booksEmpty(t *testing.T, subject Subject) {
	expectPosition(t, subject, 0)
	expectIdentity(t, subject, rel.Identity{})
	_, err := subject.Write(t.Context(), rel.Write{Tenant: tenant, Seq: 1})
	expectRefused(t, "a change before the schema", err, "")
}

// booksHidden: nobody sees the bookkeeping among the tuples and definitions.
func booksHidden(t *testing.T, subject Subject) {
	if err := subject.WriteSchema(t.Context(), ""); err != nil {
		t.Fatalf("WriteSchema: %v", err)
	}
	if text, err := subject.Schema(t.Context()); text != "" || err != nil {
		t.Errorf("the schema beside the bookkeeping: got %q, %v", text, err)
	}
	inhabited(t, subject)
	if err := subject.SetIdentity(t.Context(), rel.Identity{Model: "m", Version: 1, Database: "d"}); err != nil {
		t.Fatalf("SetIdentity: %v", err)
	}
	text, err := subject.Schema(t.Context())
	if err != nil || strings.Contains(text, "ambit") {
		t.Errorf("Schema: got %q, %v", text, err)
	}
	expectSame(t, "everything", contents(t, subject, rel.Filter{}), sorted(world()))
	expectSame(t, "by relation", contents(t, subject, rel.Filter{Relation: "delivered"}), []string{})
	// What was read can be written again, and loses no position.
	if err := subject.WriteSchema(t.Context(), text); err != nil {
		t.Errorf("WriteSchema of what Schema returned: %v", err)
	}
	expectPosition(t, subject, 1)
}

func booksIdentity(t *testing.T, subject Subject) {
	withSchema(t, subject)
	expectIdentity(t, subject, rel.Identity{})
	for _, identity := range []rel.Identity{
		{Model: "scalr", Version: 3, Database: "8b0c"},
		{Model: "scalr", Version: 4, Database: "8b0c"},
		{Model: "another.model", Version: 4, Database: "a database: of äöü"},
		{Model: "another.model"},
		{},
	} {
		for range 2 {
			if err := subject.SetIdentity(t.Context(), identity); err != nil {
				t.Fatalf("SetIdentity: %v", err)
			}
			expectIdentity(t, subject, identity)
		}
	}
}

// booksPositions sets many positions at once, beside one that stays.
func booksPositions(t *testing.T, subject Subject) {
	inhabited(t, subject)
	const many = 250
	for _, shift := range []uint64{0, 100, 100, 200} {
		wanted := map[string]uint64{}
		for i := range uint64(many) {
			wanted[fmt.Sprintf("account:A%d", i)] = (i + shift) % many // one is 0
		}
		if err := subject.SetPositions(t.Context(), wanted); err != nil {
			t.Fatalf("SetPositions: %v", err)
		}
		wanted[tenant] = 1
		expectPositions(t, subject, wanted)
	}
	for _, few := range []map[string]uint64{nil, {"account:A0": 7}, {"account:A0": 0}} {
		before := positions(t, subject)
		if err := subject.SetPositions(t.Context(), few); err != nil {
			t.Fatalf("SetPositions of %v: %v", few, err)
		}
		maps.Copy(before, few)
		expectPositions(t, subject, before)
	}
	expectSame(t, "everything", contents(t, subject, rel.Filter{}), sorted(world()))
}

// step is the change number seq of the tenant, with one tuple of its own.
func step(t *testing.T, seq uint64) rel.Write {
	t.Helper()
	touched := updates(t, rel.Touch, fmt.Sprintf("team:dev#member@user:u%d", seq))
	return rel.Write{Updates: touched, Tenant: tenant, Seq: seq, After: seq - 1}
}

// deliver writes a change that is due.
func deliver(t *testing.T, subject Subject, change rel.Write) rel.ZedToken {
	t.Helper()
	token, err := subject.Write(t.Context(), change)
	if err != nil || token == "" {
		t.Fatalf("change %d of %s: got %q, %v", change.Seq, change.Tenant, token, err)
	}
	return token
}

// expectAhead writes a change that the engine holds already, as it says, up to
// change held, and returns the revision at which it saw that.
func expectAhead(t *testing.T, subject Subject, change rel.Write, held uint64) rel.ZedToken {
	t.Helper()
	_, err := subject.Write(t.Context(), change)
	ahead, ok := errors.AsType[*rel.AheadError](err)
	if !ok || ahead.Held != held || ahead.Token == "" {
		t.Fatalf("change %d once more: got %v, want an AheadError with change %d and its revision", change.Seq, err, held)
	}
	return ahead.Token
}

// booksInOrder: each change moves the position of its tenant, and of no other.
func booksInOrder(t *testing.T, subject Subject) {
	withSchema(t, subject)
	for seq := uint64(1); seq <= 3; seq++ {
		deliver(t, subject, step(t, seq))
		expectPosition(t, subject, seq)
	}
	other := step(t, 1)
	other.Tenant = "account:other"
	deliver(t, subject, other)
	deliver(t, subject, rel.Write{Tenant: other.Tenant, Seq: 2, After: 1}) // no updates
	expectPositions(t, subject, map[string]uint64{other.Tenant: 2, tenant: 3})
}

// booksLate: a change that comes once more changes nothing, however much came
// after it, and the revision it returns holds it.
func booksLate(t *testing.T, subject Subject) {
	withSchema(t, subject)
	grant := step(t, 1)
	deliver(t, subject, grant)
	expectAhead(t, subject, grant, 1)
	revoke := rel.Write{Updates: []rel.Update{{Op: rel.Delete, Tuple: grant.Updates[0].Tuple}}, Tenant: tenant, Seq: 2, After: 1}
	revoked := deliver(t, subject, revoke)
	token := expectAhead(t, subject, grant, 2)
	asked := rel.Question{Resource: rel.Object{Type: "team", ID: "dev"}, Permission: "member", Subject: grant.Updates[0].Tuple.Subject}
	for _, at := range []rel.ZedToken{revoked, token} {
		if allowed, _ := check(t, subject, rel.Consistency{AtLeast: at}, asked); allowed {
			t.Error("a late repetition of a grant undid its revocation")
		}
	}
	expectSame(t, "after all", contents(t, subject, rel.Filter{}), []string{})
	expectPosition(t, subject, 2)
}

// booksGap: a change whose predecessors are missing is refused, so that nobody
// takes an engine that was restored from a backup for a complete one.
func booksGap(t *testing.T, subject Subject) {
	withSchema(t, subject)
	for _, held := range []uint64{0, 3} {
		if err := subject.SetPositions(t.Context(), map[string]uint64{tenant: held}); err != nil {
			t.Fatalf("SetPositions: %v", err)
		}
		_, err := subject.Write(t.Context(), step(t, 7))
		if iam.CodeOf(err) != iam.FailedPrecondition || iam.ReasonOf(err) != "OUT_OF_ORDER" {
			t.Errorf("change 7 after change %d: got %v, want OUT_OF_ORDER", held, err)
		}
		expectPosition(t, subject, held)
	}
	expectSame(t, "after refused changes", contents(t, subject, rel.Filter{}), []string{})
}

// booksCorrection: a write between two changes leaves the position, and comes
// too late once there is another change.
func booksCorrection(t *testing.T, subject Subject) {
	withSchema(t, subject)
	for held := range uint64(2) {
		if held > 0 {
			deliver(t, subject, step(t, held))
		}
		correction := step(t, 100+held)
		correction.Seq, correction.After = held, held
		deliver(t, subject, correction)
		deliver(t, subject, correction)
		expectPosition(t, subject, held)
	}
	before := contents(t, subject, rel.Filter{})
	correction := step(t, 200)
	correction.Seq, correction.After = 0, 0
	expectAhead(t, subject, correction, 1)
	expectSame(t, "after a correction that came too late", contents(t, subject, rel.Filter{}), before)
}

// booksParts: the position moves with the last part of a long change, and a
// change that stopped halfway is completed by repeating it.
func booksParts(t *testing.T, subject Subject) {
	withSchema(t, subject)
	long := rel.Write{Tenant: tenant, Seq: 1}
	want := []string{}
	for tuple := range members(2400) {
		long.Updates = append(long.Updates, rel.Update{Op: rel.Touch, Tuple: tuple})
		want = append(want, tuple.String())
	}
	half := long
	half.Updates = append(half.Updates[:2300:2300], updates(t, rel.Touch, "galaxy:G#parent@account:A")...)
	_, err := subject.Write(t.Context(), half)
	expectRefused(t, "a long change whose end the schema lacks", err, "galaxy")
	expectPosition(t, subject, 0)
	deliver(t, subject, long)
	expectAhead(t, subject, long, 1)
	expectPosition(t, subject, 1)
	expectSame(t, "a long change", contents(t, subject, rel.Filter{}), sorted(want))
}

// booksTwoWriters: two processes deliver the same changes of a tenant, and each
// repeats earlier ones now and then. All happens as if once and in order.
func booksTwoWriters(t *testing.T, subject Subject) {
	withSchema(t, subject)
	const length = 200
	held := map[string]bool{}
	changes := make([]rel.Write, length)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range changes {
		changes[i] = rel.Write{Tenant: tenant, Seq: uint64(i + 1), After: uint64(i)}
		for _, user := range random.Perm(6)[:2] {
			text := fmt.Sprintf("team:dev#member@user:u%d", user)
			op := rel.Touch
			if held[text] = random.IntN(2) == 0; !held[text] {
				op = rel.Delete
			}
			changes[i].Updates = append(changes[i].Updates, updates(t, op, text)...)
		}
	}
	want := []string{}
	for text, there := range held {
		if there {
			want = append(want, text)
		}
	}
	var writers sync.WaitGroup
	for seed := range uint64(2) {
		writers.Go(func() { replay(t, subject, changes, rand.New(rand.NewPCG(3, seed))) })
	}
	writers.Wait()
	expectPosition(t, subject, length)
	expectSame(t, "after two writers", contents(t, subject, rel.Filter{}), sorted(want))
}

// replay delivers changes in order, and earlier ones again in between.
func replay(t *testing.T, subject Subject, changes []rel.Write, random *rand.Rand) {
	for i := range changes {
		due := []rel.Write{changes[i]}
		if random.IntN(3) == 0 {
			due = append(due, changes[random.IntN(i+1)])
		}
		for _, change := range due {
			if err := persist(t.Context(), subject, change); err != nil {
				t.Errorf("change %d: %v", change.Seq, err)
				return
			}
		}
	}
}

// persist writes a change until the engine holds it.
func persist(ctx context.Context, subject Subject, change rel.Write) error {
	for {
		_, err := subject.Write(ctx, change)
		if _, ahead := errors.AsType[*rel.AheadError](err); ahead {
			return nil
		}
		if iam.CodeOf(err) != iam.Unavailable {
			return err
		}
	}
}
