package server

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/follow"
)

// TestIndexMetrics: every figure of the index has its metric.
func TestIndexMetrics(t *testing.T) {
	t.Parallel()
	collector := indexCollector{stats: func() adapter.IndexStats {
		return adapter.IndexStats{
			Stats: follow.Stats{
				Live: true, Tuples: 2, Age: 3 * time.Second, Lag: 4 * time.Millisecond, Behind: 5, Loaded: 6, Resumed: 7, Strange: 8, Waited: 9,
				Bytes: 16, Tenants: 17, TakenIn: 18, Evicted: 19, Refused: 20,
			},
			ByIndex: 10, ByEngine: 11, Verified: 14, Different: 1, Unverified: 15,
		}
	}}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector)
	families, err := registry.Gather()
	require.NoError(t, err)
	found := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			found[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	assert.Equal(t, map[string]float64{
		"ambit_index_live": 1, "ambit_index_relationships": 2, "ambit_index_age_seconds": 3, "ambit_index_lag_seconds": 0.004, "ambit_index_behind": 5,
		"ambit_index_loads_total anew": 6, "ambit_index_loads_total resumed": 7, "ambit_index_strange_total": 8, "ambit_index_waits_total": 9,
		"ambit_answers_total INDEX": 10, "ambit_answers_total ENGINE": 11,
		"ambit_index_bytes": 16, "ambit_index_tenants": 17,
		"ambit_index_intakes_total taken": 18, "ambit_index_intakes_total refused": 20, "ambit_index_evictions_total": 19,
		"ambit_index_verified_total same": 13, "ambit_index_verified_total different": 1, "ambit_index_verified_total failed": 15,
	}, found)
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	assert.Empty(t, problems)
}

// TestIndexReadiness: an index that was lost degrades a server, one that has not
// begun does not.
func TestIndexReadiness(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stats follow.Stats
		lost  bool
	}{
		"off":      {follow.Stats{}, false},
		"starting": {follow.Stats{Loaded: 1}, false},
		"live":     {follow.Stats{Loaded: 3, Resumed: 2, Live: true}, false},
		"resuming": {follow.Stats{Loaded: 1, Resumed: 1}, true},
		"reading":  {follow.Stats{Loaded: 2}, true},
	} {
		assert.Equal(t, test.lost, lost(adapter.IndexStats{Stats: test.stats}) != nil, name)
	}
}

// TestIndexConfig: wrong values are refused in words.
func TestIndexConfig(t *testing.T) {
	t.Parallel()
	for _, config := range []Config{
		{Backing: Backing{Index: adapter.IndexConfig{VerifySample: 1.5}}},
		{Backing: Backing{Index: adapter.IndexConfig{VerifySample: -0.1}}},
		{Backing: Backing{Index: adapter.IndexConfig{Silence: -time.Second}}},
		{Backing: Backing{Index: adapter.IndexConfig{Max: -1}}},
	} {
		require.Error(t, config.Validate())
	}
	require.NoError(t, Config{Backing: Backing{Index: adapter.IndexConfig{VerifySample: 1, Wait: -1, Off: true}}}.Validate())
}
