// Package schema holds the models: what an IAM system is made of, as data.
//
// A model is one YAML file. Load reads and validates it, Compile turns it into
// a SpiceDB schema, Content tells what a role holds. No Go code knows the name
// of a system: everything that makes two systems differ is one of the rules
// below.
//
//	schema/models/scalr.yaml ──Load──▶ *Model ──Compile──▶ schema/compiled/scalr.zed
//	                                     │
//	                                     └─Content──▶ the permissions of a role
//
// # The language
//
//	model: scalr                 # name, lower case
//	version: 1                   # raise it with every change
//	title: Scalr IAM             # for people
//	description: ...
//	sources: {S000: where statements come from}
//
//	types:                       # every kind of thing, by its name in references
//	  user:            {kind: user}
//	  service_account: {kind: service_account, in: [account], owners: [team], ownership: guarded, bypass: ownership:bypass}
//	  team:            {kind: group, in: [account], members: [user]}
//	  account:         {kind: scope}
//	  environment:     {kind: scope, in: [account], isolatable: true}
//	  farm:            {kind: resource, in: [environment], owners: [user, team], ownership: tiered}
//
//	policies:      {subjects: [user, team], at: [account, environment], max_roles: 128}
//	custom_roles:  {in: [account], inherits: true, in_use: refuse}
//
//	permissions:
//	- {name: "modules:read", at: [account, environment], description: ..., inherit_if: "environments:read"}
//	patterns:                    # wildcards that the system itself documents
//	- {name: "modules:*", at: [account, environment], description: ...}
//	roles:                       # system roles
//	- {id: admin, description: ..., permissions: ["*:*"]}
//
// # The rules, by the numbers of the design
//
//	1  types with kind scope form a tree through in; one without in is a tenant
//	2  permissions[].at: where a permission is applicable
//	3  roles[].permissions and except: patterns, * stands for any signs
//	4  roles[].assignable; roles[].permissions_at: another content per scope type
//	5  roles[].inherits, custom_roles.inherits: false keeps a role at its scope
//	6  roles[].aliases, deprecated, end_of_life, replaced_by
//	7  permissions[].needs: other permissions the same role must hold
//	8  types.T.isolatable
//	9  permissions[].any_role: held by the subjects of any policy at the scope
//	10 permissions[].from_below: also held by the subjects of policies below
//	11 types.T.ownership: guarded with bypass, or tiered with permissions[].tiers
//	12 permissions[].inherit_if
//	13 permissions[].alias_of
//	14 types.T.carries on a group: policies follow from the group's own roles and scopes
//	15 policies, custom_roles, types.T.members, nested_groups, max_owners, keeps_owners,
//	   id_case, id_pattern
package schema
