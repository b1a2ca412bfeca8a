package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ambit-iam/ambit/adapter"
)

// indexCollector asks the index at each scrape.
type indexCollector struct {
	stats func() adapter.IndexStats
}

// indexDescriptions are the metrics of the index.
var (
	indexLiveMetric   = prometheus.NewDesc("ambit_index_live", "1 if the index answers questions, 0 if SpiceDB answers all of them.", nil, nil)
	indexTuplesMetric = prometheus.NewDesc("ambit_index_relationships", "Relationships in the index.", nil, nil)
	indexBytesMetric  = prometheus.NewDesc("ambit_index_bytes", "Memory that the relationships in the index take, by an estimate.", nil, nil)
	tenantsMetric     = prometheus.NewDesc("ambit_index_tenants", "Tenants in the index; 0, too, if it holds all because neither their names nor its size are bounded.", nil, nil)
	intakesMetric     = prometheus.NewDesc("ambit_index_intakes_total",
		"Tenants that were asked about: taken into the index, or refused because there was no room.", []string{"outcome"}, nil)
	evictionsMetric = prometheus.NewDesc("ambit_index_evictions_total", "Tenants that the index let go of because of its bound.", nil, nil)
	indexAgeMetric  = prometheus.NewDesc("ambit_index_age_seconds",
		"Since when the index may miss what other servers wrote; where there are none it grows while nothing is missing.", nil, nil)
	indexLagMetric    = prometheus.NewDesc("ambit_index_lag_seconds", "How long the last write of this server took to reach the index.", nil, nil)
	indexBehindMetric = prometheus.NewDesc("ambit_index_behind", "Tenants whose latest writes have not reached the index yet.", nil, nil)
	answersMetric     = prometheus.NewDesc("ambit_answers_total", "Questions by who answered: INDEX or ENGINE (SpiceDB).", []string{"source"}, nil)
	indexWaitsMetric  = prometheus.NewDesc("ambit_index_waits_total", "Questions that waited for a write to reach the index.", nil, nil)
	indexLoadsMetric  = prometheus.NewDesc("ambit_index_loads_total", "How often the index was filled: read anew, or taken up where the stream had ended.", []string{"how"}, nil)
	strangeMetric     = prometheus.NewDesc("ambit_index_strange_total", "Relationships in SpiceDB that the model cannot have.", nil, nil)
	verifiedMetric    = prometheus.NewDesc("ambit_index_verified_total",
		"Answers of the index that SpiceDB was asked about, too: same, different (report this), or failed, if it could not be compared.", []string{"outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (indexCollector) Describe(to chan<- *prometheus.Desc) {
	for _, metric := range []*prometheus.Desc{
		indexLiveMetric, indexTuplesMetric, indexAgeMetric, indexLagMetric, indexBehindMetric,
		indexBytesMetric, tenantsMetric, intakesMetric, evictionsMetric, answersMetric, indexWaitsMetric, indexLoadsMetric, strangeMetric, verifiedMetric,
	} {
		to <- metric
	}
}

// Collect implements prometheus.Collector.
func (c indexCollector) Collect(to chan<- prometheus.Metric) {
	s := c.stats()
	gauge := func(metric *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(metric, prometheus.GaugeValue, value)
	}
	count := func(metric *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(metric, prometheus.CounterValue, float64(value), labels...)
	}
	live := 0.0
	if s.Live {
		live = 1
	}
	gauge(indexLiveMetric, live)
	gauge(indexTuplesMetric, float64(s.Tuples))
	gauge(indexBytesMetric, float64(s.Bytes))
	gauge(tenantsMetric, float64(s.Tenants))
	count(intakesMetric, s.TakenIn, "taken")
	count(intakesMetric, s.Refused, "refused")
	count(evictionsMetric, s.Evicted)
	gauge(indexAgeMetric, s.Age.Seconds())
	gauge(indexLagMetric, s.Lag.Seconds())
	gauge(indexBehindMetric, float64(s.Behind))
	count(answersMetric, s.ByIndex, string(adapter.SourceIndex))
	count(answersMetric, s.ByEngine, string(adapter.SourceEngine))
	count(indexWaitsMetric, s.Waited)
	count(indexLoadsMetric, s.Loaded, "anew")
	count(indexLoadsMetric, s.Resumed, "resumed")
	count(strangeMetric, s.Strange)
	count(verifiedMetric, s.Verified-s.Different, "same")
	count(verifiedMetric, s.Different, "different")
	count(verifiedMetric, s.Unverified, "failed")
}
