// Command bench-peers builds all engines, asks each of them about the same worlds, and
// writes the tables. Run it with make bench-peers: it wants a PostgreSQL server and a
// SpiceDB binary, which the scripts with-postgres and with-spicedb provide.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "folder of the repository")
	flag.StringVar(&o.out, "out", "docs/benchmarks.md", "file to write, relative to the root")
	flag.StringVar(&o.only, "only", "", "run only the programs of these names, separated by commas")
	flag.DurationVar(&o.budget, "budget", 800*time.Millisecond, "time for each measure of each engine")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := o.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench-peers:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to do
	}
}
