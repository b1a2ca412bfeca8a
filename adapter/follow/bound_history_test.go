package follow_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// small is a bound that a few of the tenants of a history reach.
const small = 6000

// history draws tuples of three accounts that share users, teams, roles and bindings.
type history struct {
	*harness
	model  *schema.Model
	t      *rapid.T
	prefix string
}

func (h *history) id(name string, pool int) string {
	return fmt.Sprint(h.prefix, name, rapid.IntRange(0, pool-1).Draw(h.t, name))
}

func (h *history) tuple() rel.Tuple {
	account, environment, workspace := "account:"+h.id("A", 3), "environment:"+h.id("E", 3), "workspace:"+h.id("W", 3)
	binding, role, team, user := "role_binding:"+h.id("B", 3), "role:"+h.id("R", 2), "team:"+h.id("T", 2), "user:"+h.id("U", 2)
	robot := "service_account:" + h.id("S", 2)
	return tuple(h.tb, rapid.SampledFrom([]string{
		environment + "#parent@" + account, environment + "#parent@" + account, workspace + "#parent@" + environment, workspace + "#parent@" + environment,
		account + "#role_binding@" + binding, environment + "#role_binding@" + binding, workspace + "#role_binding@" + binding,
		binding + "#role@" + role, binding + "#role@" + role, binding + "#subject@" + user, binding + "#subject@" + team + "#member", binding + "#subject@" + robot,
		team + "#member@" + user, role + "#environments__read@user:*", role + "#workspaces__read@user:*", robot + "#scope@" + account,
	}).Draw(h.t, "tuple"))
}

// step writes something, as Ambit or as somebody else, breaks the stream, or rests.
func (h *history) step(op rel.Op, most int) {
	w := rel.Write{}
	for range rapid.IntRange(most/6, most).Draw(h.t, "n") {
		if t := h.tuple(); !slices.ContainsFunc(w.Updates, func(u rel.Update) bool { return u.Tuple == t }) {
			w.Updates = append(w.Updates, rel.Update{Op: op, Tuple: t})
		}
	}
	_, err := h.link.Write(context.Background(), w)
	require.NoError(h.t, err)
	h.ExpectMore()
	if rapid.IntRange(0, 9).Draw(h.t, "break") == 0 {
		gone := rapid.Bool().Draw(h.t, "gone")
		h.link.set(func(l *link) { l.gone = gone })
		h.link.sever()
	}
}

// objects are those that questions are about.
func (h *history) objects() []iam.Ref {
	var objects []iam.Ref
	for kind, pool := range map[string]int{"account": 3, "environment": 3, "workspace": 3} {
		for i := range pool {
			objects = append(objects, ref(kind, fmt.Sprint(h.prefix, map[string]string{"account": "A", "environment": "E", "workspace": "W"}[kind], i)))
		}
	}
	return objects
}

// compare asks about one of the accounts until it is there. What the View says of that
// and of others is what SpiceDB says at its revision. It returns how often it answered,
// and how often yes.
func (h *history) compare() (answered, yes int) {
	h.settle()
	view := h.wanted(ref("account", h.id("A", 3)))
	if view == nil || view.Revision == "" {
		return 0, 0
	}
	h.whole(view)
	for _, object := range h.objects() {
		for _, permission := range []string{"environments:read", "workspaces:read"} {
			if !view.Covers(object) || !h.model.Permission(permission).AppliesAt(object.Type) {
				continue
			}
			for _, user := range []iam.Ref{ref("user", h.prefix+"U0"), ref("user", h.prefix+"U1")} {
				want, _, err := h.link.Check(context.Background(), rel.Consistency{AtLeast: view.Revision, Exact: true}, rel.Question{
					Resource: rel.Object{Type: object.Type, ID: object.ID}, Permission: schema.Identifier(permission), Subject: rel.Object{Type: "user", ID: user.ID},
				})
				require.NoError(h.t, err)
				require.Equal(h.t, want, view.Check(user, permission, object), "%s %s %s", user, permission, object)
				answered++
				if want {
					yes++
				}
			}
		}
	}
	return answered, yes
}

// wanted returns a View for an object, or nil if there is none after some marks, or no
// room.
func (h *history) wanted(object iam.Ref) *follow.View {
	refused := h.Stats().Refused
	for range 60 {
		if view := h.View(context.Background(), follow.Need{Objects: []iam.Ref{object}}); view != nil || h.Stats().Refused > refused {
			return view
		}
		_, err := h.Beat(context.Background())
		require.NoError(h.t, err)
	}
	return nil
}

// whole checks that a View holds all about the objects that it holds, and nothing of
// others, and no more than it may.
func (h *history) whole(view *follow.View) {
	want := 0
	for tuple, err := range h.link.Engine.Read(context.Background(), rel.Filter{At: view.Revision}) {
		require.NoError(h.t, err)
		if view.Holds(tuple.Resource) {
			want++
		}
	}
	require.Equal(h.t, want, view.Len())
	require.LessOrEqual(h.t, view.Bytes(), int64(small))
}

// TestBoundHistories: tenants come and go at random under a small bound, while
// relationships are written and streams break, and every View is right.
func TestBoundHistories(t *testing.T) {
	t.Parallel()
	base, model := start(t, within(small, time.Millisecond)), model(t)
	answered, yes, n := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		h := &history{harness: base, model: model, t: t, prefix: fmt.Sprintf("h%d", n)}
		h.step(rel.Touch, 60)
		for range rapid.IntRange(2, 6).Draw(t, "steps") {
			h.step(rapid.SampledFrom([]rel.Op{rel.Touch, rel.Touch, rel.Delete}).Draw(t, "op"), 18)
			a, y := h.compare()
			answered, yes = answered+a, yes+y
		}
	})
	stats := base.Stats()
	t.Logf("%d answers, %d times yes; %+v", answered, yes, stats)
	require.Positive(t, yes)
	require.Positive(t, stats.TakenIn)
	require.Positive(t, stats.Evicted)
	require.Zero(t, stats.Strange)
}

// TestBoundRaces: readers ask about tenants that come and go; what they hold of a View
// does not change.
func TestBoundRaces(t *testing.T) {
	t.Parallel()
	h := start(t, within(tight, -1))
	h.write(rel.Touch, accountA, grant...)
	stop := make(chan struct{})
	var reading sync.WaitGroup
	for _, object := range []iam.Ref{envA, envB} {
		reading.Go(func() {
			pace := time.NewTicker(100 * time.Microsecond) // what it races with needs the processor, too
			defer pace.Stop()
			for {
				select {
				case <-stop:
					return
				case <-pace.C:
				}
				view := h.View(t.Context(), follow.Need{Objects: []iam.Ref{object}})
				for i := 0; view != nil && i < 20; i++ {
					if !view.Check(ann, "environments:read", object) || !view.Covers(object) {
						t.Error("a view has changed")
						return
					}
				}
				h.Stats()
			}
		})
	}
	require.Eventually(t, func() bool { return h.Stats().Evicted >= 10 }, 20*time.Second, time.Millisecond)
	close(stop)
	reading.Wait()
}
