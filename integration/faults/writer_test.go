package faults

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// requestTimeout is how long a client waits for an answer.
const requestTimeout = 10 * time.Second

// step is a write that a writer may make.
type step struct {
	name string
	call func(ctx context.Context, c *client.Client) (receipt, error)
	// change makes it in the holdings and returns what the audit log must say.
	change func(h holdings) []note
	// refusal is the code with which it must be refused; empty: it must be taken.
	refusal iam.Code
}

// standing is what a writer knows about its last write in a tenant.
type standing struct {
	// token is of the last acknowledgement that covers the tenant.
	token string
	// applied: SpiceDB had taken it when it was acknowledged, at that time.
	applied bool
	at      time.Time
	door    *door
}

// snapshot is what a writer has made public. It is never changed.
type snapshot struct {
	// epoch is the writer's while this holds.
	epoch   uint64
	held    holdings
	tenants map[iam.Ref]standing
}

// writer is a client that changes objects of its own and knows what is stored of
// them. It belongs to one goroutine.
type writer struct {
	*trial
	number int
	rng    *rand.Rand
	// counter makes ids.
	counter int
	held    holdings
	tenants map[iam.Ref]standing
	// notes counts what the audit log must hold.
	notes map[note]int
	// shunned are servers that did not answer, until when.
	shunned map[*door]time.Time
	// epoch is odd while a write is on its way.
	epoch  atomic.Uint64
	public atomic.Pointer[snapshot]
}

func newWriter(t *trial, number int, shared holdings) *writer {
	w := &writer{
		trial: t, number: number, rng: rand.New(rand.NewPCG(t.rng.Uint64(), uint64(number))),
		held: maps.Clone(shared), tenants: map[iam.Ref]standing{}, notes: map[note]int{}, shunned: map[*door]time.Time{},
	}
	w.publish()
	return w
}

// work writes until ctx ends, and finishes what it has begun.
func (w *writer) work(ctx context.Context) {
	for ctx.Err() == nil {
		w.write(ctx, w.next())
		if w.rng.IntN(25) == 0 { // readers get to see the state beyond the bound
			sleep(ctx, staleness+100*time.Millisecond)
		}
	}
}

// write makes a step through one server, decides what became of it, and asks
// about it.
func (w *writer) write(ctx context.Context, s step) {
	d := w.door()
	before, after := w.held, maps.Clone(w.held)
	notes := s.change(after)
	w.epoch.Add(1)
	calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	answer, err := s.call(calling, d.Client)
	cancel()
	outcome := judge(err)
	if outcome == unknown {
		w.counts.ambiguous.Add(1)
		if iam.CodeOf(err) == iam.Internal {
			w.counts.unclear.Add(1)
		}
		w.shunned[d] = time.Now().Add(shunTime)
		outcome = w.resolve(s, before, after, err)
	}
	w.conclude(s, outcome, after, notes, err)
	turned := decided(before, w.held)
	w.stand(before, turned, d, answer, err)
	w.publish()
	w.epoch.Add(1)
	if err == nil {
		w.verify(s, turned, d)
	}
}

// shunTime is how long a writer does without a server that did not answer, as a
// load balancer would.
const shunTime = 300 * time.Millisecond

// door draws a server.
func (w *writer) door() *door {
	good := slices.DeleteFunc(slices.Clone(w.doors), func(d *door) bool { return time.Now().Before(w.shunned[d]) })
	if len(good) == 0 {
		good = w.doors
	}
	return good[w.rng.IntN(len(good))]
}

// outcome is what became of a write.
type outcome int

const (
	taken outcome = iota
	refused
	unknown
)

// noSpace is the reason of an error of a full disk.
const noSpace = "DATABASE_FULL"

// judge reads an answer. Only an error that says what is wrong with the request
// promises that nothing was done.
func judge(err error) outcome {
	if err == nil {
		return taken
	}
	switch iam.CodeOf(err) {
	case iam.InvalidArgument, iam.NotFound, iam.AlreadyExists, iam.FailedPrecondition, iam.Aborted, iam.PermissionDenied, iam.Unauthenticated:
		return refused
	case iam.ResourceExhausted:
		if iam.ReasonOf(err) == noSpace {
			return refused
		}
	}
	return unknown
}

// conclude brings holdings and counts to what became of a step. Being too late or
// without space is a refusal at any time; others must be those foreseen.
func (w *writer) conclude(s step, became outcome, after holdings, notes []note, err error) {
	code := iam.CodeOf(err)
	if became == refused {
		w.counts.refused.Add(1)
		if iam.ReasonOf(err) == noSpace {
			w.counts.full.Add(1)
		}
		if err != nil && judge(err) == refused && code != s.refusal && code != iam.Aborted && code != iam.ResourceExhausted {
			w.counts.lost.Add(1)
			w.problem("%s was refused: %v", s.name, err)
		}
		return
	}
	if err == nil {
		w.counts.acknowledged.Add(1)
	} else {
		w.counts.kept.Add(1)
	}
	if s.refusal != "" {
		w.counts.doubled.Add(1)
		w.problem("%s was taken, but must be refused with %s", s.name, s.refusal)
		return
	}
	w.held = after
	for _, n := range notes {
		w.notes[n]++
	}
}

// stand notes what is known about the tenants of a write.
func (w *writer) stand(before holdings, turned map[iam.Ref][]question, d *door, answer receipt, err error) {
	for tenant := range touched(before, w.held, turned) {
		now := standing{at: time.Now(), door: d}
		if err == nil {
			now.token, now.applied = answer.GetToken(), answer.GetApplied()
		}
		w.tenants[tenant] = now
	}
}

// touched returns the tenants of what differs, or whose answers do.
func touched(before, after holdings, turned map[iam.Ref][]question) map[iam.Ref]bool {
	tenants := map[iam.Ref]bool{}
	for tenant := range turned {
		tenants[tenant] = true
	}
	for _, ref := range before.changed(after) {
		if ref.Type == typeMembership {
			team, _ := membershipOf(ref)
			ref = teamRef(team)
		}
		tenants[before.tenantOf(before[ref])] = true
		tenants[after.tenantOf(after[ref])] = true
	}
	delete(tenants, iam.Ref{})
	return tenants
}

func (w *writer) publish() {
	epoch := w.epoch.Load()
	w.public.Store(&snapshot{epoch: epoch + epoch%2, held: w.held, tenants: maps.Clone(w.tenants)})
}

// id makes one that nobody has had.
func (w *writer) id(kind string) string {
	w.counter++
	return fmt.Sprintf("%s%d-%d", kind, w.number, w.counter)
}

// settler is a user that only exists to be changed by resolve.
func settler(writer int) iam.UserID { return iam.UserID(fmt.Sprintf("settler-%d", writer)) }

// resolve finds out what became of a write whose answer was lost. The commit may
// still be on its way to the database; but then its transaction holds its locks,
// and a change of a user, who may be named in any tenant, waits for all of them.
// So after such a change what is read is the end of it.
func (w *writer) resolve(s step, before, after holdings, cause error) outcome {
	w.insist("settle", func(ctx context.Context, d *door) error {
		_, err := d.Users.UpdateUser(ctx, &ambitv1.UpdateUserRequest{User: &ambitv1.User{
			Id: string(settler(w.number)), Name: w.id("settled "),
		}})
		return err
	})
	isBefore, isAfter := true, true
	for _, ref := range before.changed(after) {
		var found any
		w.insist("read "+ref.String(), func(ctx context.Context, d *door) (err error) {
			found, err = look(ctx, d.Client, ref)
			return err
		})
		isBefore = isBefore && alike(found, before[ref])
		isAfter = isAfter && alike(found, after[ref])
	}
	switch {
	case s.refusal != "":
		return refused
	case isAfter:
		return taken
	case !isBefore:
		w.counts.lost.Add(1)
		w.problem("%s was half done (%v)", s.name, cause)
	}
	return refused
}

// insist makes a call again and again, on any server, until it is answered.
func (w *writer) insist(what string, call func(ctx context.Context, d *door) error) {
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		d := w.door()
		err := call(ctx, d)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			w.problem("writer %d cannot %s: %v", w.number, what, err)
			return
		}
		w.shunned[d] = time.Now().Add(shunTime)
		sleep(context.Background(), pollInterval)
	}
}
