package server

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/relay"
)

// metrics are what /metrics shows. Each server has its own registry, because
// SpiceDB in the same process uses the global one.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	rest     *prometheus.CounterVec
	checks   *prometheus.CounterVec
	writes   *prometheus.CounterVec
	// drift and reconciled are of the scheduled comparison.
	drift      *prometheus.GaugeVec
	reconciled prometheus.Gauge
}

// core is what the metrics ask about itself.
type core interface {
	Deliveries() relay.Counts
	IndexStats() adapter.IndexStats
}

func newMetrics(outbox adapter.Outbox, core core) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ambit_request_duration_seconds",
			Help:    "Requests, gRPC and REST, by method and gRPC code.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"method", "code"}),
		rest: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ambit_http_requests_total",
			Help: "HTTP requests, by route and status; the route none is no route, or a request refused before one was found.",
		}, []string{"route", "status"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ambit_checks_total",
			Help: "Questions answered, by reason; GRANTED is yes, all others are no.",
		}, []string{"reason"}),
		writes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ambit_writes_total",
			Help: "Writes, by method and whether SpiceDB took them at once.",
		}, []string{"method", "applied"}),
		drift: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ambit_drift_relationships",
			Help: "Relationships that only one side had at the last comparison: missing in SpiceDB, or foreign there.",
		}, []string{"side"}),
		reconciled: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ambit_reconcile_last_success_timestamp_seconds",
			Help: "When the last scheduled comparison with SpiceDB came to its end; 0: not yet.",
		}),
	}
	m.registry.MustRegister(m.requests, m.rest, m.checks, m.writes, m.drift, m.reconciled,
		outboxCollector{outbox: outbox, deliveries: core.Deliveries}, indexCollector{stats: core.IndexStats},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(method, outcome string, took time.Duration) {
	m.requests.WithLabelValues(method, outcome).Observe(took.Seconds())
}

// count looks at an answer: was it a check, was it a write?
func (m *metrics) count(method string, answer any) {
	switch a := answer.(type) {
	case *ambitv1.CheckResponse:
		m.checks.WithLabelValues(a.GetReason()).Inc()
	case *ambitv1.CheckManyResponse:
		reasons := map[string]int{} // there are few, and looking for the counter takes long
		for _, result := range a.GetResults() {
			reasons[result.GetReason()]++
		}
		for reason, n := range reasons {
			m.checks.WithLabelValues(reason).Add(float64(n))
		}
	case interface{ GetApplied() bool }:
		m.writes.WithLabelValues(method, strconv.FormatBool(a.GetApplied())).Inc()
	}
}
