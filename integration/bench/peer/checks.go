package peer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

const (
	// clients ask at the same time when questions per second are counted.
	clients = 8
	// batch is how many questions CheckMany gets.
	batch = 100
	// mostCalls bounds the calls whose quantiles are taken.
	mostCalls = 200_000
)

// checks times Check, and CheckMany where there is one.
func (r *run) checks(ctx context.Context) error {
	times, err := r.timeCalls(func(i int) (time.Duration, error) {
		i %= drawn
		question := r.questions[i]
		read(question)
		start := time.Now()
		got, err := r.engine.Check(ctx, question)
		took := time.Since(start)
		if err != nil {
			return 0, fmt.Errorf("check: %w", err)
		}
		return took, r.judge(i, got)
	})
	if err != nil {
		return err
	}
	times.PerSecond, err = r.throughput(1, func(i int) error {
		_, err := r.engine.Check(ctx, r.questions[i%drawn])
		return err
	})
	r.Times[Check] = times
	if err != nil {
		return fmt.Errorf("check by %d clients: %w", clients, err)
	}
	// An engine that refuses many questions under load still answers single ones; one
	// that answers them wrongly cannot be trusted with those.
	if err := r.batches(ctx); errors.Is(err, errDiffers) {
		return err
	} else if err != nil {
		r.Faults[CheckMany] = err.Error()
		delete(r.Times, CheckMany)
	}
	return nil
}

func (r *run) batches(ctx context.Context) error {
	batcher, ok := r.engine.(Batcher)
	if !ok {
		return nil
	}
	// Single checks began at the front and in the middle: see compare.
	from := func(i int) int { return (drawn/4 + i*batch) % drawn }
	times, err := r.timeCalls(func(i int) (time.Duration, error) {
		first := from(i)
		start := time.Now()
		answers, err := batcher.CheckMany(ctx, r.questions[first:first+batch])
		took := time.Since(start)
		if err != nil {
			return 0, fmt.Errorf("check many: %w", err)
		}
		return took, r.judgeAll(first, answers)
	})
	if err != nil {
		return err
	}
	times.PerSecond, err = r.throughput(batch, func(i int) error {
		first := from(i)
		_, err := batcher.CheckMany(ctx, r.questions[first:first+batch])
		return err
	})
	r.Times[CheckMany] = times
	return err
}

func (r *run) judgeAll(first int, answers []bool) error {
	if len(answers) != batch {
		return fmt.Errorf("%d answers to %d questions", len(answers), batch)
	}
	for i, answer := range answers {
		if err := r.judge(first+i, answer); err != nil {
			return err
		}
	}
	return nil
}

// read brings a question into the processor's caches, where a caller has it who has
// just made it.
func read(q world.Question) {
	sum := byte(0)
	for _, text := range [...]string{q.User, q.Permission, q.Object} {
		for i := range len(text) {
			sum += text[i]
		}
	}
	runtime.KeepAlive(sum)
}

// timeCalls makes calls one after the other until the budget is spent. A call returns
// its time itself, so that what it compares does not count.
func (r *run) timeCalls(call func(i int) (time.Duration, error)) (Times, error) {
	clock := clockTime()
	var all []time.Duration
	for end := time.Now().Add(r.budget); len(all) < mostCalls && time.Now().Before(end); {
		took, err := call(len(all))
		if err != nil {
			return Times{}, err
		}
		all = append(all, max(0, took-clock))
	}
	times := Times{Calls: len(all)}
	times.P50, times.P95, times.P99 = quantiles(all)
	return times, nil
}

// throughput returns how many questions a second several clients have answered, when
// each call asks a number of them.
func (r *run) throughput(each int, call func(i int) error) (float64, error) {
	var (
		calls   atomic.Int64
		over    atomic.Bool
		failure atomic.Pointer[error]
		wait    sync.WaitGroup
	)
	start := time.Now()
	timer := time.AfterFunc(r.budget, func() { over.Store(true) })
	defer timer.Stop()
	for client := range clients {
		wait.Go(func() {
			made := 0
			for ; !over.Load(); made++ {
				if err := call(drawn/2 + client*drawn/2/clients + made); err != nil {
					failure.Store(&err)
					return
				}
			}
			calls.Add(int64(made))
		})
	}
	wait.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return float64(calls.Load()) * float64(each) / time.Since(start).Seconds(), nil
}
