// Package world reads and writes the two kinds of files that people keep about
// access, and runs the second kind.
//
// A world file says what is there; a scenario file says what must follow from
// it:
//
//	world.yaml ────Parse────▶ iam.World ──Batches──▶ worlds that can be applied in turn
//	               Format ◀──
//
//	scalr.yaml ──ParseFile──▶ *File ──Run──▶ Report
//	                                   │
//	                                   └─▶ Door: the system under test, through
//	                                       whatever it is reached (Go, gRPC, REST,
//	                                       command line)
//
// # World files
//
//	scopes:           [{id: "account:A", name: Acme}, {id: "environment:E1", parent: "account:A", isolated: true}]
//	users:            [{id: ann, name: Ann, email: ann@example.com, status: active}]
//	service_accounts: [{id: ci, scope: "account:A", owners: ["team:dev"]}]
//	groups:           [{id: dev, scope: "account:A", members: ["user:ann"], roles: [acl], scopes: ["environment:E1"]}]
//	roles:            [{id: varadm, scope: "account:A", base: read-only, permissions: ["variables:*"], except: []}]
//	policies:         [{subject: "team:dev", roles: [admin], scope: "environment:E1"}]
//	resources:        [{id: "farm:F", scope: "environment:E1", owners: ["user:ann"]}]
//
// Ids of users, service accounts, groups and roles stand alone, everything else
// is a reference type:id. A list that is left out and an empty list differ: see
// [iam.World]. A status that is left out stays as it is; a new subject is
// active. Unknown keys, keys given twice and values of the wrong kind are errors
// that name file, line and column. JSON is read as well, because it is
// YAML; anchors and aliases work, merge keys and tags do not.
//
// # Scenario files
//
//	model: scalr               # a built-in model, or the path of a model file
//	given: {...}               # a world for all cases
//	cases:
//	- name: leaving the team
//	  given: {...}             # added to the file's
//	  when:                    # steps in order; one with error: must be refused and change nothing
//	  - remove_members: {group: "team:t", members: ["user:uma"]}
//	  - grant: {subject: "user:uma", roles: [ghost], scope: "account:A"}
//	    error: invalid_argument
//	  then:
//	    deny: ["user:uma workspaces:read workspace:W1"]
//
// A value that means nothing, such as a malformed reference, fails the case it
// stands in, and every case if it stands in the file's given.
//
// The package knows no store, no engine and no transport: who runs scenarios
// brings a [Door].
package world
