// Package bench compares Ambit with other authorization engines: the same world,
// the same questions, and no time for an engine that answers wrongly.
//
//	world        the world, the questions and what is right, by a naive oracle
//	peer         asks one engine, checks its answers, takes the times
//	report       puts the results of all engines into tables
//	bench-peers  builds and runs all of it: make bench-peers
//
//	ambit  spicedb  openfga  casbin  cedar  cerbos     one program for each engine
//
// Each engine is a module of its own, so that none decides which version of a
// dependency another one gets, and none of them comes near ours. This module has
// no dependency but the standard library.
//
//	bench-peers ──starts──▶ spicedb -door grpc -policies 5000 ──starts──▶ spicedb serve
//	     ▲                        │
//	     └──one line of JSON──────┘
//
// Every run of a program is a process of its own, for one engine, one door and
// one size of the world: what one leaves on the heap never weighs on another.
//
// [docs/benchmarks.md] has the figures and what they do not say.
//
// [docs/benchmarks.md]: https://github.com/ambit-iam/ambit/blob/main/docs/benchmarks.md
package bench
