// Package spicedb is the adapter.Engine on a SpiceDB server, spoken to with
// authzed-go over any gRPC connection: a cluster, or the server in this process
// that package embedded starts.
//
//	adapter ── rel.Question ──▶ Engine ── CheckPermission ──▶ SpiceDB
//	          rel.Write     ──▶        ── WriteRelationships ▶
//	          rel.Page      ◀──        ◀─ LookupResources ────
//
// What it adds to the client:
//
//   - The zero rel.Consistency reads at the head revision, so nobody gets an
//     answer that is seconds old because he forgot to ask for a fresh one.
//   - CheckMany may hold any number of questions. They travel in several calls
//     and are still answered at one revision.
//   - Resources pages name every object once. SpiceDB's own pages repeat an
//     object that is reached in several ways.
//   - Write carries the tenant and the number of the change as transaction
//     metadata, which comes out again at the Watch API.
//   - Import is cut into streams that end before SpiceDB's time limit for one.
//   - With Bookkeeping, SpiceDB itself knows which change of each tenant it holds
//     last, and takes none twice or out of order.
//   - Every error is an *iam.Error without the text of the driver; the cause
//     stays in the chain for logs. Only what SpiceDB says about a write that it
//     will never take is in the message, for those who can mend it.
package spicedb
