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
// With a transaction of the caller's own (WithTx) the same session runs inside
// that one, in a savepoint, and the caller commits.
//
// The query texts are the same for both products, written with ? for arguments.
// What differs sits in a dialect: how arguments are spelled, how a tenant is
// locked, and what the driver's errors mean. Opening brings a database to our
// version (package migrations), unless an operator wants to do that himself.
//
// SQLite runs in WAL mode with one writing connection and a pool of reading
// ones: readers see the last commit and never wait for a writer. A file is
// synchronised at each commit, so an acknowledged write survives a crash of the
// machine.
//
// On PostgreSQL each tenant has an advisory lock, and there is one lock of
// everything, which who writes shares and who runs Alone, or locks the zero
// reference, has for himself. They hold across processes.
//
// Rows that form a list inside another row (members of a group, roles of a
// policy) have their own table. A list is read in one query for all rows of a
// page, and a Put writes only the elements that differ.
package sqlstore
