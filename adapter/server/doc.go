// Package server puts Ambit together and runs it: the store, SpiceDB, the
// adapter between them, and one port for everybody.
//
//	                       ┌─ HTTP/2 preface ─▶ grpc.Server ──▶ api.Register ──▶ *adapter.Adapter
//	:8420 ──▶ splitter ────┤                        ▲                             │        │
//	                       └─ anything else ─▶ http.Server ─▶ api.Gateway      sqlstore  spicedb/embedded
//
// It owns everything it starts: Start either returns a Server that answers, or
// an error and nothing left running; Close stops all parts, in the order that
// lets running requests finish.
//
// Routes that need no token: /healthz, /readyz, /openapi.json, gRPC health, and
// /metrics as long as the server listens on loopback only. Everything else,
// gRPC reflection too, needs one.
package server
