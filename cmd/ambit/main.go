// Command ambit runs an authorization server, and talks to one.
//
// ambit --help lists what it can do; package cli holds the commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ambit-iam/ambit/adapter/cli"
)

func main() { os.Exit(run()) }

// run ends at the first signal; the second one ends the process at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
