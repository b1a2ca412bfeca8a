// Package index answers permission questions from memory, as SpiceDB would.
//
// It is fed with the tuples that SpiceDB holds, whoever wrote them, and knows
// nothing else: no store, no network, no clock. For every state of the tuples it
// gives the answers that SpiceDB gives on the compiled schema of the model.
//
//	schema.Model ──Compile──▶ schema text ──▶ plan: one expression for each
//	                                          (type, permission)
//	rel.Tuple  ──Load──▶ ┌───────────┐
//	rel.Update ─Apply──▶ │ Snapshot  │ ◀── Check, Permissions, Resources, Filter,
//	                     └───────────┘     Subjects, Grantees, Paths
//
// # Why it agrees
//
// The plan is read from the very text that SpiceDB gets, not from the model a
// second time: unions, intersections and arrows are evaluated as they stand
// there. No rule of the model has code here, so none can be understood in two
// ways. Whatever of the text has no known form is nobody's, and counted by
// Skipped, like tuples that the schema does not take.
//
// Four places are faster than going from tuple to tuple; each keeps a list that
// follows from the tuples, and the tests hold it against them:
//
//   - Who holds which role at a scope is one list with the scope, so that
//     "role_binding->read" is one look for each group of the asker (holder.go).
//   - The content of a role is bits. A role edit changes one role, however many
//     hold it.
//   - The groups above a group are with the group.
//   - "Any role below" goes from the asker's bindings up, not over all that is
//     below (query.below).
//
// Resources, Subjects and their likes collect what may be in the answer, from the
// bindings or from the object, and then ask Check about each; so they cannot say
// anything else than Check.
//
// # Concurrency
//
// A Snapshot never changes. A writer copies what it changes, which are a few
// objects, and publishes the next Snapshot with one atomic store. Readers never
// wait and never see half a step; who needs several answers about one state
// keeps the Snapshot, or Forks the Index and tries out what is not true yet.
//
// # Costs
//
// A check allocates nothing. Memory, measured by BenchmarkMemory: about 110 bytes
// a policy where each second one is a binding of its own, 40 where ten share one;
// 55 bytes a membership, a third of a user included. A step costs what it
// touches, and copies the lists that it changes: a policy more at a scope where
// 10,000 hold one copies 160 kB.
//
// # Limits
//
// Groups that hold each other in a circle, which Ambit refuses to write, are
// equal here; SpiceDB fails on them. Objects whose ids no caller can spell (see
// rel.EncodeID) count on the way and are left out of lists. Tuples that expire
// do not exist in compiled schemas, and not here.
package index
