// Command casbin asks Casbin, a library that keeps policies as rows and goes through
// them for each question.
package main

import (
	"os"

	"github.com/ambit-iam/ambit/integration/bench/peer"
)

func main() {
	os.Exit(peer.Program{
		Engine: "Casbin", Module: "github.com/casbin/casbin/v3",
		Doors: map[string]peer.Door{"library": {Open: open}},
	}.Main())
}
