package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// link is a network between a replica and a server, which can be made worse.
type link struct {
	proxy *toxiproxy.Proxy
}

func newLink(t testing.TB, name, server string) *link {
	t.Helper()
	// The API of toxiproxy itself is not started: this process is its only user.
	host := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &link{proxy: toxiproxy.NewProxy(host, name, "127.0.0.1:0", server)}
	require.NoError(t, l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
}

// address is where the replica finds the server.
func (l *link) address() string { return l.proxy.Listen }

// toxic makes a network worse.
type toxic struct {
	Type string `json:"type"`
	// Stream is "upstream", to the server, or "downstream", from it.
	Stream     string         `json:"stream"`
	Attributes map[string]int `json:"attributes"`
}

func (l *link) poison(worse toxic) error {
	text, err := json.Marshal(worse)
	if err != nil {
		return err
	}
	_, err = l.proxy.Toxics.AddToxicJson(strings.NewReader(string(text)))
	return err
}

// heal removes all toxics. Connections that were cut end then.
func (l *link) heal() { l.proxy.Toxics.ResetToxics(context.Background()) }

// commitCut is a toxic of our own for what chance hardly ever hits: the answer to
// a COMMIT is lost, with the connection, one time in Odds. It is for the way from
// PostgreSQL.
type commitCut struct {
	Odds int `json:"odds"`
}

// commitCutType is its name among the toxics.
const commitCutType = "commit_cut"

// committed is how PostgreSQL confirms a COMMIT.
var committed = []byte("COMMIT\x00")

// Pipe passes data on until it cuts.
func (c *commitCut) Pipe(stub *toxics.ToxicStub) {
	for {
		select {
		case <-stub.Interrupt:
			return
		case chunk := <-stub.Input:
			if chunk == nil || bytes.Contains(chunk.Data, committed) && rand.IntN(c.Odds) == 0 {
				stub.Close()
				return
			}
			stub.Output <- chunk
		}
	}
}
