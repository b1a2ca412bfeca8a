// Package embedded runs SpiceDB inside this process, with its memory datastore.
//
//	            ┌──────────────── this process ─────────────────┐
//	ambit ────▶ │ spicedb.Engine ──buffer──▶ SpiceDB ──▶ memory │
//	            │                               ▲               │
//	zed ──TCP─▶ │ door: key, read methods only ─┘               │
//	            └───────────────────────────────────────────────┘
//
// The server holds nothing that cannot be derived from Ambit's store: it starts
// empty, is filled at start, and is gone with the process. Many can live in one
// process, so each test can have its own.
//
// # The door
//
// With Config.Listen set, zed and every other SpiceDB client can look at the
// schema and the relationships, ask questions and watch. They cannot write: the
// store is the truth, and a tuple written past it would be repaired away.
//
// # Memory
//
// SpiceDB's memory datastore keeps every revision until the process ends,
// whatever garbage collection window it is given. Start therefore sets a window
// that never closes: tokens stay valid as long as the server lives, at no
// further cost. Measured: 5 MB for an empty server, 2 KB for each tuple, and 4
// to 11 KB for each write, the more the more tuples there are. A server that
// takes a million writes between two restarts belongs on PostgreSQL.
//
// A second effect: SpiceDB's registration of its version in Prometheus' default
// registry cannot be switched off, so each server leaves one series named
// spicedb_environment_info there for good.
package embedded
