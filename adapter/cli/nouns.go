package cli

import (
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

// nouns returns all nouns, in the order of the help.
func nouns() []noun {
	return []noun{scopeNoun(), userNoun(), serviceAccountNoun(), groupNoun(), roleNoun(), policyNoun(), resourceNoun()}
}

// shape returns the descriptor of the noun's message.
func (n noun) shape() protoreflect.MessageDescriptor { return n.message.ProtoReflect().Descriptor() }

// scopeNoun: the hierarchy.
func scopeNoun() noun {
	service := func(c *client.Client) ambitv1.ScopeServiceClient { return c.Scopes }
	return noun{
		name: "scope", plural: "scopes", message: &ambitv1.Scope{}, id: "workspace:W1",
		about:         "A scope is a node of the hierarchy, named type:id. One without parent is a tenant.",
		fields:        []string{"parent", "name", "isolated"},
		fixed:         []string{"parent"},
		filters:       []string{"tenant", "parent", "type", "under"},
		columns:       []string{"id", "parent", "name", "isolated"},
		createExample: "--parent environment:E1 --name core",
		updateExample: "--name core",
		create:        rpc(service, ambitv1.ScopeServiceClient.CreateScope),
		get:           rpc(service, ambitv1.ScopeServiceClient.GetScope),
		list:          rpc(service, ambitv1.ScopeServiceClient.ListScopes),
		update:        rpc(service, ambitv1.ScopeServiceClient.UpdateScope),
		delete:        rpc(service, ambitv1.ScopeServiceClient.DeleteScope),
		more:          []func(*app) *cobra.Command{(*app).moveScope, (*app).isolateScope},
	}
}

// userNoun: people.
func userNoun() noun {
	service := func(c *client.Client) ambitv1.UserServiceClient { return c.Users }
	return noun{
		name: "user", plural: "users", message: &ambitv1.User{}, id: "ann",
		about:         "A user is a person. Users belong to no tenant; an inactive one is denied everything.",
		fields:        []string{"name", "email", "status"},
		filters:       []string{"email"},
		columns:       []string{"id", "name", "email", "status"},
		createExample: "--email ann@example.com",
		updateExample: "--status inactive",
		create:        rpc(service, ambitv1.UserServiceClient.CreateUser),
		get:           rpc(service, ambitv1.UserServiceClient.GetUser),
		list:          rpc(service, ambitv1.UserServiceClient.ListUsers),
		update:        rpc(service, ambitv1.UserServiceClient.UpdateUser),
		delete:        rpc(service, ambitv1.UserServiceClient.DeleteUser),
		more:          []func(*app) *cobra.Command{(*app).inviteUser},
	}
}

// serviceAccountNoun: subjects that are no people.
func serviceAccountNoun() noun {
	service := func(c *client.Client) ambitv1.ServiceAccountServiceClient { return c.ServiceAccounts }
	return noun{
		name: "service-account", plural: "service_accounts", message: &ambitv1.ServiceAccount{}, id: "ci",
		about:         "A service account is a subject that is no person. It lives in a scope and may be owned.",
		fields:        []string{"scope", "name", "owners", "status"},
		fixed:         []string{"scope"},
		filters:       []string{"tenant", "scope", "owner"},
		columns:       []string{"id", "scope", "name", "owners", "status"},
		createExample: "--scope account:A --owners team:dev",
		updateExample: "--status inactive",
		create:        rpc(service, ambitv1.ServiceAccountServiceClient.CreateServiceAccount),
		get:           rpc(service, ambitv1.ServiceAccountServiceClient.GetServiceAccount),
		list:          rpc(service, ambitv1.ServiceAccountServiceClient.ListServiceAccounts),
		update:        rpc(service, ambitv1.ServiceAccountServiceClient.UpdateServiceAccount),
		delete:        rpc(service, ambitv1.ServiceAccountServiceClient.DeleteServiceAccount),
	}
}

// groupNoun: sets of subjects.
func groupNoun() noun {
	service := func(c *client.Client) ambitv1.GroupServiceClient { return c.Groups }
	return noun{
		name: "group", plural: "groups", message: &ambitv1.Group{}, id: "dev",
		about:         "A group (a team) is a set of subjects that policies can name.",
		fields:        []string{"scope", "name", "members", "roles", "scopes"},
		fixed:         []string{"scope"},
		filters:       []string{"tenant", "scope", "member", "role", "carries"},
		columns:       []string{"id", "scope", "name", "members", "roles", "scopes"},
		createExample: "--scope account:A --members user:ann,user:bob",
		updateExample: "--name Developers",
		create:        rpc(service, ambitv1.GroupServiceClient.CreateGroup),
		get:           rpc(service, ambitv1.GroupServiceClient.GetGroup),
		list:          rpc(service, ambitv1.GroupServiceClient.ListGroups),
		update:        rpc(service, ambitv1.GroupServiceClient.UpdateGroup),
		delete:        rpc(service, ambitv1.GroupServiceClient.DeleteGroup),
		more:          []func(*app) *cobra.Command{(*app).addMembers, (*app).removeMembers},
	}
}

// roleNoun: system roles are listed, too, but only custom ones change.
func roleNoun() noun {
	service := func(c *client.Client) ambitv1.RoleServiceClient { return c.Roles }
	return noun{
		name: "role", plural: "roles", message: &ambitv1.Role{}, id: "varadm",
		about:         "A role is a set of permissions. System roles come from the model and cannot be changed;\ncustom roles belong to a scope, usually the tenant, and may start from a base role.",
		fields:        []string{"scope", "name", "description", "base", "permissions", "except"},
		fixed:         []string{"scope"},
		filters:       []string{"tenant", "scope", "base"},
		columns:       []string{"id", "scope", "system", "assignable", "base", "permissions"},
		createExample: "--scope account:A --base read-only --permissions 'variables:*'",
		updateExample: "--permissions 'variables:*'",
		create:        rpc(service, ambitv1.RoleServiceClient.CreateRole),
		get:           rpc(service, ambitv1.RoleServiceClient.GetRole),
		list:          rpc(service, ambitv1.RoleServiceClient.ListRoles),
		update:        rpc(service, ambitv1.RoleServiceClient.UpdateRole),
		delete:        rpc(service, ambitv1.RoleServiceClient.DeleteRole),
		more:          []func(*app) *cobra.Command{(*app).migrateRoles},
	}
}

// policyNoun: who has which roles where. Only the roles of a policy change.
func policyNoun() noun {
	service := func(c *client.Client) ambitv1.PolicyServiceClient { return c.Policies }
	return noun{
		name: "policy", plural: "policies", message: &ambitv1.Policy{}, id: "p-5pls6n37v4ug6c7h", namedByFlag: true,
		about:         "An access policy gives a subject roles at a scope. Without an id it gets one that follows\nfrom subject, scope and roles.",
		fields:        []string{"id", "subject", "roles", "scope"},
		fixed:         []string{"id", "subject", "scope"},
		filters:       []string{"tenant", "subject", "scope", "role"},
		columns:       []string{"id", "subject", "roles", "scope"},
		createExample: "--subject team:dev --roles admin --scope environment:E1",
		updateExample: "--roles admin,user",
		create:        rpc(service, ambitv1.PolicyServiceClient.CreatePolicy),
		get:           rpc(service, ambitv1.PolicyServiceClient.GetPolicy),
		list:          rpc(service, ambitv1.PolicyServiceClient.ListPolicies),
		update:        rpc(service, ambitv1.PolicyServiceClient.UpdatePolicy),
		delete:        rpc(service, ambitv1.PolicyServiceClient.DeletePolicy),
		more:          []func(*app) *cobra.Command{(*app).revokePolicies},
	}
}

// resourceNoun: what may have owners.
func resourceNoun() noun {
	service := func(c *client.Client) ambitv1.ResourceServiceClient { return c.Resources }
	return noun{
		name: "resource", plural: "resources", message: &ambitv1.Resource{}, id: "farm:F",
		about:         "A resource is an ownable object inside a scope, named type:id.",
		fields:        []string{"scope", "name", "owners"},
		fixed:         []string{"scope"},
		filters:       []string{"tenant", "scope", "type", "owner"},
		columns:       []string{"id", "scope", "name", "owners"},
		createExample: "--scope environment:E1 --owners user:ann",
		updateExample: "--owners user:ann,team:dev",
		create:        rpc(service, ambitv1.ResourceServiceClient.CreateResource),
		get:           rpc(service, ambitv1.ResourceServiceClient.GetResource),
		list:          rpc(service, ambitv1.ResourceServiceClient.ListResources),
		update:        rpc(service, ambitv1.ResourceServiceClient.UpdateResource),
		delete:        rpc(service, ambitv1.ResourceServiceClient.DeleteResource),
	}
}
