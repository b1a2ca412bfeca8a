package peer

import (
	"slices"
	"time"
)

// quantiles sorts times and returns three of them.
func quantiles(times []time.Duration) (p50, p95, p99 time.Duration) {
	slices.Sort(times)
	at := func(percent int) time.Duration { return times[len(times)*percent/100] }
	return at(50), at(95), at(99)
}

// clockTime returns what timing nothing takes: as much as an answer of the index.
func clockTime() time.Duration {
	times := make([]time.Duration, 2000)
	for i := range times {
		start := time.Now()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[len(times)/4]
}
