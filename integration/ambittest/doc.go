// Package ambittest gives tests an Ambit to work with.
//
//	                 Embedded                       Run
//	store            SQLite, gone afterwards        PostgreSQL in a container
//	SpiceDB          in this process                in a container, on PostgreSQL
//	clock            the test's                     the machine's
//	ready in         a tenth of a second            a second, the first one in three
//	needs            nothing                        Docker
//
// Embedded is for nearly all tests: whether your roles give what they should,
// what your program does with a no, what happens after the last membership
// ended. Run is for those that must see what only production has: several
// servers, a database that other programs look into, SpiceDB's own client.
//
//	func TestReaders(t *testing.T) {
//		system := ambittest.Embedded(t, `
//	scopes:   [{id: "account:acme"}]
//	users:    [{id: ann}]
//	policies: [{subject: "user:ann", roles: [read-only], scope: "account:acme"}]
//	`)
//		if system.Allowed("user:ann", "workspaces:delete", "account:acme") {
//			t.Error("a reader deletes")
//		}
//	}
//
// Every system is new, shares nothing with another, and ends with its test. So
// tests can run in parallel.
//
// # Containers
//
// All calls of Run in a process share one PostgreSQL server, in which each has
// databases of its own; the server ends with the last test that uses it. A
// package with many tests that run one after another keeps it for all of them
// with [Main]. If a test process is killed, testcontainers' Ryuk removes what it
// left, unless TESTCONTAINERS_RYUK_DISABLED is set.
//
// The images are those of docker-compose.yml. Where they cannot be pulled,
// scripts/images makes them.
package ambittest
