package follow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// TestMain finds what followers leave behind; drivers of SpiceDB start goroutines
// while the program loads, which run for ever.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func (h *harness) settle() *follow.View {
	h.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	view := h.Settle(ctx)
	require.NotNil(h.tb, view)
	return view
}

// TestReadsOwnWrites: every View that a question gets holds what was delivered
// before, and it is the whole of it.
func TestReadsOwnWrites(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	for i := range 100 {
		op, want := rel.Touch, true
		if i%2 == 0 {
			op, want = rel.Delete, false
		}
		h.write(op, accountA, "role_binding:a#subject@user:ann")
		yes, fresh := h.reads(envA)
		require.True(t, fresh)
		require.Equal(t, want, yes, "after write %d", i)
	}
	stats := h.Stats()
	assert.True(t, stats.Live)
	assert.Equal(t, len(grant)-1+1, stats.Tuples)
	assert.EqualValues(t, 1, stats.Loaded)
	assert.Zero(t, stats.Behind)
}

// TestLagging: what one tenant lacks is no matter of another, and a View that
// would lack it is not given out.
func TestLagging(t *testing.T) {
	t.Parallel()
	h := start(t, func(c *follow.Config) { c.Patience = 10 * time.Millisecond })
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	release := h.link.hold()
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	_, fresh := h.reads(envA)
	assert.False(t, fresh, "SpiceDB has to be asked")
	yes, fresh := h.reads(envB)
	assert.True(t, yes && fresh, "B lacks nothing")
	view := h.View(t.Context(), follow.Need{Objects: []iam.Ref{envB}})
	require.NotNil(t, view)
	assert.False(t, h.Whole(view), "what A lacks may be the end of a user")
	_, fresh = h.reads(ref("environment", "none"))
	assert.False(t, fresh, "it may be new, and of A")
	assert.Nil(t, h.View(t.Context(), follow.Need{}), "of all tenants")
	assert.Nil(t, h.Current())
	assert.NotNil(t, h.View(t.Context(), follow.Need{Changes: []follow.Change{{Tenant: accountA, Seq: 1}}}), "a token of before")
	assert.Nil(t, h.View(t.Context(), follow.Need{Changes: []follow.Change{{Tenant: accountA, Seq: 2}}}))
	assert.Equal(t, 1, h.Stats().Behind)
	release()
	assert.True(t, h.Whole(h.settle()))
	assert.False(t, h.Whole(view), "it is of before")
	yes, fresh = h.reads(envA)
	assert.True(t, fresh && !yes)
}

// TestWaits: a question waits for what is on its way.
func TestWaits(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	release := h.link.hold()
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	answer := make(chan bool)
	go func() {
		yes, fresh := h.reads(envA)
		answer <- fresh && !yes
	}()
	require.Eventually(t, func() bool { return h.Stats().Waited > 0 }, 5*time.Second, time.Millisecond)
	release()
	assert.True(t, <-answer)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Nil(t, h.View(gone, follow.Need{Changes: []follow.Change{{Tenant: accountA, Seq: 99}}}), "nobody waits any more")
}

// TestBrokenStream: it is taken up where it ended; if SpiceDB no longer has that
// revision, all is read anew. Nothing is answered until a mark is back.
func TestBrokenStream(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]bool{"resumed": false, "history gone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, func(c *follow.Config) { c.Patience = -1 })
			h.write(rel.Touch, accountA, grant...)
			h.settle()
			watched, read := h.link.counts()
			h.link.set(func(l *link) { l.mute, l.gone = true, gone })
			h.link.sever()
			require.Eventually(t, func() bool { return !h.Stats().Live }, 5*time.Second, time.Millisecond)
			h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
			assert.Nil(t, h.Current(), "without a mark nobody knows")
			assert.Nil(t, h.View(t.Context(), follow.Need{Changes: []follow.Change{{Tenant: accountA, Seq: 1}}}))
			h.link.set(func(l *link) { l.mute = false })
			h.settle()
			yes, fresh := h.reads(envA)
			assert.True(t, fresh && !yes)
			again, reread := h.link.counts()
			assert.Greater(t, again, watched)
			assert.Equal(t, gone, reread > read, "read anew")
		})
	}
}

// TestStrange: what no relationship of the model can be is counted, grants
// nothing, and makes the index read everything anew. What is not ours is left out.
func TestStrange(t *testing.T) {
	t.Parallel()
	away := rel.Update{Op: rel.Touch, Tuple: tuple(t, "galaxy:G#parent@account:A")}
	for name, test := range map[string]struct {
		step    rel.Step
		strange uint64
	}{
		"an unknown relation": {rel.Step{Updates: []rel.Update{{Op: rel.Touch, Tuple: tuple(t, "account:A#galaxy@user:ann")}}}, 1},
		"a strange subject":   {rel.Step{Updates: []rel.Update{{Op: rel.Touch, Tuple: tuple(t, "account:A#role_binding@user:ann")}}}, 1},
		"a caveat":            {rel.Step{Strange: []string{"account"}}, 1},
		"another's":           {rel.Step{Updates: []rel.Update{away}, Strange: []string{"galaxy"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			h.write(rel.Touch, accountA, grant...)
			h.settle()
			h.link.set(func(l *link) { l.extra = []rel.Step{test.step} })
			h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
			view := h.settle()
			assert.False(t, view.Check(ann, "environments:read", envA))
			assert.True(t, view.Check(ann, "environments:read", envB))
			assert.Equal(t, test.strange, h.Stats().Strange)
			assert.Equal(t, 1+test.strange, h.Stats().Loaded)
		})
	}
}

// TestMarkBeforeDelivery: a mark that is back says nothing about a change that was
// decided before it left, and reached SpiceDB after it.
func TestMarkBeforeDelivery(t *testing.T) {
	t.Parallel()
	h := start(t, func(c *follow.Config) { c.Patience = -1 })
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	h.Expect(accountA, 2)
	h.ExpectMore() // sends a mark
	require.Eventually(t, func() bool { return h.Stats().Behind == 1 }, 10*time.Second, time.Millisecond)
	_, fresh := h.reads(envA)
	assert.False(t, fresh)
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	assert.False(t, h.settle().Check(ann, "environments:read", envA))
}

// TestForeign: tuples that somebody else wrote count, and nobody has to be told.
func TestForeign(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.write(rel.Touch, accountA, grant[:5]...)
	h.settle()
	var w rel.Write
	for _, text := range grant[5:] {
		w.Updates = append(w.Updates, rel.Update{Op: rel.Touch, Tuple: tuple(t, text)})
	}
	_, err := h.link.Write(t.Context(), w)
	require.NoError(t, err)
	h.ExpectMore()
	assert.True(t, h.settle().Check(ann, "environments:read", envB))
}

// TestNothingChanged: a change that changed nothing is not in the stream, and
// holds nobody up for long.
func TestNothingChanged(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	h.write(rel.Touch, accountA, grant...)
	view := h.settle()
	assert.True(t, view.Check(ann, "environments:read", envA))
	assert.NotNil(t, h.View(t.Context(), follow.Need{Changes: []follow.Change{{Tenant: accountA, Seq: 2}}}))
}

// TestRevisions: a revision that the index has come to is known at once, any other
// when a mark is back that left after somebody named it.
func TestRevisions(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.write(rel.Touch, accountA, grant...)
	view := h.settle()
	assert.NotEmpty(t, view.Revision)
	assert.NotNil(t, h.View(t.Context(), follow.Need{Revision: view.Revision}))
	_, other, err := h.link.Check(t.Context(), rel.Consistency{}, rel.Question{
		Resource: rel.Object{Type: "environment", ID: "EA"}, Permission: "environments__read", Subject: rel.Object{Type: "user", ID: "ann"},
	})
	require.NoError(t, err)
	assert.NotNil(t, h.View(t.Context(), follow.Need{Revision: other}), "it waits for the mark")
	assert.NotNil(t, h.View(t.Context(), follow.Need{Revision: other}))
}

// TestShared: without a token a View misses nothing that is older than the bound,
// and one that cannot know that is not given out.
func TestShared(t *testing.T) {
	t.Parallel()
	const bound = 300 * time.Millisecond
	h := start(t, func(c *follow.Config) { c.Shared, c.Staleness, c.Silence, c.Patience = true, bound, 2*bound, -1 })
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	for i := range 10 { // somebody else's writes
		op := []rel.Op{rel.Delete, rel.Touch}[i%2]
		_, err := h.link.Write(t.Context(), rel.Write{Updates: []rel.Update{{Op: op, Tuple: tuple(t, "role_binding:a#subject@user:ann")}}})
		require.NoError(t, err)
		written := time.Now()
		require.Eventually(t, func() bool {
			asked := time.Now()
			view := h.Current()
			if view == nil {
				return false
			}
			seen := view.Check(ann, "environments:read", envA) == (op == rel.Touch)
			if asked.Sub(written) >= bound {
				require.True(t, seen, "write %d is older than the bound", i)
			}
			return seen && asked.Sub(written) >= bound
		}, 10*time.Second, 5*time.Millisecond)
	}
	h.link.set(func(l *link) { l.mute = true })
	require.Eventually(t, func() bool { return h.Current() == nil }, 5*time.Second, time.Millisecond, "silence for the bound")
	require.Eventually(t, func() bool {
		return h.View(t.Context(), follow.Need{Changes: []follow.Change{{Tenant: accountA, Seq: 1}}}) == nil
	}, 5*time.Second, time.Millisecond, "too old for anything")
	h.link.set(func(l *link) { l.mute = false })
	h.settle()
}

// TestDeafStream: a stream that lets marks wait is cut and begun anew.
func TestDeafStream(t *testing.T) {
	t.Parallel()
	h := start(t, func(c *follow.Config) { c.Silence, c.Patience = 20*time.Millisecond, -1 })
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	watched, _ := h.link.counts()
	release := h.link.hold()
	defer release()
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	require.Eventually(t, func() bool { now, _ := h.link.counts(); return now > watched }, 20*time.Second, 10*time.Millisecond)
}

// TestStoreAway: without the numbers of the store nothing begins; when they come,
// changes before the start are known to be there.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	tries := 0
	h := start(t, func(c *follow.Config) {
		c.Delivered = func(context.Context) (map[iam.Ref]uint64, error) {
			tries++
			if tries < 4 {
				return nil, errors.New("away")
			}
			return map[iam.Ref]uint64{accountB: 7}, nil
		}
	})
	h.settle()
	assert.NotNil(t, h.View(t.Context(), follow.Need{Changes: []follow.Change{{Tenant: accountB, Seq: 7}}}))
	assert.EqualValues(t, 4, h.Stats().Loaded)
}

// TestPins: a state that somebody reads page by page stays, whatever is written.
func TestPins(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.write(rel.Touch, accountA, grant...)
	view := h.settle()
	h.Pin(view)
	for i := range 20 {
		h.write(rel.Touch, accountA, fmt.Sprintf("team:t#member@user:u%d", i))
	}
	h.settle()
	assert.Same(t, view, h.Pinned(view.Revision))
	assert.Nil(t, h.Pinned("another"))
}
