package index_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ambit-iam/ambit/adapter/index"
)

// TestCheckAllocatesNothing: not on any rule of any model, yes or no.
func TestCheckAllocatesNothing(t *testing.T) { //nolint:paralleltest // it counts all allocations of the process
	for name, model := range models(t) {
		g := newGenerator(model, 5, "a")
		x := index.New(model)
		load(t, x, tuplesOf(model, g.world))
		subjects, objects := g.subjects(), g.objects()
		allocated := testing.AllocsPerRun(2, func() {
			for _, p := range model.Permissions {
				for _, object := range objects {
					for _, subject := range subjects {
						x.Check(subject, p.Name, object)
					}
				}
			}
		})
		assert.Zero(t, allocated, name)
	}
}
