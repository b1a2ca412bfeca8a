// Package adapter is Ambit's core: the use cases on roles and access policies,
// and the questions about them.
//
//	        CreatePolicy, AddMembers, Apply, ...          Check, Resources, ...
//	                       │                                       │
//	                       ▼                                       ▼
//	Store ◀── one transaction: check, change, audit, outbox      index, if it is fresh
//	  │                                                           ▲ │ enough; else
//	  │ entries, in the order of each tenant                      │ ▼
//	  ▼                                                    Watch  │ │
//	relay ── translate(after) - translate(before), one write ──▶ Engine
//
// The store is the truth about what people decided, the engine (SpiceDB) about
// what follows. What the engine holds is a function of what the store holds, so
// it can be filled, compared and repaired at any time.
//
// Make an [Adapter] with [New]; it wants a model (package schema), a [Store]
// (package sqlstore) and an engine (package spicedb, or spicedb/embedded for one
// in this process). All methods are safe for many goroutines.
//
// Every write returns a [Receipt]. A question that carries its token, in
// [Freshness], has seen the write. A write that the engine could not take yet is
// durable and says so; it is delivered later, in order.
//
// The index holds in memory what the engine holds, and follows it (package follow).
// Both give the same answers; [Decision] and [Answered] say who answered, and
// [Freshness] what an answer must have seen, whoever gives it.
//
// Errors are of type [github.com/ambit-iam/ambit/adapter/iam.Error]: a code, a
// reason for machines, the field, the value and a sentence. No is an answer, not
// an error: see [Decision].
package adapter
