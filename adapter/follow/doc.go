// Package follow keeps an index in step with SpiceDB, and knows how far it has come.
//
//	SpiceDB ──Read──▶ everything ──▶ ┌───────┐
//	   │                             │ index │ ──▶ View: a state, and its revision
//	   └──Watch──▶ steps, then ✓ ──▶ └───────┘
//	                  │    │              ▲
//	                  │    └── marks: the stream is alive, this state holds all
//	                  │        that was written before the mark
//	                  └── entries: change 7 of account:A is there
//
// # What a View holds
//
// Steps are gathered until a checkpoint says that a revision has been told whole,
// and then shown together: every View is a state that SpiceDB had, and its
// revision names it.
//
// A question says what it Needs: the changes that a consistency token names, or,
// without one, all that this process acknowledged (Expect) in the tenant of the
// object. A View that lacks something is waited for, for Patience, and then
// the caller has to ask SpiceDB.
//
// # How it knows that it is not behind
//
// Silence says nothing: a stream is silent when nothing is written, and when it is
// broken. So there are two witnesses. What this process decided and brought to
// SpiceDB is known by its number. And marks ("beats") are written to SpiceDB and awaited in the stream: when
// one comes back, the state holds whatever anybody had written before it left.
// Where others write too (Shared), each process sends marks several times within
// the staleness that it promises. It measures from when it sent its own mark, so
// that no two clocks are compared. Where nobody else writes, a mark is sent only
// when something does not come.
//
// # Some tenants
//
// With Tenants the index holds what these need, and nothing else (part.go). Loading
// takes several readings at one revision: what lies in the tenants, from scope to
// scope; then those objects, the bindings, roles and groups that they lead to, and so
// on. A step is kept as far as it is about objects that are held; those that come to
// matter with it are read at its revision before it is shown. So each object in the
// index is whole, a View is still a state that SpiceDB had, and Covers says which
// questions it can answer.
//
// # A bound on memory
//
// With Max the index holds no tenant until somebody asks about it (bound.go):
//
//	question ── not held ──▶ SpiceDB answers
//	               │
//	               └─▶ its tenant is found (seek.go), read beside the stream
//	                   (intake.go), and is in the View after the next checkpoint
//
// The rules: a tenant about which there was a question within Stay does not give way
// to another; of the rest, the one that was asked about longest ago goes first. For
// whom there is no room, or who cannot be found, is let alone for a while: Stay, or ten
// minutes if it does not fit at all. A reading ends as soon as it does not fit. Tenants
// that grow push out the idlest, whatever Stay says. One tenant is read at a time; while
// it is, its tuples take a few times the memory that they take in the index.
//
// Tenants go with one sweep over the index (index.Retain), which leaves what the others
// need. Coming and going are part of a step: no View shows something between.
//
// # When it goes wrong
//
// A stream that breaks is taken up at its last checkpoint; if SpiceDB no longer
// has that, or if something came that no relationship of the model can be, all is
// read anew, with a bound nothing. Until a mark has come back since then, nothing is answered from here.
package follow
