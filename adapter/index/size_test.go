package index_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
)

// TestBytes holds the estimate against the heap, in worlds that consist mostly of one
// thing each. It runs alone, as the heap is one for all.
func TestBytes(t *testing.T) { //nolint:paralleltest // see above
	for name, s := range map[string]reference.Size{
		"of everything": reference.Grown(5000),
		"policies":      dense(20_000),
		"members":       {Environments: 10, Workspaces: 10, Teams: 200, Users: 20_000, TeamsOfUser: 3, Roles: 20},
		"scopes":        {Environments: 1000, Workspaces: 20_000, Teams: 20, Users: 100, TeamsOfUser: 3, Roles: 20},
	} {
		model := builtin(t, "scalr")
		tuples := tuplesOf(model, s.World())
		x, before := index.New(model), heap()
		load(t, x, tuples)
		kept := heap() - before
		assert.InDelta(t, 1.08, float64(x.Snapshot().Bytes())/kept, 0.42, name)
		runtime.KeepAlive(tuples)
		runtime.KeepAlive(x)
	}
}
