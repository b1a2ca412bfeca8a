package peer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

const (
	// mostChanges of each kind are made, fewer if the time is over.
	mostChanges = 20
	// askers ask all the time while a change is made.
	askers = 2
	// patience is how long an engine may take until a change shows.
	patience = 15 * time.Second
	// after is how long is asked on after a change was first seen.
	after = 20 * time.Millisecond
)

// changes times edits of a role with 10,000 holders and revocations.
func (r *run) changes(ctx context.Context) (err error) {
	writer, ok := r.engine.(Writer)
	if !ok {
		return nil
	}
	if r.Role, err = r.editRole(ctx, writer); err != nil {
		return fmt.Errorf("role edit: %w", err)
	}
	if r.Revoke, err = r.revoke(ctx, writer); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	return nil
}

// editRole gives the role of the crowd one permission for another and back. Any holder
// is asked about the one it gets.
func (r *run) editRole(ctx context.Context, writer Writer) (*Change, error) {
	has, gets := r.world.Permissions[0], r.world.Permissions[1]
	return r.repeat(ctx, func() (edit, error) {
		was, now := []string{has}, gets
		has, gets = gets, has
		return edit{
			make: func() error {
				return writer.SetRole(ctx, world.Role{Name: world.CrowdRole, Permissions: []string{now}}, was)
			},
			question: func() world.Question {
				return world.Question{User: r.crowdNow[rand.IntN(len(r.crowdNow))], Permission: now, Object: r.anywhere()} //nolint:gosec // no secret
			},
			expected: true,
		}, nil
	})
}

// revoke takes back a policy at the account that one of the crowd was given before.
func (r *run) revoke(ctx context.Context, writer Writer) (*Change, error) {
	policy := world.Policy{Subject: r.crowdNow[0], Role: r.world.Roles[0].Name, Scope: world.Account}
	permission := r.world.Roles[0].Permissions[4] // none of the crowd's
	return r.repeat(ctx, func() (edit, error) {
		question := func() world.Question {
			return world.Question{User: policy.Subject, Permission: permission, Object: r.anywhere()}
		}
		if err := writer.Grant(ctx, policy); err != nil {
			return edit{}, err
		}
		e := edit{make: func() error { return writer.Revoke(ctx, policy) }, question: question}
		return e, r.await(ctx, question(), true)
	})
}

func (r *run) anywhere() string {
	return r.world.Workspaces[rand.IntN(len(r.world.Workspaces))] //nolint:gosec // no secret
}

// await asks until the answer is as expected.
func (r *run) await(ctx context.Context, q world.Question, expected bool) error {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if got, err := r.engine.Check(ctx, q); err != nil || got == expected {
			return err
		}
	}
	return fmt.Errorf("a change is not visible after %s", patience)
}

// edit is a change, and a question whose answer it changes to expected.
type edit struct {
	make     func() error
	question func() world.Question
	expected bool
}

// repeat makes changes until there are enough or the time is over.
func (r *run) repeat(ctx context.Context, next func() (edit, error)) (*Change, error) {
	change := &Change{}
	var acknowledged, visible []time.Duration
	for end := time.Now().Add(4 * r.budget); change.Changes < mostChanges && (change.Changes == 0 || time.Now().Before(end)); {
		e, err := next()
		if err != nil {
			return nil, err
		}
		seen, err := r.watch(ctx, e)
		if err != nil {
			return nil, err
		}
		change.Changes++
		change.add(seen)
		acknowledged = append(acknowledged, seen.acknowledged.Sub(seen.begun))
		visible = append(visible, seen.visible().Sub(seen.begun))
	}
	change.Acknowledged, _, _ = quantiles(acknowledged)
	change.Visible, _, _ = quantiles(visible)
	return change, nil
}

// watched is one change with the answers around it.
type watched struct {
	begun, acknowledged time.Time
	answers             []answer
}

type answer struct {
	begun, came time.Time
	right       bool
}

// visible returns when the first answer came that knew the change.
func (w watched) visible() time.Time {
	var first time.Time
	for _, a := range w.answers {
		if a.right && (first.IsZero() || a.came.Before(first)) {
			first = a.came
		}
	}
	return first
}

func (c *Change) add(w watched) {
	for _, a := range w.answers {
		if a.begun.Before(w.acknowledged) {
			continue
		}
		c.Asked++
		if !a.right {
			c.Wrong++
			c.Late = max(c.Late, a.begun.Sub(w.acknowledged))
		}
	}
}

// watch makes a change while askers ask, until they have known it for a while.
func (r *run) watch(ctx context.Context, e edit) (watched, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var (
		w       watched
		lock    sync.Mutex
		failure error
		wait    sync.WaitGroup
	)
	made := make(chan struct{})
	for range askers {
		wait.Go(func() {
			answers, err := r.askOn(ctx, e, made)
			lock.Lock()
			defer lock.Unlock()
			w.answers = append(w.answers, answers...)
			if err != nil {
				failure = err
			}
		})
	}
	w.begun = time.Now()
	err := e.make()
	w.acknowledged = time.Now()
	close(made)
	wait.Wait()
	if err == nil {
		err = failure
	}
	if err == nil && !slices.ContainsFunc(w.answers, func(a answer) bool { return a.right }) {
		err = fmt.Errorf("the change is not visible after %s", patience)
	}
	return w, err
}

// askOn asks until the change is made and the answers have been right for a while.
func (r *run) askOn(ctx context.Context, e edit, made <-chan struct{}) ([]answer, error) {
	var (
		answers []answer
		since   time.Time
	)
	for ctx.Err() == nil {
		a := answer{begun: time.Now()}
		got, err := r.engine.Check(ctx, e.question())
		if ctx.Err() != nil {
			return answers, nil
		}
		if err != nil {
			return answers, err
		}
		a.came, a.right = time.Now(), got == e.expected
		answers = append(answers, a)
		switch {
		case !a.right || !closed(made):
			since = time.Time{}
		case since.IsZero():
			since = a.came
		case a.came.Sub(since) > after:
			return answers, nil
		}
	}
	return answers, nil
}

func closed(made <-chan struct{}) bool {
	select {
	case <-made:
		return true
	default:
		return false
	}
}
