// Package report puts the results of all engines into tables.
//
// Calls in this process and calls over the network are never in one table: what a
// connection costs would look like the engine's doing.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/peer"
)

// middle is the size at which everything is measured.
const middle = 5000

// Machine is what the figures were taken on.
type Machine struct {
	CPU, Memory, System, Go string
	Cores                   int
	Date                    time.Time
	// Commit is ours. LoadBefore and LoadAfter are load averages of a minute.
	Commit                string
	LoadBefore, LoadAfter string
	Took                  time.Duration
}

// Report is the results with the machine.
type Report struct {
	Machine
	Results []peer.Result
	// Changes are the results of runs with a crowd.
	Changes []peer.Result
}

// Tables returns all tables, as Markdown that is also readable as it stands.
func (r Report) Tables() string {
	var b strings.Builder
	for _, networked := range []bool{false, true} {
		part := part{networked: networked, results: of(r.Results, networked), changes: of(r.Changes, networked)}
		part.write(&b)
	}
	return b.String()
}

func of(results []peer.Result, networked bool) []peer.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r peer.Result) bool { return r.Networked != networked })
}

// part is one half: in this process, or over the network.
type part struct {
	networked        bool
	results, changes []peer.Result
}

func (p part) write(b *strings.Builder) {
	title := "In the process of the caller"
	if p.networked {
		title = "Over the network (loopback), server in a process of its own"
	}
	fmt.Fprintf(b, "\n## %s\n", title)
	for _, section := range []struct {
		title string
		rows  [][]string
	}{
		{"Check, 5,000 policies", p.checks()},
		{"Check, as the world grows: p50 / p99", p.growth()},
		{"Lists, 5,000 policies: p50", p.lists()},
		{"Changes, 5,000 policies and a role with 10,000 holders", p.changed()},
		{"Memory, and the time from nothing to the first answer", p.memory()},
	} {
		fmt.Fprintf(b, "\n### %s\n\n%s", section.title, table(section.rows))
	}
}

// base is whose figures the ratios refer to: Ambit as it is used.
func (p part) base() peer.Result {
	door := "adapter"
	if p.networked {
		door = "grpc"
	}
	return p.find("Ambit", door, middle)
}

func (p part) find(engine, door string, policies int) peer.Result {
	for _, r := range p.results {
		if r.Engine == engine && r.Door == door && r.Policies == policies {
			return r
		}
	}
	return peer.Result{}
}

// engines returns one result for each engine and door, in the order of the runs.
func (p part) engines() []peer.Result {
	var found []peer.Result
	for _, r := range p.results {
		if !slices.ContainsFunc(found, func(f peer.Result) bool { return f.Engine == r.Engine && f.Door == r.Door }) {
			found = append(found, r)
		}
	}
	return found
}

// at returns the results at the middle size.
func (p part) at() []peer.Result {
	var found []peer.Result
	for _, engine := range p.engines() {
		if r := p.find(engine.Engine, engine.Door, middle); r.Engine != "" {
			found = append(found, r)
		}
	}
	return found
}

func (p part) checks() [][]string {
	rows := [][]string{{"", "p50", "p95", "p99", "timed", "checks/s, 8 clients", "Ambit's ×", "100 in a call, checks/s", "Ambit's ×"}}
	base := p.base()
	for _, r := range p.at() {
		if r.Failure != "" {
			rows = append(rows, []string{name(r), r.Failure})
			continue
		}
		one, many := r.Times[peer.Check], r.Times[peer.CheckMany]
		rows = append(rows, []string{
			name(r), duration(one.P50), duration(one.P95), duration(one.P99), fmt.Sprint(one.Calls),
			count(one.PerSecond), ratio(base.Times[peer.Check].PerSecond, one.PerSecond),
			cmp.Or(r.Faults[peer.CheckMany], count(many.PerSecond)), ratio(base.Times[peer.CheckMany].PerSecond, many.PerSecond),
		})
	}
	return rows
}

func (p part) growth() [][]string {
	sizes := p.sizes()
	head := []string{"policies"}
	for _, size := range sizes {
		head = append(head, count(float64(size)))
	}
	rows := [][]string{head}
	for _, engine := range p.engines() {
		row := []string{name(engine)}
		for _, size := range sizes {
			r := p.find(engine.Engine, engine.Door, size)
			one, timed := r.Times[peer.Check]
			switch {
			case timed:
				row = append(row, duration(one.P50)+" / "+duration(one.P99))
			case r.Failure != "":
				row = append(row, r.Failure)
			default:
				row = append(row, "not run")
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (p part) sizes() []int {
	var sizes []int
	for _, r := range p.results {
		if !slices.Contains(sizes, r.Policies) {
			sizes = append(sizes, r.Policies)
		}
	}
	slices.Sort(sizes)
	return sizes
}

func (p part) lists() [][]string {
	rows := [][]string{{"", "all permissions at a scope", "×", "workspaces of a user", "×", "who can", "×"}}
	base := p.base()
	for _, r := range p.at() {
		if r.Failure != "" {
			continue
		}
		row := []string{name(r)}
		for _, measure := range []peer.Measure{peer.Permissions, peer.Workspaces, peer.WhoCan} {
			times, timed := r.Times[measure]
			switch {
			case timed:
				row = append(row, duration(times.P50)+few(times.Calls), ratio(float64(times.P50), float64(base.Times[measure].P50)))
			case r.Faults[measure] != "":
				row = append(row, r.Faults[measure], "")
			default:
				row = append(row, "n/a", "")
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// few says how many calls were timed, where they are too few for a quantile.
func few(calls int) string {
	if calls >= 20 {
		return ""
	}
	return fmt.Sprintf(" (%d)", calls)
}

func (p part) changed() [][]string {
	rows := [][]string{{
		"", "role edit: acknowledged", "seen", "old answers after it", "the last", "revoke: acknowledged", "denied", "old answers after it", "the last",
	}}
	for _, r := range p.changes {
		if r.Failure != "" {
			rows = append(rows, []string{name(r), r.Failure})
			continue
		}
		rows = append(rows, slices.Concat([]string{name(r)}, change(r.Role), change(r.Revoke)))
	}
	return rows
}

func change(c *peer.Change) []string {
	if c == nil {
		return []string{"n/a", "", "", ""}
	}
	late := "–"
	if c.Wrong > 0 {
		late = "after " + duration(c.Late)
	}
	return []string{duration(c.Acknowledged), duration(c.Visible), fmt.Sprintf("%d of %d", c.Wrong, c.Asked), late}
}

func (p part) memory() [][]string {
	sizes := p.sizes()
	head := []string{"policies"}
	for _, size := range sizes {
		head = append(head, count(float64(size)))
	}
	if p.networked {
		head = append(head, "new process on the same disk, 5,000")
	}
	rows := [][]string{head}
	for _, engine := range p.engines() {
		row := []string{name(engine)}
		for _, size := range sizes {
			cell := "not run"
			if r := p.find(engine.Engine, engine.Door, size); r.Failure != "" {
				cell = "–"
			} else if r.Engine != "" {
				cell = fmt.Sprintf("%s, %s", mebibytes(r.Memory), duration(r.Load))
			}
			row = append(row, cell)
		}
		if p.networked {
			row = append(row, again(p.find(engine.Engine, engine.Door, middle)))
		}
		rows = append(rows, row)
	}
	return rows
}

func again(r peer.Result) string {
	if r.Restart == 0 {
		return "keeps nothing"
	}
	return duration(r.Restart)
}

// name says who was asked, how.
func name(r peer.Result) string {
	how, known := map[string]string{
		"library": "", "index": " index alone", "adapter": " adapter", "grpc": " gRPC", "rest": " REST", "grpc-stale": " gRPC, old answers",
		"grpc-postgres": " gRPC, PostgreSQL", "grpc-postgres-stale": " gRPC, PostgreSQL, old answers",
	}[r.Door]
	if !known {
		how = " " + r.Door
	}
	return r.Engine + how
}
