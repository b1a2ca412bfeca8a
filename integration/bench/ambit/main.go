// Command ambit asks Ambit: its index alone, the adapter in this process, and a server
// over gRPC and REST.
package main

import (
	"os"

	"github.com/ambit-iam/ambit/integration/bench/peer"
)

func main() {
	os.Exit(peer.Program{
		Engine: "Ambit", Module: "github.com/ambit-iam/ambit",
		Doors: map[string]peer.Door{
			"index":   {Open: openIndex},
			"adapter": {Open: openAdapter},
			"grpc":    {Networked: true, Open: openGRPC},
			"rest":    {Networked: true, Open: openREST},
		},
	}.Main())
}
