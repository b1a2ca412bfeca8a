package faults

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/testcontainers/testcontainers-go/log"
)

// The flags of this package.
var (
	duration = flag.Duration("duration", time.Minute, "how long clients write under faults, all faults together")
	binary   = flag.String("ambit", "", "a binary built with -tags failpoints (default: one is built)")
	seed     = flag.Uint64("seed", 0, "what random choices follow from (default: another one each time)")
)

// shortest and longest are how long one fault lasts: a longer -duration means
// more rounds of all faults, each with a world of its own.
const (
	shortest = 2500 * time.Millisecond
	longest  = 15 * time.Second
)

// TestMain keeps testcontainers from telling what it does, since failures come
// back as errors, and makes our toxic known.
func TestMain(m *testing.M) {
	log.SetDefault(quiet{})
	toxics.Register(commitCutType, new(commitCut))
	m.Run()
}

// TestFaults runs every fault on servers of its own, and prints the table.
func TestFaults(t *testing.T) {
	lab := openLab(t)
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1_000_000)
	}
	all := faults()
	share := *duration / time.Duration(len(all))
	rounds := max(1, int(share/longest))
	each := max(shortest, share/time.Duration(rounds))
	t.Logf("seed %d; %d rounds of %d faults, %s each", first, rounds, len(all), each.Round(time.Millisecond))
	results := newTable()
	for round := range rounds {
		for i, fault := range all {
			t.Run(fault.name, func(t *testing.T) {
				test := newTrial(t, lab, each, rand.NewPCG(first, uint64(round*len(all)+i)))
				defer func() { results.add(fault.name, test.tally()) }() // also if it ends early
				fault.run(test)
			})
		}
	}
	results.finish(t, all, first)
}
