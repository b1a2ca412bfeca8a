package follow_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

const (
	// ample is more than all tests write, and tight is enough for the grants of A or
	// of B, but not of both.
	ample = 1 << 20
	tight = 1200
)

// within is an index of so many bytes.
func within(limit int64, stay time.Duration) func(*follow.Config) {
	return func(c *follow.Config) { c.Max, c.Stay = limit, stay }
}

// holds reports whether a View answers about an object. If not, its tenant was asked for.
func (h *harness) holds(object iam.Ref) bool {
	h.tb.Helper()
	_, fresh := h.reads(object)
	return fresh
}

// comes asks about an object until its tenant is there.
func (h *harness) comes(object iam.Ref) {
	h.tb.Helper()
	require.Eventually(h.tb, func() bool { return h.holds(object) }, 10*time.Second, time.Millisecond)
	yes, fresh := h.reads(object)
	require.True(h.tb, yes && fresh)
}

// refuses asks about an object until its tenant was refused so often.
func (h *harness) refuses(object iam.Ref, times uint64) {
	h.tb.Helper()
	require.Eventually(h.tb, func() bool {
		require.False(h.tb, h.holds(object))
		return h.Stats().Refused >= times
	}, 10*time.Second, time.Millisecond)
}

// TestBoundTakesIn: nothing is held until somebody asks, then what was asked about is
// held, and followed. Nobody waits for what is not held.
func TestBoundTakesIn(t *testing.T) {
	t.Parallel()
	h := start(t, within(ample, 0), func(c *follow.Config) { c.Patience = time.Hour })
	h.write(rel.Touch, accountA, grant...)
	h.settle()
	assert.Zero(t, h.Stats().Tuples)
	h.comes(envA)
	stats := h.Stats()
	assert.Equal(t, 1, stats.Tenants)
	assert.Equal(t, 5, stats.Tuples)
	assert.Positive(t, stats.Bytes)
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	yes, fresh := h.reads(envA)
	assert.True(t, fresh && !yes)
	assert.False(t, h.settle().Covers(envB))
	h.comes(envB)
	h.write(rel.Touch, accountB, "account:C#role_binding@role_binding:b", "environment:EC#parent@account:C")
	h.comes(ref("environment", "EC"))
	assert.EqualValues(t, 3, h.Stats().TakenIn)
	assert.Zero(t, h.Stats().Evicted)
	assert.EqualValues(t, 1, h.Stats().Loaded)
}

// TestBoundEvicts: who has not been asked about gives way; what both need stays.
func TestBoundEvicts(t *testing.T) {
	t.Parallel()
	h := start(t, within(tight, time.Millisecond))
	h.write(rel.Touch, accountA, grant...)
	for range 3 {
		for this, other := range map[iam.Ref]iam.Ref{envA: envB, envB: envA} {
			h.comes(this)
			require.Equal(t, 1, h.Stats().Tenants)
			require.Equal(t, 5, h.Stats().Tuples)
			require.LessOrEqual(t, h.Stats().Bytes, int64(tight))
			require.False(t, h.settle().Covers(other))
		}
	}
	assert.EqualValues(t, 1, h.Stats().Loaded, "nothing else was read anew")
	assert.GreaterOrEqual(t, h.Stats().Evicted, uint64(2))
}

// TestBoundStays: a tenant that was asked about just now does not give way.
func TestBoundStays(t *testing.T) {
	t.Parallel()
	h := start(t, within(tight, time.Hour))
	h.write(rel.Touch, accountA, grant...)
	h.comes(envA)
	h.refuses(envB, 1)
	h.comes(envA)
	assert.Zero(t, h.Stats().Evicted)
}

// TestBoundTooLarge: a tenant that never fits is never held, and that is said once,
// however often it is asked about.
func TestBoundTooLarge(t *testing.T) {
	t.Parallel()
	var log lockedLog
	h := start(t, within(tight, time.Millisecond), func(c *follow.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	h.write(rel.Touch, accountA, grant...)
	var more []string
	for i := range 100 {
		more = append(more, fmt.Sprintf("environment:more%d#parent@account:A", i))
	}
	h.write(rel.Touch, accountA, more...)
	h.refuses(envA, 1)
	for i := range 10 {
		object := ref("environment", fmt.Sprint("more", i))
		require.Never(t, func() bool { return h.holds(object) }, 10*time.Millisecond, time.Millisecond)
	}
	h.comes(envB)
	h.link.set(func(l *link) { assert.Less(t, l.old, 60, "who does not fit is not read to the end") })
	assert.EqualValues(t, 1, h.Stats().Refused)
	assert.Equal(t, 1, strings.Count(log.String(), "does not fit"))
	assert.Contains(t, log.String(), accountA.String())
}

// TestBoundGone: a tenant of which nothing is left leaves its place to the next.
func TestBoundGone(t *testing.T) {
	t.Parallel()
	h := start(t, within(ample, time.Hour))
	h.write(rel.Touch, accountA, grant...)
	h.comes(envA)
	h.write(rel.Delete, accountA, grant[:5]...)
	h.write(rel.Touch, accountB, grant[0])
	h.comes(envB)
	assert.Equal(t, 1, h.Stats().Tenants)
	h.write(rel.Touch, accountA, grant...)
	require.Eventually(t, func() bool { return h.holds(envA) }, 20*time.Second, time.Millisecond)
	assert.Equal(t, 2, h.Stats().Tenants)
}

// TestBoundGrows: a tenant that outgrows the bound is let go, and the others stay.
func TestBoundGrows(t *testing.T) {
	t.Parallel()
	h := start(t, within(2*tight, 50*time.Millisecond))
	h.write(rel.Touch, accountA, grant...)
	h.comes(envA)
	for i := range 20 {
		h.write(rel.Touch, accountA, fmt.Sprintf("environment:more%d#parent@account:A", i))
		require.LessOrEqual(t, h.Stats().Bytes, int64(2*tight))
	}
	h.settle()
	assert.Zero(t, h.Stats().Tenants)
	h.comes(envB)
}

// TestBoundListed: of listed tenants one is held when it is asked about, others never.
func TestBoundListed(t *testing.T) {
	t.Parallel()
	h := start(t, within(ample, time.Millisecond), ofA)
	h.write(rel.Touch, accountA, grant...)
	require.Never(t, func() bool { return h.holds(envB) }, 50*time.Millisecond, time.Millisecond)
	h.comes(envA)
	assert.Equal(t, 1, h.Stats().Tenants)
}

// TestBoundUnplaced: what is not there, lies nowhere or in two places has no tenant to
// be taken in, and one of which nothing is known takes no place.
func TestBoundUnplaced(t *testing.T) {
	t.Parallel()
	h := start(t, within(ample, time.Millisecond))
	h.write(rel.Touch, accountA, append(grant, "environment:both#parent@account:A", "environment:both#parent@account:B", "workspace:w#parent@environment:none")...)
	for _, object := range []iam.Ref{ref("environment", "none"), ref("environment", "both"), ref("workspace", "w"), ref("account", "none"), ann} {
		require.Never(t, func() bool { return h.holds(object) }, 20*time.Millisecond, time.Millisecond, "%s", object)
	}
	assert.Zero(t, h.Stats().Tenants)
	h.comes(accountA)
}

// TestBoundMeanwhile: while a tenant is read the stream goes on, for others too, and
// what it told of the tenant counts.
func TestBoundMeanwhile(t *testing.T) {
	t.Parallel()
	h := start(t, within(ample, time.Minute))
	h.write(rel.Touch, accountA, grant...)
	h.write(rel.Touch, accountA, "account:C#role_binding@role_binding:c", "role_binding:c#role@role:reader", "team:t#member@user:ann")
	h.comes(envB)
	slow := make(chan struct{})
	h.link.set(func(l *link) { l.slow = slow })
	require.False(t, h.holds(envA))
	h.waitsToRead(t)
	h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann")
	h.write(rel.Touch, accountA, "environment:new#parent@account:A")
	h.write(rel.Delete, accountB, "role_binding:b#subject@user:ann")
	yes, fresh := h.reads(envB)
	assert.True(t, fresh && !yes, "the stream goes on")
	h.link.set(func(l *link) { l.slow = nil })
	close(slow)
	require.Eventually(t, func() bool { return h.holds(envA) }, 10*time.Second, time.Millisecond)
	yes, _ = h.reads(envA)
	assert.False(t, yes)
	assert.True(t, h.holds(ref("environment", "new")))
}

// waitsToRead waits until somebody wants to read at a revision.
func (h *harness) waitsToRead(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		waiting := 0
		h.link.set(func(l *link) { waiting = l.waiting })
		return waiting > 0
	}, 10*time.Second, time.Millisecond)
}

// TestBoundBroken: a stream that breaks while a tenant is read loses nothing but that
// reading; one that has to begin anew begins with nothing.
func TestBoundBroken(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]bool{"resumed": false, "history gone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, within(ample, time.Millisecond))
			h.write(rel.Touch, accountA, grant...)
			h.comes(envB)
			slow := make(chan struct{})
			h.link.set(func(l *link) { l.slow = slow })
			require.False(t, h.holds(envA))
			h.waitsToRead(t)
			h.link.set(func(l *link) { l.gone, l.mute = gone, true })
			h.link.sever()
			require.Eventually(t, func() bool { return !h.Stats().Live }, 10*time.Second, time.Millisecond)
			h.write(rel.Delete, accountA, "role_binding:a#subject@user:ann") // nobody hears it, if history is gone
			h.link.set(func(l *link) { l.slow, l.mute = nil, false })
			close(slow)
			h.settle()
			assert.Equal(t, gone, h.Stats().Loaded > 1)
			assert.Equal(t, gone, h.Stats().Tenants == 0)
			require.Eventually(t, func() bool { return h.holds(envA) }, 10*time.Second, time.Millisecond)
			yes, _ := h.reads(envA)
			assert.False(t, yes)
			h.comes(envB)
		})
	}
}

// TestBoundUnread: a tenant that cannot be read is asked about again, and nothing else
// is lost.
func TestBoundUnread(t *testing.T) {
	t.Parallel()
	h := start(t, within(ample, time.Millisecond))
	h.write(rel.Touch, accountA, grant...)
	h.comes(envB)
	h.link.set(func(l *link) { l.unread = errAway })
	require.Never(t, func() bool { return h.holds(envA) }, 50*time.Millisecond, time.Millisecond)
	h.comes(envB)
	h.link.set(func(l *link) { l.unread = nil })
	h.comes(envA)
	assert.Zero(t, h.Stats().Refused)
}

// lockedLog is where goroutines may write.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
