package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/report"
)

func result(engine, door string, networked bool, p50 time.Duration) peer.Result {
	return peer.Result{
		Engine: engine, Door: door, Version: "v1", Networked: networked, Policies: 5000, Digest: "d", Memory: 3 << 20,
		Times: map[peer.Measure]peer.Times{peer.Check: {Calls: 100, P50: p50, P95: p50, P99: p50, PerSecond: 1 / p50.Seconds()}},
	}
}

// TestHalvesAreApart: no table has calls in this process and over the network.
func TestHalvesAreApart(t *testing.T) {
	t.Parallel()
	text := report.Report{Results: []peer.Result{
		result("Ambit", "adapter", false, time.Microsecond), result("Ambit", "grpc", true, 100*time.Microsecond),
		result("Near", "library", false, time.Millisecond), result("Far", "grpc", true, time.Second),
	}}.Tables()
	here, there, found := strings.Cut(text, "## Over the network")
	if !found || strings.Contains(here, "Far") || strings.Contains(there, "Near") {
		t.Error(text)
	}
	if !strings.Contains(here, "1,000 |") || !strings.Contains(there, "10,000 |") {
		t.Errorf("the ratios are those to Ambit in the same half:\n%s", text)
	}
}

// TestFailure: an engine that failed has the reason in place of times.
func TestFailure(t *testing.T) {
	t.Parallel()
	wrong := peer.Result{Engine: "Wrong", Door: "library", Policies: 5000, Failure: "answers differently: no", Faults: map[peer.Measure]string{}}
	text := report.Report{Results: []peer.Result{result("Ambit", "adapter", false, time.Microsecond), wrong}}.Tables()
	for line := range strings.Lines(text) {
		if strings.Contains(line, "Wrong") && (strings.Contains(line, " µs") || strings.Contains(line, " ns")) {
			t.Errorf("a time for a wrong engine: %s", line)
		}
	}
	if !strings.Contains(text, "answers differently: no") {
		t.Error(text)
	}
}

// TestDocument names the versions once and each world.
func TestDocument(t *testing.T) {
	t.Parallel()
	made := report.Report{
		Machine: report.Machine{CPU: "a CPU", Commit: "abc", LoadBefore: "0.50", LoadAfter: "2.10"},
		Results: []peer.Result{result("Near", "library", false, time.Millisecond), result("Near", "grpc", true, time.Second)},
	}
	text := made.Document()
	if strings.Count(text, "Near v1") != 1 {
		t.Error("versions are not named once")
	}
	for _, want := range []string{"Ambit abc", "5,000 policies d", "before 0.50, after 2.10"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
