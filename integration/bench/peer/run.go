package peer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// errDiffers is the error of a wrong answer.
var errDiffers = errors.New("answers differently")

// drawn is how many questions there are; they are asked in turn.
const drawn = 20_000

// run is one run of a program.
type run struct {
	options
	*Result

	world     *world.World
	oracle    *world.Oracle
	crowdNow  []string
	questions []world.Question
	expected  []bool
	engine    Engine
}

func (r *run) run(ctx context.Context, door Door) error {
	r.world = world.Generate(r.policies)
	if r.crowd {
		r.crowdNow = r.world.AddCrowd()
	}
	r.Digest = r.world.Digest()
	r.oracle = world.NewOracle(r.world)
	r.questions = r.world.Questions(drawn, 1)
	for _, q := range r.questions {
		r.expected = append(r.expected, r.oracle.Check(q))
	}
	if err := r.open(ctx, door); err != nil {
		return err
	}
	return errors.Join(r.measure(ctx), r.engine.Close())
}

// open loads the world and asks the first question.
func (r *run) open(ctx context.Context, door Door) error {
	before := heap()
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, r.loadLimit)
	defer cancel()
	engine, err := door.Open(limited, r.world)
	if limited.Err() != nil {
		return fmt.Errorf("did not load the world within %s", r.loadLimit)
	}
	if err != nil {
		return fmt.Errorf("load the world: %w", err)
	}
	r.engine = engine
	if err := r.compare(ctx, 0); err != nil {
		return errors.Join(err, engine.Close())
	}
	r.Load = time.Since(start)
	r.Memory = max(heap(), before) - before
	return nil
}

func (r *run) measure(ctx context.Context) error {
	if err := r.compareAll(ctx); err != nil {
		return err
	}
	if r.crowd {
		return r.changes(ctx)
	}
	if err := r.checks(ctx); err != nil {
		return err
	}
	r.lists(ctx)
	if served, ok := r.engine.(Served); ok {
		memory, err := residentOf(served.PID())
		if err != nil {
			return err
		}
		r.Memory = memory
	}
	return r.restart(ctx)
}

// restart times a new process on the same disk.
func (r *run) restart(ctx context.Context) error {
	engine, ok := r.engine.(Restarter)
	if !ok {
		return nil
	}
	start := time.Now()
	if err := engine.Restart(ctx); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	if err := r.compare(ctx, 1); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	r.Restart = time.Since(start)
	return nil
}

// compareAll asks until a few hundred answers are compared or the time is over, but
// some in any case.
func (r *run) compareAll(ctx context.Context) error {
	const least, most = 20, 400
	end := time.Now().Add(3 * r.budget)
	for i := range most {
		if i > least && time.Now().After(end) {
			return nil
		}
		if err := r.compare(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// compare asks one question, untimed. It takes them from the end, so that an engine
// with a cache does not know those that are timed.
func (r *run) compare(ctx context.Context, i int) error {
	i = drawn - 1 - i
	got, err := r.engine.Check(ctx, r.questions[i])
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return r.judge(i, got)
}

// judge holds an answer against the oracle.
func (r *run) judge(i int, got bool) error {
	r.Compared++
	if got == r.expected[i] {
		return nil
	}
	q := r.questions[i]
	return fmt.Errorf("%w: %s %s %s is %t, and should be %t", errDiffers, q.User, q.Permission, q.Object, got, r.expected[i])
}

// heap returns what is in use after garbage collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
