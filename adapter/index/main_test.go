package index_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain draws few histories unless it is told how many: a run of the defaults
// takes half a minute. Say -rapid.checks=1000 for more; -short is
// a fifth of it.
func TestMain(m *testing.M) {
	flag.Parse()
	checks, chosen := "15", false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "rapid.checks" })
	if !chosen {
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
