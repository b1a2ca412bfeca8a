package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// contest is what contenders write to besides their own objects: a role whose
// description counts its changes, and ids that only one of them can have.
type contest struct {
	*trial
	role string
	// won counts the acknowledged changes of the role, and unsure those that on a
	// slow machine were answered with neither yes nor no.
	won, unsure atomic.Int64
	mu          sync.Mutex
	// created counts the acknowledged creations of each id.
	created map[string]int
}

// race lets all writers, and contenders for the same objects, work in one tenant
// through both servers.
func race(t *trial) {
	t.accounts = t.accounts[:1]
	f := newFleet(t, t.lab)
	c := &contest{trial: t, role: "contested", created: map[string]int{}}
	t.drive(f.doors(), func(ctx context.Context) {
		_, err := t.doors[0].Roles.CreateRole(ctx, &ambitv1.CreateRoleRequest{
			Role: &ambitv1.Role{Id: c.role, Scope: t.accounts[0].String(), Description: "0", Permissions: permissions[:1]},
		})
		require.NoError(t, err)
		ctx, stop := context.WithTimeout(ctx, 2*t.duration)
		defer stop()
		var contending sync.WaitGroup
		for i := range 2 * len(t.doors) {
			rng := rand.New(rand.NewPCG(t.rng.Uint64(), uint64(i)))
			contending.Go(func() { c.contend(ctx, t.doors[i%len(t.doors)], rng) })
		}
		contending.Wait()
	})
	c.settle()
	t.judgeAll()
}

// contend takes part until ctx ends.
func (c *contest) contend(ctx context.Context, d *door, rng *rand.Rand) {
	for ctx.Err() == nil {
		c.counts.strikes.Add(1)
		if err := c.count(ctx, d); err != nil {
			c.unsure.Add(1)
		}
		c.create(ctx, d, fmt.Sprintf("contested-%d", rng.IntN(1000)))
	}
}

// count adds one to what it has read; who was slower is ABORTED and changes
// nothing.
func (c *contest) count(ctx context.Context, d *door) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	role, err := d.Roles.GetRole(ctx, &ambitv1.GetRoleRequest{Id: c.role})
	if err != nil {
		return err
	}
	var n int
	if _, err := fmt.Sscan(role.GetDescription(), &n); err != nil {
		return err
	}
	_, err = d.Roles.UpdateRole(ctx, &ambitv1.UpdateRoleRequest{
		Role: &ambitv1.Role{Id: c.role, Description: fmt.Sprint(n + 1), Etag: role.GetEtag()}, UpdateMask: mask("description"),
	})
	if iam.CodeOf(err) == iam.Aborted {
		return nil
	}
	if err == nil {
		c.won.Add(1)
		c.counts.acknowledged.Add(1)
	}
	return err
}

// create adds a user unless another contender has.
func (c *contest) create(ctx context.Context, d *door, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	_, err := d.Users.CreateUser(ctx, &ambitv1.CreateUserRequest{User: &ambitv1.User{Id: id}})
	c.mu.Lock()
	defer c.mu.Unlock()
	switch judge(err) {
	case taken:
		c.counts.acknowledged.Add(1)
		c.created[id]++
	case unknown:
		c.created[id] += unsureOf
	}
}

// unsureOf marks ids of which nobody knows whether they were created.
const unsureOf = 1000

// settle compares the contested objects with the acknowledgements.
func (c *contest) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	role, err := c.doors[0].Roles.GetRole(ctx, &ambitv1.GetRoleRequest{Id: c.role})
	require.NoError(c, err)
	var counted int64
	_, err = fmt.Sscan(role.GetDescription(), &counted)
	require.NoError(c, err)
	won := c.won.Load()
	c.lostOrDoubled(max(won, min(counted, won+c.unsure.Load())), counted, "changes of the contested role")
	c.extra.put(roleOf(role))
	for id, times := range c.created {
		if times >= unsureOf {
			found, err := look(ctx, c.doors[0].Client, userRef(iam.UserID(id)))
			require.NoError(c, err)
			c.extra.put(found)
			continue
		}
		c.lostOrDoubled(1, int64(times), "creations of "+id)
		c.extra.put(iam.User{ID: iam.UserID(id), Status: iam.Active})
	}
}

// lostOrDoubled compares how often something happened with how often it should.
func (t *trial) lostOrDoubled(want, have int64, what string) {
	if have < want {
		t.counts.lost.Add(want - have)
	}
	if have > want {
		t.counts.doubled.Add(have - want)
	}
	if have != want {
		t.problem("%d %s, but %d acknowledged", have, what, want)
	}
}
