// Command openfga asks OpenFGA, on its memory store: as a library, and as a server.
package main

import (
	"os"

	"github.com/ambit-iam/ambit/integration/bench/peer"
)

func main() {
	os.Exit(peer.Program{
		Engine: "OpenFGA", Module: "github.com/openfga/openfga",
		Doors: map[string]peer.Door{
			"library": {Open: openLibrary},
			"grpc":    {Networked: true, Open: openServer},
		},
	}.Main())
}
