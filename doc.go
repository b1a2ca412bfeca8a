// Package ambit is the root of the module; it holds no code, only the test that
// keeps the packages below in order.
//
// Ambit is an IAM backend on SpiceDB. People manage roles and access policies on
// a hierarchy of scopes; Ambit keeps them in SQL, turns them into SpiceDB
// relationships, and answers "may this subject do this here?" with a reason.
//
//	cmd/ambit ─▶ adapter/cli ─▶ adapter/server ─┬▶ adapter/sqlstore ───────────┐
//	                 │                          ├▶ adapter/spicedb/embedded ─┐ │
//	                 ▼                          └▶ adapter/api               │ │
//	           adapter/client                            │                   │ │
//	                 └──── gRPC ─────────────────────────┤                   │ │
//	                                                     ▼                   ▼ ▼
//	                        adapter: use cases, and the interfaces Store and Engine
//	                                                     │
//	                      relay   translate   world   schema   iam   rel
//
// Programs use Ambit in two ways: as a server, through package
// [github.com/ambit-iam/ambit/adapter/client] or REST, or as a library, through
// package [github.com/ambit-iam/ambit/adapter].
package ambit
