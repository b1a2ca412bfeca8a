// Package remote connects to a SpiceDB that runs elsewhere, on one server or on
// many.
//
//	ambit ──▶ spicedb.Engine ──▶ Conn ──TLS, key──▶ SpiceDB ─┐
//	                              │                  SpiceDB ─┼─▶ datastore
//	                              └─ round robin ──▶ SpiceDB ─┘
//
// Dial looks before it leaps: it says in one sentence whether SpiceDB cannot be
// reached, does not know the key, or speaks TLS where plaintext was expected,
// rather than letting the first request find out. Its errors are *iam.Error and
// never hold the key.
//
// # Many endpoints
//
// Calls go to all endpoints in turn. It does not matter to SpiceDB's caches
// which server is asked: each one hands the parts of a question to those that
// have them in memory, by a hash ring among the servers themselves. A ring on
// this side would only make one server the only door for some keys.
//
// # Repeated calls
//
// A call that SpiceDB answered UNAVAILABLE is made again a few times, with a
// growing and random pause, as long as most calls succeed; when most fail, they
// fail at once, so that a SpiceDB that comes up is not met by a storm. Writes
// are repeated, too: under spicedb.Bookkeeping the second arrival of a change
// has no effect, and what carries no change touches and deletes, which may be
// repeated. Only a bulk import is not, because its tuples must be new.
package remote
