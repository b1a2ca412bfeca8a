package adapter_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs fewer random histories than rapid's 100, which take minutes for
// five models. Say -rapid.checks=1000 for more; -short is
// a fifth of it.
func TestMain(m *testing.M) {
	flag.Parse()
	checks := "10"
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "rapid.checks" })
	if !chosen {
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}
