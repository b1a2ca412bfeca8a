package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/relay"
)

func newRelay(o relay.Outbox, w relay.Writer) *relay.Relay {
	return relay.New(relay.Config{Outbox: o, Writer: w, Logger: slog.New(slog.DiscardHandler)})
}

func upTo(n uint64) []uint64 {
	var all []uint64
	for i := uint64(1); i <= n; i++ {
		all = append(all, i)
	}
	return all
}

func TestDeliverInOrder(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	a, b := account("A"), account("B")
	var last uint64
	for range 200 { // more than one read of the outbox
		last = o.add(a)
	}
	o.add(b)
	r := newRelay(o, w)
	token, err := r.Deliver(t.Context(), a, last)
	require.NoError(t, err)
	assert.Equal(t, upTo(200), w.seen(a))
	assert.Empty(t, w.seen(b), "other tenants are not touched")
	assert.Equal(t, rel.ZedToken("r200"), token)

	again, err := r.Deliver(t.Context(), a, last)
	require.NoError(t, err)
	assert.Equal(t, token, again)
	assert.Len(t, w.seen(a), 200, "nothing is sent twice")
}

// TestDeliverTogether: requests of one tenant at once keep its order, and each
// returns when its own entry is there.
func TestDeliverTogether(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	r := newRelay(o, w)
	var calls sync.WaitGroup
	for i := range 40 {
		calls.Go(func() {
			tenant := account(fmt.Sprint(i % 3))
			seq := o.add(tenant)
			_, err := r.Deliver(context.Background(), tenant, seq)
			assert.NoError(t, err)
			assert.Contains(t, w.seen(tenant), seq)
		})
	}
	calls.Wait()
	for i := range 3 {
		seen := w.seen(account(fmt.Sprint(i)))
		assert.Equal(t, upTo(uint64(len(seen))), seen)
	}
	assert.Zero(t, o.left())
}

// TestTenantsDoNotWait: while one tenant's write hangs, another's goes through.
func TestTenantsDoNotWait(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	hanging, free := make(chan struct{}), make(chan struct{})
	w.fail = func(write rel.Write) error {
		if write.Tenant == "account:slow" {
			close(hanging)
			<-free
		}
		return nil
	}
	r := newRelay(o, w)
	o.add(account("slow"))
	o.add(account("quick"))
	done := make(chan error, 1)
	go func() {
		_, err := r.Deliver(context.Background(), account("slow"), 1)
		done <- err
	}()
	<-hanging
	_, err := r.Deliver(t.Context(), account("quick"), 1)
	require.NoError(t, err)
	close(free)
	require.NoError(t, <-done)
}

// TestDeliverFinishesForAGoneCaller: the caller's context ends its waiting for
// nothing: what was committed is delivered.
func TestDeliverFinishesForAGoneCaller(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	o.add(account("A"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newRelay(o, w).Deliver(ctx, account("A"), 1)
	require.NoError(t, err)
	assert.Equal(t, []uint64{1}, w.seen(account("A")))
}

// TestRunRetries: what a request could not deliver is delivered in the
// background, in order, more and more slowly while SpiceDB is away.
func TestRunRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, w := newOutbox(), newWriter()
		var down atomic.Bool
		var attempts atomic.Int32
		down.Store(true)
		w.fail = func(rel.Write) error {
			attempts.Add(1)
			if down.Load() {
				return errDown
			}
			return nil
		}
		r := newRelay(o, w)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		for range 3 {
			_, err := r.Deliver(ctx, account("A"), o.add(account("A")))
			require.ErrorIs(t, err, errDown)
		}
		synctest.Wait()
		time.Sleep(15 * time.Second) // of the bubble's clock
		synctest.Wait()
		assert.InDelta(t, 8, attempts.Load(), 1, "at 0, 1, 3, 7 and 15 s, beside the three requests")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		assert.InDelta(t, 19, attempts.Load(), 4, "half a minute apart at most")
		assert.Empty(t, w.seen(account("A")))

		down.Store(false)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		assert.Equal(t, upTo(3), w.seen(account("A")))
		assert.Zero(t, o.left())
		cancel()
		running.Wait()
	})
}

// TestNothingIsLost: writers and outbox fail at random, often after they have
// done their work. In the end every entry has arrived, in order.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		var calm atomic.Bool
		shaky := func() error {
			mu.Lock()
			defer mu.Unlock()
			if !calm.Load() && rng.IntN(3) == 0 {
				return errDown
			}
			return nil
		}
		o, w := newOutbox(), newWriter()
		o.fail = func(string) error { return shaky() }
		r := newRelay(o, &forgetful{writer: w, fail: shaky})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		tenants := []iam.Ref{account("A"), account("B"), {}}
		for i := range 300 {
			tenant := tenants[i%len(tenants)]
			_, _ = r.Deliver(ctx, tenant, o.add(tenant)) // Run mends what fails
		}
		calm.Store(true)
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		assert.Zero(t, o.left())
		for _, tenant := range tenants {
			assertOrder(t, w.seen(tenant), 100)
		}
		cancel()
		running.Wait()
	})
}

// assertOrder: an entry may come again, at once or after the ones before it
// came again; none is left out, and none comes before the ones before it.
func assertOrder(t *testing.T, seen []uint64, last uint64) {
	t.Helper()
	var highest uint64
	for i, seq := range seen {
		require.LessOrEqual(t, seq, highest+1, "at %d of %v", i, seen)
		if i > 0 && seq < seen[i-1] {
			require.Failf(t, "went back", "at %d of %v", i, seen)
		}
		highest = max(highest, seq)
	}
	require.Equal(t, last, highest)
	require.Equal(t, upTo(last), slices.Compact(slices.Clone(seen)))
}

// forgetful takes a write and then says that it failed.
type forgetful struct {
	*writer
	fail func() error
}

func (f *forgetful) Write(ctx context.Context, write rel.Write) (rel.ZedToken, error) {
	token, err := f.writer.Write(ctx, write)
	if err := f.fail(); err != nil {
		return "", err
	}
	return token, err
}

// TestRedelivery: an entry whose delivery was not recorded comes again, with
// the effect of one.
func TestRedelivery(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	seq := o.add(account("A"))
	o.fail = func(method string) error {
		if method == "Delivered" {
			return errDown
		}
		return nil
	}
	r := newRelay(o, w)
	_, err := r.Deliver(t.Context(), account("A"), seq)
	require.ErrorIs(t, err, errDown)
	before := fmt.Sprint(w.tuples)
	o.fail = func(string) error { return nil }
	require.NoError(t, r.Sweep(t.Context()))
	assert.Equal(t, []uint64{1, 1}, w.seen(account("A")))
	assert.Equal(t, before, fmt.Sprint(w.tuples))
	assert.Zero(t, o.left())
}

func TestSweepTriesAllTenants(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	for _, id := range []string{"A", "B", "C"} {
		o.add(account(id))
	}
	w.fail = func(write rel.Write) error {
		if write.Tenant == "account:B" {
			return errDown
		}
		return nil
	}
	require.ErrorIs(t, newRelay(o, w).Sweep(t.Context()), errDown)
	assert.Len(t, w.seen(account("A")), 1)
	assert.Len(t, w.seen(account("C")), 1)
	assert.Equal(t, 1, o.left())
}

// TestQuarantine: an entry that the engine refuses for good stops its tenant
// only, says why, and is tried again now and then.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, w := newOutbox(), newWriter()
		var mended atomic.Bool
		var attempts atomic.Int32
		w.fail = func(write rel.Write) error {
			if write.Tenant == "account:poison" && write.Seq == 2 && !mended.Load() {
				attempts.Add(1)
				return iam.Forbidden(relay.Refused, "", "", "SpiceDB knows no relation x")
			}
			return nil
		}
		r := newRelay(o, w)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		bad := account("poison")
		for range 3 {
			_, _ = r.Deliver(ctx, bad, o.add(bad)) // the second fails
		}
		time.Sleep(10 * time.Second) // of the bubble's clock
		synctest.Wait()
		assert.Equal(t, "SpiceDB knows no relation x", o.fault(bad))
		assert.LessOrEqual(t, attempts.Load(), int32(5))
		_, err := r.Deliver(ctx, account("healthy"), o.add(account("healthy")))
		require.NoError(t, err)
		assert.Equal(t, upTo(1), w.seen(bad), "nothing overtakes the entry that is refused")

		mended.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, upTo(3), w.seen(bad))
		assert.Empty(t, o.fault(bad))
		cancel()
		running.Wait()
	})
}

// TestOutageIsNoPoison: however long SpiceDB is away, nobody is in quarantine.
func TestOutageIsNoPoison(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	w.fail = func(rel.Write) error { return iam.Unreachable("SpiceDB", errDown) }
	r := newRelay(o, w)
	seq := o.add(account("A"))
	for range 10 {
		_, err := r.Deliver(t.Context(), account("A"), seq)
		require.Error(t, err)
	}
	assert.Empty(t, o.fault(account("A")))
}

// TestSharedOutbox: what another process left behind is delivered without
// anybody asking.
func TestSharedOutbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, w := newOutbox(), newWriter()
		r := relay.New(relay.Config{Outbox: o, Writer: w, Shared: true})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		o.add(account("A"))
		time.Sleep(2 * time.Second) // of the bubble's clock
		synctest.Wait()
		assert.Equal(t, upTo(1), w.seen(account("A")))
		assert.Equal(t, relay.Counts{Delivered: 1, Retried: 1}, r.Counts())
		cancel()
		running.Wait()
	})
}

// TestDeliveredByAnother: this process's own write was delivered by another one,
// at a revision that nothing seen here is known to hold.
func TestDeliveredByAnother(t *testing.T) {
	t.Parallel()
	o, w := newOutbox(), newWriter()
	r := newRelay(o, w)
	_, err := r.Deliver(t.Context(), account("A"), o.add(account("A")))
	require.NoError(t, err)
	require.Equal(t, rel.Consistency{AtLeast: "r1"}, r.Fresh())
	seq := o.add(account("A"))
	require.NoError(t, o.Delivered(t.Context(), account("A"), seq, "elsewhere"))
	token, err := r.Deliver(t.Context(), account("A"), seq)
	require.NoError(t, err)
	assert.Equal(t, rel.ZedToken("elsewhere"), token)
	assert.Equal(t, rel.Consistency{}, r.Fresh(), "the head holds both")
	r.Saw(r.Sight(), "head")
	assert.Equal(t, rel.Consistency{AtLeast: "head"}, r.Fresh())
}
