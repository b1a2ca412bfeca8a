// Package relay carries committed changes from the outbox to SpiceDB.
//
//	transaction ──commit──▶ outbox (tenant, 1, 2, 3 …) ──Deliver──▶ SpiceDB
//	                              ▲                         │
//	                              └──── Delivered(seq) ◀────┘
//
// Entries of one tenant are delivered in their order, one write each; tenants
// do not wait for each other. Delivery is attempted in the request that made
// the change, and again by Run until it succeeds, so a crash or an outage
// between commit and delivery loses nothing. Updates are TOUCH and DELETE: an
// entry that is delivered twice has the effect of one.
package relay
