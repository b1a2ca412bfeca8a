package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/relay"
)

// backlogs is an outbox of which only Waiting is asked.
type backlogs struct {
	adapter.Outbox
	waiting []adapter.Backlog
	err     error
}

func (b backlogs) Waiting(context.Context) ([]adapter.Backlog, error) { return b.waiting, b.err }

func counts() relay.Counts { return relay.Counts{Delivered: 7, Failed: 2, Retried: 1} }

func TestOutboxMetrics(t *testing.T) {
	t.Parallel()
	acme, initech := iam.Ref{Type: "account", ID: "acme"}, iam.Ref{Type: "account", ID: "initech"}
	collector := outboxCollector{deliveries: counts, outbox: backlogs{waiting: []adapter.Backlog{
		{Tenant: acme, Entries: 3, Since: time.Now().Add(-time.Hour)},
		{Tenant: initech, Entries: 2, Since: time.Now(), Fault: "refused"},
	}}}
	require.NoError(t, testutil.CollectAndCompare(collector, strings.NewReader(`
# HELP ambit_deliveries_total Changes brought to SpiceDB by this process.
# TYPE ambit_deliveries_total counter
ambit_deliveries_total 7
# HELP ambit_outbox_pending Committed changes that SpiceDB has not taken yet; -1 if the store cannot be read.
# TYPE ambit_outbox_pending gauge
ambit_outbox_pending 5
# HELP ambit_outbox_quarantined 1 for each tenant whose oldest change SpiceDB refuses for good.
# TYPE ambit_outbox_quarantined gauge
ambit_outbox_quarantined{tenant="account:initech"} 1
`), "ambit_deliveries_total", "ambit_outbox_pending", "ambit_outbox_quarantined"))
	require.Equal(t, 6, testutil.CollectAndCount(collector))

	collector.outbox = backlogs{err: errors.New("away")}
	require.NoError(t, testutil.CollectAndCompare(collector, strings.NewReader(`
# HELP ambit_outbox_pending Committed changes that SpiceDB has not taken yet; -1 if the store cannot be read.
# TYPE ambit_outbox_pending gauge
ambit_outbox_pending -1
`), "ambit_outbox_pending"))
}

func TestBacklogged(t *testing.T) {
	t.Parallel()
	require.NoError(t, backlogged(nil))
	acme := adapter.Backlog{Tenant: iam.Ref{Type: "account", ID: "acme"}, Entries: 9}
	require.EqualError(t, backlogged([]adapter.Backlog{acme}), "1 tenants have writes that SpiceDB has not taken yet")
	acme.Fault = "secret"
	err := backlogged([]adapter.Backlog{acme})
	require.ErrorContains(t, err, "1 of them in quarantine")
	require.NotContains(t, err.Error(), "acme", "whoever asks /readyz may not see tenants")
	require.NotContains(t, err.Error(), "secret")
}

// TestScheduledComparison: a comparison that nobody asked for ends in metrics.
func TestScheduledComparison(t *testing.T) {
	t.Parallel()
	config := testConfig(t)
	config.ReconcileEvery = 10 * time.Millisecond
	server := started(t, config)
	require.Eventually(t, func() bool { return testutil.ToFloat64(server.metrics.reconciled) > 0 }, 30*time.Second, 10*time.Millisecond)
	require.Zero(t, testutil.ToFloat64(server.metrics.drift.WithLabelValues("missing")))
	require.Zero(t, testutil.ToFloat64(server.metrics.drift.WithLabelValues("foreign")))
}
