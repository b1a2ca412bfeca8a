// Package door opens the ways into a server that scenario files go through: gRPC
// and REST, which are one door with two transports, and the command line. The
// fourth way, the Go API, is cli.NewDoor.
//
//	world.Run ──▶ api ─────▶ client.Client ──▶ gRPC
//	          │                    └──▶ restConn ──▶ HTTP, by the annotations of the protos
//	          └─▶ command ─▶ cli.Main ──▶ gRPC
package door
