package adapter_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
)

// BenchmarkExplain explains answers about the large world, which the index has.
func BenchmarkExplain(b *testing.B) {
	model := builtin(b, "scalr")
	s := newSystem(b, model)
	s.fill(b, large.World())
	require.NoError(b, s.Settle(b.Context()))
	allowed, denied := s.questions(b, model)
	for name, requests := range map[string][]adapter.CheckRequest{"yes": allowed, "no": denied} {
		b.Run(name, func(b *testing.B) {
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				x, err := s.Explain(b.Context(), requests[i%len(requests)], adapter.Freshness{})
				times = append(times, time.Since(start))
				require.NoError(b, err)
				require.Equal(b, name == "yes", x.Allowed)
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1e6, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds())/1e6, "p99-ms")
		})
	}
}
