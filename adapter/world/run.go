package world

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Open makes a fresh, empty system of a model, as [File.Model] names it. It
// may be called from several goroutines.
type Open func(ctx context.Context, model string) (Door, error)

// Option changes how Run runs.
type Option func(*runner)

// Parallel lets n cases run at once; the default is 1.
func Parallel(n int) Option { return func(r *runner) { r.parallel = max(n, 1) } }

// Progress calls seen after every case with the number of cases done so far,
// one call at a time.
func Progress(seen func(done int)) Option { return func(r *runner) { r.seen = seen } }

type runner struct {
	file     *File
	open     Open
	parallel int
	seen     func(done int)
}

// Run runs every case of a file on a door of its own and reports what was not
// as wanted. A case whose door cannot be opened, or that a cancelled context
// keeps from running, has failed.
func Run(ctx context.Context, file *File, open Open, options ...Option) Report {
	r := &runner{file: file, open: open, parallel: 1, seen: func(int) {}}
	for _, option := range options {
		option(r)
	}
	report := Report{File: file.Name, Results: make([]Result, len(file.Cases))}
	var running sync.WaitGroup
	var counting sync.Mutex
	done := 0
	seats := make(chan struct{}, r.parallel)
	for i := range file.Cases {
		seats <- struct{}{}
		running.Go(func() {
			defer func() { <-seats }()
			report.Results[i] = r.scenario(ctx, &file.Cases[i])
			counting.Lock()
			defer counting.Unlock()
			done++
			r.seen(done)
		})
	}
	running.Wait()
	return report
}

// scenario runs one case.
func (r *runner) scenario(ctx context.Context, c *Case) Result {
	trial := &trial{file: r.file.Name, result: Result{Case: c.Name}}
	if len(c.Wrong) > 0 {
		trial.unreadable(c.Wrong)
		return trial.result
	}
	if err := ctx.Err(); err != nil {
		trial.fail("case", "to run", got(err))
		return trial.result
	}
	door, err := r.open(ctx, r.file.Model)
	if err != nil {
		trial.fail("model "+r.file.Model, "to open", got(err))
		return trial.result
	}
	trial.door = door
	trial.run(ctx, r.file.Given, c)
	if err := door.Close(); err != nil {
		trial.fail("close", "success", got(err))
	}
	return trial.result
}

// trial is one case on its door.
type trial struct {
	file   string
	door   Door
	result Result
}

func (t *trial) fail(question, wanted, got string) {
	failure := Failure{File: t.file, Case: t.result.Case, Question: question, Wanted: wanted, Got: got}
	t.result.Failures = append(t.result.Failures, failure)
}

// unreadable reports values that mean nothing. Their path is the question, so
// that it need not be said twice.
func (t *trial) unreadable(wrong []*iam.Error) {
	for _, fault := range wrong {
		bare := *fault
		bare.Field = ""
		t.fail(fault.Field, "a valid value", got(&bare))
	}
}

// run applies what is given, takes the steps and asks the questions. What
// comes after a given or a step that went wrong would only confuse.
func (t *trial) run(ctx context.Context, given iam.World, c *Case) {
	for _, w := range together(given, c.Given) {
		if err := t.door.Do(ctx, Apply{World: w}); err != nil {
			t.fail("given", "success", got(err))
			return
		}
	}
	for _, step := range c.When {
		if !t.step(ctx, step) {
			return
		}
	}
	for _, question := range c.Then {
		t.ask(ctx, question)
	}
}

// got writes an outcome for a failure.
func got(err error) string {
	if err == nil {
		return "success"
	}
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if _, ok := errors.AsType[*iam.Error](err); ok {
		return strings.ToLower(string(iam.CodeOf(err))) + ": " + text
	}
	return "error: " + text
}
