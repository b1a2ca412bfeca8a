// Package sqlstore is the adapter.Store on SQL: SQLite for a single process,
// PostgreSQL for several.
//
// A call becomes one transaction, and everything inside it runs on that
// transaction alone:
//
//	Store.Write ──► transact ──► session ──► users, scopes, policies, ...   (one file per noun)
//	Store.Read  ──►    │            │            │
//	                   │            │            └─ SQL text, arguments, scanning
//	                   │            └─ statements prepared once, one clock reading, errors translated
//	                   └─ begin, commit or roll back, run again after a lost race
//
// The query texts are the same for both products, written with ? for arguments.
// What differs sits in a dialect: how arguments are spelled, how a tenant is
// locked, and what the driver's errors mean.
//
// SQLite runs in WAL mode with one writing connection and a pool of reading
// ones: readers see the last commit and never wait for a writer. A file is
// synchronised at each commit, so an acknowledged write survives a crash of the
// machine.
//
// Rows that form a list inside another row (members of a group, roles of a
// policy) have their own table. A list is read in one query for all rows of a
// page, and a Put writes only the elements that differ.
package sqlstore
