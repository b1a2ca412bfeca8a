// Package cli holds the commands of ambit.
//
//	arguments ─▶ cobra ─▶ settings: flag > AMBIT_* > --config FILE > default
//	                │
//	                ├─ serve ────────▶ server.Run
//	                ├─ test, schema, models: in this process, no server needed
//	                └─ everything else ─▶ client ─▶ a server, over gRPC
//
// Answers go to standard output: tables for people, -o json and -o yaml for
// programs. Errors go to standard error as a sentence that begins with
// "ambit:", or as an object with code and reason with -o json. A process ends with 0 (done, or answered yes), 1 (failed, or
// answered no) or 2 (used wrongly: an unknown flag, a file that cannot be read).
//
// The commands about nouns (role, policy, group, ...) are one table: see [noun].
// Their flags are the fields of the API's messages.
package cli
