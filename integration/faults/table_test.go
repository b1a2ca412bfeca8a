package faults

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// row is what came of the runs of one fault.
type row struct {
	runs, strikes, acknowledged, ambiguous, answers, lost, doubled, stale int64
}

// tally closes a trial: it lists the problems, and fails if there are any.
func (t *trial) tally() row {
	t.Helper()
	for _, problem := range t.problems {
		t.Errorf("%s", problem)
	}
	r := row{
		runs: 1, strikes: t.counts.strikes.Load(), acknowledged: t.counts.acknowledged.Load(), ambiguous: t.counts.ambiguous.Load(),
		answers: t.counts.answers.Load(), lost: t.counts.lost.Load(), doubled: t.counts.doubled.Load(), stale: t.counts.stale.Load(),
	}
	t.Logf("%d strikes; writes: %d acknowledged, %d refused, %d ambiguous (%d INTERNAL, %d stored); %d answers; lost %d, doubled %d, stale %d, wrong %d",
		r.strikes, r.acknowledged, t.counts.refused.Load(), r.ambiguous, t.counts.unclear.Load(), t.counts.kept.Load(), r.answers, r.lost, r.doubled, r.stale, t.counts.wrong.Load())
	assert.Positive(t, r.acknowledged, "nothing was written")
	assert.Positive(t, r.answers, "nothing was answered")
	assert.Zero(t, r.lost+r.doubled+r.stale+t.counts.wrong.Load(), "lost, doubled, stale or wrong")
	return r
}

// table is docs/faults.md.
type table struct {
	rows map[string]row
}

func newTable() *table { return &table{rows: map[string]row{}} }

func (b *table) add(name string, r row) {
	sum := b.rows[name]
	sum.runs += r.runs
	sum.strikes += r.strikes
	sum.acknowledged += r.acknowledged
	sum.ambiguous += r.ambiguous
	sum.answers += r.answers
	sum.lost += r.lost
	sum.doubled += r.doubled
	sum.stale += r.stale
	b.rows[name] = sum
}

// finish prints the table and, if asked to, writes docs/faults.md.
func (b *table) finish(t *testing.T, all []fault, seed uint64) {
	t.Helper()
	var text strings.Builder
	aligned := tabwriter.NewWriter(&text, 0, 0, 1, ' ', 0)
	line := func(cells ...any) { _, _ = fmt.Fprintf(aligned, strings.Repeat("| %v\t", len(cells))+"|\n", cells...) }
	line("fault", "runs", "strikes", "acknowledged writes", "ambiguous", "answers", "lost", "doubled", "stale reads beyond the bound")
	line("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:")
	sum := row{}
	for _, fault := range all {
		r, ran := b.rows[fault.name]
		if !ran {
			continue
		}
		line(fault.name, r.runs, r.strikes, r.acknowledged, r.ambiguous, r.answers, r.lost, r.doubled, r.stale)
		sum = row{sum.runs + r.runs, sum.strikes + r.strikes, sum.acknowledged + r.acknowledged, sum.ambiguous + r.ambiguous,
			sum.answers + r.answers, sum.lost + r.lost, sum.doubled + r.doubled, sum.stale + r.stale}
	}
	line("**all**", sum.runs, sum.strikes, sum.acknowledged, sum.ambiguous, sum.answers, sum.lost, sum.doubled, sum.stale)
	require.NoError(t, aligned.Flush())
	t.Logf("\n%s", text.String())
	if os.Getenv("AMBIT_UPDATE") == "" {
		return
	}
	require.Len(t, b.rows, len(all), "docs/faults.md is written when all faults ran, not some of them")
	require.False(t, t.Failed(), "docs/faults.md is not written after a failure")
	page := fmt.Sprintf(page, time.Now().UTC().Format(time.DateOnly), machineText(), runtime.Version(), postgresImage, spiceDBImage,
		*duration, seed, text.String())
	require.NoError(t, os.WriteFile("../../docs/faults.md", []byte(page), 0o644))
}

// page is docs/faults.md around the table.
const page = `# Faults

What happens to acknowledged writes when something breaks, on real servers: two ` + "`ambit serve`" + ` processes on one
PostgreSQL and one SpiceDB, six writers and two readers in three tenants. Made by ` + "`AMBIT_UPDATE=1 make faults`" + ` with
[integration/faults](../integration/faults); not edited by hand. The numbers depend on the machine, the zeros must not.

%s, %s, %s, %s, %s; %s of faults in all, seed %d.

%s
- A **run** has a world of its own; in it the fault **strikes** that often, while clients write and ask.
- **Acknowledged** writes were answered with success. An **ambiguous** one was answered with an error that does not say
  whether it was done, as when a server dies; reading decides, and it must be there whole or not at all.
- **Answers** are to questions whose right answer is known from the acknowledgements.
- **Lost**: acknowledged, and in the end not in the database, not in SpiceDB or not in the audit log; or done only in part.
- **Doubled**: more than once in the audit log, or taken although it had to be refused.
- **Stale**: an answer with the token of a write that does not show it; without token, an answer that does not show a write
  of the same server, or one of the other server that was acknowledged longer ago than ` + "`--staleness`" + `.

At the end of each run nothing waits in the outbox any more, ` + "`ambit reconcile`" + ` finds no drift, and the exported world is
the one that the acknowledgements tell of.
`

// machineText tells cores and memory.
func machineText() string {
	memory := "memory unknown"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kib int64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kib); err == nil {
			memory = fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
		}
	}
	return fmt.Sprintf("%d cores, %s", runtime.NumCPU(), memory)
}
