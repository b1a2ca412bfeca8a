package index_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/index"
)

// TestBytes holds the estimate against the heap, in worlds that consist mostly of one
// thing each. It runs alone, as the heap is one for all.
func TestBytes(t *testing.T) { //nolint:paralleltest // see above
	for name, s := range map[string]size{
		"of everything": grown(5000),
		"policies":      dense(20_000),
		"members":       {environments: 10, workspaces: 10, teams: 200, users: 20_000, teamsOfUser: 3, roles: 20},
		"scopes":        {environments: 1000, workspaces: 20_000, teams: 20, users: 100, teamsOfUser: 3, roles: 20},
	} {
		model := builtin(t, "scalr")
		tuples := tuplesOf(model, s.generate())
		x, before := index.New(model), heap()
		load(t, x, tuples)
		kept := heap() - before
		assert.InDelta(t, 1.08, float64(x.Snapshot().Bytes())/kept, 0.42, name)
		runtime.KeepAlive(tuples)
		runtime.KeepAlive(x)
	}
}
