package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// The edited role gives the kept permission always, and the others in turn.
const (
	kept         = "variables:read"
	editedRole   = "edited"
	editedScope  = "environment:edited"
	editedObject = "workspace:edited"
	holders      = 100
)

var others = [2]string{"variables:update", "variables:delete"}

// editing is a role that is edited back and forth while its holders are asked
// about.
type editing struct {
	*trial
	// gives is which of the others the role gives. It is below 0 while that
	// changes.
	gives atomic.Int64
	// attempts counts edits, also those that were not acknowledged.
	attempts int
	// receipt is of the last edit.
	receipt atomic.Pointer[edit]
}

// edit is an acknowledged change of the role.
type edit struct {
	standing
	number int64
}

// editRoleUnderChecks edits a role that a hundred users hold, half of them
// through a team: no check of the kept permission may be denied at any time, and
// none of a removed one allowed after the acknowledgement. The other writers go
// on meanwhile.
func editRoleUnderChecks(t *trial) {
	t.writing, t.reading = 2, 0 // so that there is room for many edits and checks
	f := newFleet(t, t.lab)
	e := &editing{trial: t}
	t.drive(f.doors(), func(ctx context.Context) {
		e.prepare(ctx)
		ctx, stop := context.WithCancel(ctx)
		var checking sync.WaitGroup
		for i := range 3 {
			rng := rand.New(rand.NewPCG(t.rng.Uint64(), uint64(i)))
			checking.Go(func() { e.check(ctx, rng) })
		}
		for end := time.Now().Add(2 * t.duration); time.Now().Before(end); {
			e.edit(ctx)
		}
		stop()
		checking.Wait()
		e.expectStored()
	})
	t.judgeAll()
}

// world is the role with its holders.
func (e *editing) world() iam.World {
	account := e.accounts[0]
	w := iam.World{
		Scopes: []iam.Scope{{Ref: refOf(editedScope), Parent: account}, {Ref: refOf(editedObject), Parent: refOf(editedScope)}},
		Roles:  []iam.Role{{ID: editedRole, Scope: account, Permissions: []string{others[0], kept}}},
		Groups: []iam.Group{{ID: "edited", Scope: account, Members: []iam.Ref{}}},
		Policies: []iam.Policy{{
			ID: "edited", Subject: teamRef("edited"), Roles: []iam.RoleID{editedRole}, Scope: refOf(editedScope),
		}},
	}
	for i := range holders {
		user := iam.User{ID: iam.UserID(fmt.Sprintf("edited-%d", i)), Status: iam.Active}
		w.Users = append(w.Users, user)
		if i%2 == 0 {
			w.Groups[0].Members = append(w.Groups[0].Members, userRef(user.ID))
			continue
		}
		w.Policies = append(w.Policies, iam.Policy{
			ID: iam.PolicyID(user.ID), Subject: userRef(user.ID), Roles: []iam.RoleID{editedRole}, Scope: refOf(editedScope),
		})
	}
	return w
}

func (e *editing) prepare(ctx context.Context) {
	answer, err := apply(ctx, e.doors[0].Client, e.model, e.world())
	require.NoError(e, err)
	require.True(e, answer.GetApplied())
	e.receipt.Store(&edit{standing: standing{token: answer.GetToken(), at: time.Now(), door: e.doors[0]}})
	sleep(ctx, staleness) // from here on every server knows the holders, asked in any way
}

// edit takes one of the other permissions from the role and gives it the other.
func (e *editing) edit(ctx context.Context) {
	last := e.receipt.Load()
	d, number := e.doors[e.rng.IntN(len(e.doors))], last.number+1
	e.gives.Store(-1)
	answer := e.write(d, number)
	e.receipt.Store(&edit{standing: standing{token: answer.GetToken(), at: time.Now(), door: d}, number: number})
	e.gives.Store(number)
	e.counts.strikes.Add(1)
	e.ask(number, d, freshness{}, "where it was written")
	e.ask(number, e.doors[e.rng.IntN(len(e.doors))], freshness{token: answer.GetToken()}, "with the token")
	if number%8 == 0 {
		sleep(ctx, staleness)
		for _, d := range e.doors {
			e.ask(number, d, freshness{}, "after the bound")
		}
	}
}

// write makes an edit, again and again until SpiceDB has it: on a slow machine it
// may not be there in time. The description makes each attempt a change.
func (e *editing) write(d *door, number int64) *ambitv1.RoleReceipt {
	for end := time.Now().Add(patience); ; {
		e.attempts++
		role := &ambitv1.Role{
			Id: editedRole, Permissions: []string{others[number%2], kept}, Description: fmt.Sprintf("attempt %d", e.attempts),
		}
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		answer, err := d.Roles.UpdateRole(ctx, &ambitv1.UpdateRoleRequest{Role: role, UpdateMask: mask("permissions", "description")})
		cancel()
		if err == nil {
			e.counts.acknowledged.Add(1)
		}
		if err == nil && answer.GetApplied() {
			return answer
		}
		require.True(e, time.Now().Before(end), "the role cannot be edited: %v", err)
	}
}

// ask asks what all may do right after an edit, while nothing else edits.
func (e *editing) ask(number int64, d *door, at freshness, how string) {
	holder := iam.UserID(fmt.Sprintf("edited-%d", e.rng.IntN(holders)))
	e.expect(d, holder, at, number, fmt.Sprintf("after edit %d, %s,", number, how))
}

// expect asks about one holder after an edit: the kept permission and what the
// role gives now are allowed, and what it gave before is not.
func (e *editing) expect(d *door, holder iam.UserID, at freshness, number int64, how string) {
	scope := refOf(editedObject)
	questions := []question{{holder, kept, scope}, {holder, others[number%2], scope}, {holder, others[(number+1)%2], scope}}
	for i, allowed := range ask(context.Background(), d, questions, at) {
		e.counts.answers.Add(1)
		if allowed != (i < 2) {
			e.counts.stale.Add(1)
			e.problem("%s %s answered %v to %v", how, d.name, allowed, questions[i])
		}
	}
}

// check asks without pause, and in any way, whether holders have the kept
// permission; that is never denied. What it gets to hear of the others counts if
// no edit was on its way.
func (e *editing) check(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		d, before := e.doors[rng.IntN(len(e.doors))], e.gives.Load()
		last := e.receipt.Load()
		at := []freshness{{}, {token: last.token}, {full: true}}[rng.IntN(3)]
		holder := iam.UserID(fmt.Sprintf("edited-%d", rng.IntN(holders)))
		questions := []question{{holder, kept, refOf(editedObject)}}
		if rng.IntN(4) == 0 {
			questions = append(questions, question{holder, others[(last.number+1)%2], refOf(editedObject)})
		}
		for i, allowed := range ask(ctx, d, questions, at) {
			switch {
			case i == 0:
				e.counts.answers.Add(1)
				if !allowed {
					e.counts.wrong.Add(1)
					e.problem("%s denied the kept permission to %s, %+v", d.name, holder, at)
				}
			case before == last.number && before == e.gives.Load() && (at != freshness{} || d == last.door):
				e.counts.answers.Add(1)
				if allowed {
					e.counts.stale.Add(1)
					e.problem("%s allowed a removed permission to %s, %+v", d.name, holder, at)
				}
			}
		}
	}
}

// expectStored says what must be left of the role and its holders.
func (e *editing) expectStored() {
	w := e.world()
	w.Roles[0].Permissions = []string{others[e.receipt.Load().number%2], kept}
	w.Roles[0].Description = fmt.Sprintf("attempt %d", e.attempts)
	for _, scope := range w.Scopes {
		e.extra.put(scope)
	}
	for _, user := range w.Users {
		e.extra.put(user)
	}
	for _, policy := range w.Policies {
		e.extra.put(policy)
	}
	e.extra.put(w.Roles[0])
	slices.SortFunc(w.Groups[0].Members, func(x, y iam.Ref) int { return strings.Compare(x.ID, y.ID) })
	e.extra.put(w.Groups[0])
}
