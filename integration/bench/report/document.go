package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Document returns docs/benchmarks.md.
func (r Report) Document() string {
	var b strings.Builder
	b.WriteString("<!-- Written by make bench-peers; do not edit. -->\n\n# Benchmarks against other engines\n")
	b.WriteString(before)
	b.WriteString(r.Tables())
	b.WriteString(r.machine())
	return b.String()
}

func (r Report) machine() string {
	versions := []string{"Ambit " + r.Commit}
	for _, result := range r.Results {
		if version := result.Engine + " " + result.Version; result.Version != "" && !slices.Contains(versions, version) {
			versions = append(versions, version)
		}
	}
	return fmt.Sprintf(`
## Where and when

- %s, %d cores, %s of memory; %s; %s
- %s; all in one run of %s
- load average before %s, after %s: above the number of cores, somebody else was working, too
- %s
- the same world for all: %s
`, r.CPU, r.Cores, r.Memory, r.System, r.Go, r.Date.UTC().Format("2006-01-02 15:04 MST"), r.Took.Round(time.Second),
		r.LoadBefore, r.LoadAfter, strings.Join(versions, ", "), r.worlds())
}

// worlds names the digests: one for each size, or the results cannot be compared.
func (r Report) worlds() string {
	var worlds []string
	for _, result := range r.Results {
		world := fmt.Sprintf("%s policies %s", count(float64(result.Policies)), result.Digest)
		if !slices.Contains(worlds, world) {
			worlds = append(worlds, world)
		}
	}
	slices.Sort(worlds)
	return strings.Join(worlds, ", ")
}

const before = `
The same world, the same questions, one machine, one run. ` + "`make bench-peers`" + ` builds all engines and writes this file;
[integration/bench](../integration/bench) has the programs, a Go module for each engine.

**The world.** One account, environments, workspaces, teams, and policies that give a role to a team or a user at a scope and
all below it. At 5,000 policies: 100 environments, 2,000 workspaces, 200 teams, 2,000 users in three teams each, 150
permissions, 20 roles of 50 permissions; half of the teams hold a policy at the account. It grows with the policies, the
roles excepted. This is everyday role-based access, and not what graph engines are best at: many policies at the account are many
ways to try.

**The questions** are drawn at random: anybody, any permission, any workspace or environment; half of the answers are
yes. None is asked twice where an engine is slow enough for that to matter, so caches of whole answers do not help, and caches of
parts do.

**The answers** are held against a naive oracle, before and while times are taken. An engine that answers wrongly gets no
times.

**The times.** p50, p95 and p99 are of one caller who waits for each answer, less what reading the clock takes; "timed" says how
many calls that were, fewer where an engine is slow. The caller has read its question before the clock starts. Questions per
second are those of 8 callers together. "Ambit's ×" is how many times as many Ambit answers, as a library or over gRPC; "×" in
lists, how many times as long as Ambit the engine takes. Lists are read to their end.

**The engines.** All answers have seen all writes, as Ambit's do by default; "old answers" is SpiceDB's default, where they may be five
seconds old. SpiceDB and OpenFGA keep an object for each role at each scope, of all their ways the fastest that we know; Casbin
and Cedar have one rule for each policy. SpiceDB and OpenFGA have no question for all permissions: they are asked about 150 in one
call. Casbin has none for workspaces and who can, and cedar-go no stable one: n/a. OpenFGA runs on its memory store without caches,
which is its default; it takes a time that grows with the square of the tuples to fill, and is not run at 50,000 policies as a server.

**OpenFGA's limits.** Calls get 30 seconds, ten times the default. A list that takes longer comes back shorter, without an error: that is
what "answers differently" means for its workspaces. Where a call of 100 questions takes longer, "context deadline exceeded"
stands in the table.

**Changes.** A role that 10,000 users hold through a team gets one permission for another, and a user loses a policy, while two callers ask
all the time. "Seen" and "denied" count from the call to the first answer that knows the change; an old answer is one to a
question that began after the acknowledgement. All writes go to memory or to a disk that does not sync (PostgreSQL with fsync=off),
except Ambit's server, which writes to SQLite as always.

**What the figures do not say.** Clients and servers share two cores; on a machine of their own servers answer more. One process of
each: SpiceDB, OpenFGA and Ambit can have several. Ambit's index holds all tenants of a server in memory; SpiceDB and OpenFGA hold
worlds that no memory does. Their languages say more than Ambit's models. Cerbos (v0.50.0 builds, in four minutes) is not
here: it keeps no policies of users and teams that change at run time, the caller brings them with the question.
`
