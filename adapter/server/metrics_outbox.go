package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/relay"
)

// outboxCollector reads the outbox at each scrape, which Prometheus lets wait
// ten seconds.
type outboxCollector struct {
	outbox     adapter.Outbox
	deliveries func() relay.Counts
}

// outboxDescriptions are the metrics of the outbox.
var (
	pendingMetric = prometheus.NewDesc("ambit_outbox_pending",
		"Committed changes that SpiceDB has not taken yet; -1 if the store cannot be read.", nil, nil)
	lagMetric = prometheus.NewDesc("ambit_outbox_lag_seconds",
		"How long the oldest of them has been waiting.", nil, nil)
	quarantineMetric = prometheus.NewDesc("ambit_outbox_quarantined",
		"1 for each tenant whose oldest change SpiceDB refuses for good.", []string{"tenant"}, nil)
	deliveredMetric = prometheus.NewDesc("ambit_deliveries_total", "Changes brought to SpiceDB by this process.", nil, nil)
	failedMetric    = prometheus.NewDesc("ambit_delivery_failures_total", "Attempts to bring changes to SpiceDB that failed.", nil, nil)
	retriedMetric   = prometheus.NewDesc("ambit_delivery_retries_total",
		"Tenants taken up again in the background, after a failure or for another process.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c outboxCollector) Describe(to chan<- *prometheus.Desc) {
	for _, metric := range []*prometheus.Desc{pendingMetric, lagMetric, quarantineMetric, deliveredMetric, failedMetric, retriedMetric} {
		to <- metric
	}
}

// Collect implements prometheus.Collector.
func (c outboxCollector) Collect(to chan<- prometheus.Metric) {
	counts := c.deliveries()
	for metric, count := range map[*prometheus.Desc]uint64{
		deliveredMetric: counts.Delivered, failedMetric: counts.Failed, retriedMetric: counts.Retried,
	} {
		to <- prometheus.MustNewConstMetric(metric, prometheus.CounterValue, float64(count))
	}
	gauge := func(metric *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(metric, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	waiting, err := c.outbox.Waiting(ctx)
	if err != nil {
		gauge(pendingMetric, -1)
		return
	}
	var pending uint64
	var lag time.Duration
	for _, backlog := range waiting {
		pending += backlog.Entries
		lag = max(lag, time.Since(backlog.Since))
		if backlog.Fault != "" {
			gauge(quarantineMetric, 1, backlog.Tenant.String())
		}
	}
	gauge(pendingMetric, float64(pending))
	gauge(lagMetric, lag.Seconds())
}
