package peer

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Program is what an engine's program consists of.
type Program struct {
	// Engine is its name, Module the Go module whose version is shown.
	Engine, Module string
	Doors          map[string]Door
}

// options are the flags of every program.
type options struct {
	door      string
	policies  int
	crowd     bool
	budget    time.Duration
	loadLimit time.Duration
}

// Main runs the program: it opens the door that the flags name, and writes a Result.
// It returns the exit code: 0 also for an engine that failed, as that is a result.
func (p Program) Main() int {
	var o options
	flag.StringVar(&o.door, "door", "", "way to ask: "+strings.Join(slices.Sorted(maps.Keys(p.Doors)), ", "))
	flag.IntVar(&o.policies, "policies", 5000, "size of the world")
	flag.BoolVar(&o.crowd, "crowd", false, "time changes of a role with 10,000 holders instead of questions")
	flag.DurationVar(&o.budget, "budget", 1500*time.Millisecond, "time for a measure")
	flag.DurationVar(&o.loadLimit, "load-limit", 2*time.Minute, "longest that the engine may take for the world")
	flag.Parse()
	door, known := p.Doors[o.door]
	if !known {
		fmt.Fprintf(os.Stderr, "no door %q\n", o.door)
		return 2
	}
	result := Result{
		Engine: p.Engine, Door: o.door, Version: versionOf(p.Module), Networked: door.Networked, Policies: o.policies,
		Times: map[Measure]Times{}, Faults: map[Measure]string{},
	}
	r := &run{options: o, Result: &result}
	if err := r.run(context.Background(), door); err != nil {
		result.Failure, result.Times, result.Role, result.Revoke = err.Error(), nil, nil, nil
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// versionOf returns the version of a module in this program. Ours has none.
func versionOf(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dependency := range info.Deps {
		if dependency.Path == module && dependency.Replace == nil {
			return dependency.Version
		}
	}
	return ""
}
