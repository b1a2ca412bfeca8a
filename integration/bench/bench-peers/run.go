package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/report"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

const (
	// ourLimit and peerLimit bound how long an engine may take to load a world, and
	// visitLimit a whole run. Ambit loads a world object by object, with checks and
	// an audit log, in a database; most of the others import rows.
	ourLimit   = 3 * time.Minute
	peerLimit  = time.Minute
	visitLimit = 5 * time.Minute
)

type options struct {
	root, out, only, folder string
	budget                  time.Duration
}

func (o options) run(ctx context.Context) (err error) {
	if o.root, err = filepath.Abs(o.root); err != nil {
		return err
	}
	o.folder = filepath.Join(o.root, ".cache", "bench")
	if err := errors.Join(os.MkdirAll(o.folder, 0o755), o.build(ctx)); err != nil { //nolint:gosec // binaries for anybody
		return err
	}
	machine, err := inspect(ctx, o.root)
	if err != nil {
		return err
	}
	made := report.Report{Machine: machine}
	if err := o.visit(ctx, &made); err != nil {
		return err
	}
	made.Took = time.Since(machine.Date)
	if made.LoadAfter, err = load(); err != nil {
		return err
	}
	fmt.Println(made.Tables())
	return os.WriteFile(filepath.Join(o.root, o.out), []byte(made.Document()), 0o644) //nolint:gosec // documentation
}

// visit makes all runs, one after the other: two at a time would measure each other.
func (o options) visit(ctx context.Context, made *report.Report) error {
	all := visits(o.only)
	digests := map[int]string{}
	for i, v := range all {
		say("%d of %d: %s", i+1, len(all), v)
		result, err := o.ask(ctx, v)
		if err != nil {
			return fmt.Errorf("%s: %w", v, err)
		}
		if result.Failure != "" {
			say("  %s", result.Failure)
		}
		if v.crowd {
			made.Changes = append(made.Changes, result)
			continue
		}
		if digests[v.policies] == "" {
			digests[v.policies] = result.Digest
		}
		if result.Digest != digests[v.policies] {
			return fmt.Errorf("%s was asked about another world: %s and not %s", v, result.Digest, digests[v.policies])
		}
		made.Results = append(made.Results, result)
	}
	return nil
}

// ask runs a program once.
func (o options) ask(ctx context.Context, v visit) (peer.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, visitLimit)
	defer cancel()
	loadLimit := peerLimit
	if v.program == "ambit" {
		loadLimit = ourLimit
	}
	command := exec.CommandContext(ctx, o.programOf(v.program), //nolint:gosec // built by us
		"-door", v.door, "-policies", fmt.Sprint(v.policies), fmt.Sprintf("-crowd=%t", v.crowd),
		"-budget", o.budget.String(), "-load-limit", loadLimit.String())
	var output, faults bytes.Buffer
	command.Stdout, command.Stderr = &output, &faults
	err := command.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return v.unfinished(), nil
	}
	if err != nil {
		return peer.Result{}, fmt.Errorf("%w: %s", err, bytes.TrimSpace(faults.Bytes()))
	}
	var result peer.Result
	return result, json.Unmarshal(output.Bytes(), &result)
}

// unfinished is the result of a run that was ended from outside.
func (v visit) unfinished() peer.Result {
	names := map[string]string{"ambit": "Ambit", "spicedb": "SpiceDB", "openfga": "OpenFGA", "casbin": "Casbin", "cedar": "cedar-go"}
	return peer.Result{
		Engine: names[v.program], Door: v.door, Policies: v.policies, Failure: fmt.Sprintf("did not end within %s", visitLimit),
		Networked: strings.HasPrefix(v.door, "grpc") || v.door == "rest", Digest: world.Generate(v.policies).Digest(),
	}
}

// String names a run for the person who waits, as in "ambit grpc, 5000 policies,
// changes".
func (v visit) String() string {
	text := fmt.Sprintf("%s %s, %d policies", v.program, v.door, v.policies)
	if v.crowd {
		text += ", changes"
	}
	return text
}

// say tells the person who waits.
func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", values...)
}
