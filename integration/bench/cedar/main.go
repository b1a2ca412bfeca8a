// Command cedar asks cedar-go, a library that evaluates a set of policies over
// entities that the application hands it.
package main

import (
	"os"

	"github.com/ambit-iam/ambit/integration/bench/peer"
)

func main() {
	os.Exit(peer.Program{
		Engine: "cedar-go", Module: "github.com/cedar-policy/cedar-go",
		Doors: map[string]peer.Door{"library": {Open: open}},
	}.Main())
}
