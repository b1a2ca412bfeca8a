package server

import "slices"

// step is one request and a part of its answer.
type step struct {
	// method is the gRPC method, "ScopeService.CreateScope".
	method string
	// request is the gRPC request in JSON.
	request string
	// want is what the answer must at least hold, in JSON.
	want string
}

// routeSteps calls every method at least once, by model.
func routeSteps() map[string][]step {
	return map[string][]step{"scalr": slices.Concat(scalrSteps(), questionSteps()), "scalr-classic": classicSteps()}
}

func scalrSteps() []step {
	return []step{
		{"WorldService.ReconcileWorld", `{"fix":true}`, `{"result":{"missing":"0","foreign":"0","fixed":false}}`},
		{"WorldService.ApplyWorld", `{"world":{"scopes":[{"id":"account:A","name":"Acme"},{"id":"environment:E","parent":"account:A"}],"users":[{"id":"ann"},{"id":"bob"}]}}`, `{"applied":true}`},
		{"ScopeService.CreateScope", `{"scope":{"id":"workspace:W","parent":"environment:E"},"request_id":"r1"}`, `{"scope":{"id":"workspace:W","isolated":false,"tenant":"account:A","etag":"1"},"applied":true}`},
		{"ScopeService.CreateScope", `{"scope":{"id":"workspace:W","parent":"environment:E"},"request_id":"r1"}`, `{"scope":{"etag":"1"},"applied":true}`},
		{"ScopeService.CreateScope", `{"scope":{"id":"workspace:W","parent":"environment:E"}}`, `{"error":{"code":"ALREADY_EXISTS","field":"id"}}`},
		{"ScopeService.CreateScope", `{"scope":{"id":"environment:F","parent":"account:A"}}`, `{"applied":true}`},
		{"ScopeService.UpdateScope", `{"scope":{"id":"workspace:W","name":"Web","etag":"7"}}`, `{"error":{"code":"ABORTED","reason":"ETAG_MISMATCH"}}`},
		{"ScopeService.UpdateScope", `{"scope":{"id":"workspace:W","name":"Web","etag":"1","parent":"environment:E"}}`, `{"scope":{"name":"Web","etag":"2"}}`},
		{"ScopeService.UpdateScope", `{"scope":{"id":"workspace:W","parent":"environment:F"}}`, `{"error":{"reason":"FIELD_IMMUTABLE","field":"parent","value":"environment:F"}}`},
		{"ScopeService.UpdateScope", `{"scope":{"id":"workspace:W"},"update_mask":"name"}`, `{"scope":{"name":""}}`},
		{"ScopeService.MoveScope", `{"id":"workspace:W","parent":"environment:F"}`, `{"scope":{"id":"workspace:W","parent":"environment:F"}}`},
		{"ScopeService.GetScope", `{"id":"workspace:W"}`, `{"id":"workspace:W","parent":"environment:F"}`},
		{"ScopeService.GetScope", `{"id":"workspace"}`, `{"error":{"code":"INVALID_ARGUMENT","reason":"REFERENCE_MALFORMED","field":"id"}}`},
		{"ScopeService.ListScopes", `{"under":"account:A","type":"environment","page_size":1}`, `{"scopes":[{"id":"environment:E"}],"next_page_token":"*"}`},
		{"GroupService.CreateGroup", `{"group":{"id":"dev","scope":"account:A","members":["user:ann"]}}`, `{"group":{"members":["user:ann"]}}`},
		{"GroupService.AddMembers", `{"id":"dev","members":["user:bob"]}`, `{"group":{"members":["user:ann","user:bob"]}}`},
		{"GroupService.RemoveMembers", `{"id":"dev","members":["user:bob"]}`, `{"group":{"members":["user:ann"]}}`},
		{"GroupService.UpdateGroup", `{"group":{"id":"dev"},"update_mask":"members"}`, `{"group":{"members":[]}}`},
		{"GroupService.UpdateGroup", `{"group":{"id":"dev","members":["user:ann"]}}`, `{"group":{"members":["user:ann"]}}`},
		{"GroupService.GetGroup", `{"id":"dev"}`, `{"id":"dev","scope":"account:A"}`},
		{"GroupService.ListGroups", `{"member":"user:ann"}`, `{"groups":[{"id":"dev"}],"next_page_token":""}`},
		{"RoleService.CreateRole", `{"role":{"id":"varadm","scope":"account:A","permissions":["variables:*"]}}`, `{"role":{"system":false,"permissions":["variables:*"]}}`},
		{"RoleService.CreateRole", `{"role":{"id":"bad","scope":"account:A","permissions":["nothing:*"]}}`, `{"error":{"code":"INVALID_ARGUMENT"}}`},
		{"RoleService.UpdateRole", `{"role":{"id":"varadm","description":"Variables"}}`, `{"role":{"description":"Variables","permissions":["variables:*"]}}`},
		{"RoleService.UpdateRole", `{"role":{"id":"admin","description":"mine"}}`, `{"error":{"code":"FAILED_PRECONDITION","reason":"SYSTEM_ROLE"}}`},
		{"RoleService.GetRole", `{"id":"admin"}`, `{"id":"admin","system":true,"etag":"","create_time":null}`},
		{"RoleService.ListRoles", `{"scope":"account:A"}`, `{"roles":[{"id":"varadm"}]}`},
		{"RoleService.MigrateRoles", `{}`, `{"policies":0,"applied":true}`},
		{"PolicyService.CreatePolicy", `{"policy":{"id":"p1","subject":"team:dev","roles":["admin"],"scope":"environment:F"}}`, `{"policy":{"id":"p1","tenant":"account:A"}}`},
		{"PolicyService.UpdatePolicy", `{"policy":{"id":"p1","roles":["varadm"]}}`, `{"policy":{"roles":["varadm"]}}`},
		{"PolicyService.GetPolicy", `{"id":"p1"}`, `{"subject":"team:dev","roles":["varadm"],"scope":"environment:F"}`},
		{"PolicyService.ListPolicies", `{"subject":"team:dev"}`, `{"policies":[{"id":"p1"}]}`},
	}
}

// questionSteps go on where scalrSteps end.
func questionSteps() []step {
	return []step{
		{"AccessService.Check", `{"subject":"user:ann","permission":"variables:read","object":"workspace:W"}`, `{"allowed":true,"reason":"GRANTED"}`},
		{"AccessService.Check", `{"subject":"user:bob","permission":"variables:read","object":"workspace:W","full":true}`, `{"allowed":false,"reason":"NO_GRANT"}`},
		{"AccessService.Check", `{"subject":"user:ann","permission":"nothing","object":"workspace:W"}`, `{"error":{"code":"INVALID_ARGUMENT","field":"permission","value":"nothing"}}`},
		{"AccessService.CheckMany", `{"items":[{"subject":"user:bob","permission":"variables:read","object":"workspace:W"},{"subject":"user:ann","permission":"variables:read","object":"workspace:W"}]}`, `{"results":[{"allowed":false,"reason":"NO_GRANT"},{"allowed":true}]}`},
		{"AccessService.CheckMany", `{"items":[{"subject":"user:ann","permission":"variables:read","object":"workspace:W"},{"subject":"bob"}]}`, `{"error":{"field":"items[1].subject","value":"bob"}}`},
		{"AccessService.Permissions", `{"subject":"user:ann","object":"workspace:W"}`, `{"permissions":["variables:create","variables:delete","variables:read","variables:update"]}`},
		{"AccessService.Explain", `{"subject":"user:ann","permission":"variables:read","object":"workspace:W"}`, `{"allowed":true,"reason":"GRANTED","source":"INDEX","paths":[{"kind":"ROLE","chain":["user:ann","team:dev"],"grant":{"role":"varadm","pattern":"variables:*","policies":["p1"]}}],"svg":""}`},
		{"AccessService.Explain", `{"subject":"user:bob","permission":"variables:read","object":"workspace:W","format":"svg"}`, `{"allowed":false,"reason":"NO_GRANT","denials":[{"cause":"NO_POLICY","object":"workspace:W"}],"suggestions":[{"steps":[{"kind":"ADD_MEMBER","text":"add user:bob to team:dev"}],"permissions":4},{"permissions":4},{"permissions":4},{"permissions":4},{"permissions":27}]}`},
		{"AccessService.Explain", `{"subject":"user:bob","permission":"variables:read","object":"workspace:W","format":"png"}`, `{"error":{"reason":"FORMAT_UNKNOWN","field":"format","value":"png"}}`},
		{"AccessService.Resources", `{"subject":"user:ann","permission":"variables:read","type":"workspace"}`, `{"resources":["workspace:W"],"next_page_token":""}`},
		{"AccessService.Subjects", `{"permission":"variables:read","object":"workspace:W"}`, `{"subjects":["user:ann"]}`},
		{"AccessService.Resources", `{"subject":"user:ann","permission":"variables:read","type":"workspace","filter":true}`, `{"resources":[],"filter":{"below":["environment:F"],"objects":[]}}`},
		{"AccessService.Resources", `{"subject":"user:ann","permission":"variables:read","type":"workspace","filter":true,"page_token":"x"}`, `{"error":{"code":"INVALID_ARGUMENT","reason":"PAGE_OF_FILTER","field":"page_token"}}`},
		{"AccessService.Resources", `{"subject":"user:ann","permission":"variables:read","type":"workspace","filter":true,"page_size":5}`, `{"error":{"reason":"PAGE_OF_FILTER","field":"page_size"}}`},
		{"AccessService.Subjects", `{"permission":"variables:read","object":"workspace:W","groups":true}`, `{"subjects":["team:dev"],"holders":[]}`},
		{"AccessService.Subjects", `{"permission":"variables:read","object":"workspace:W","via":true}`, `{"subjects":["user:ann"],"holders":[{"subject":"user:ann","kind":"ROLE","chain":["user:ann","team:dev"],"role":"varadm","scope":"environment:F","inherited":true,"below":false}]}`},
		{"AccessService.Subjects", `{"permission":"variables:read","object":"workspace:W","groups":true,"type":"user"}`, `{"error":{"reason":"TYPE_WITH_GROUPS","field":"type"}}`},
		{"WorldService.PlanWorld", `{"world":{"groups":[{"id":"dev","members":["user:bob"]}]},"page_size":1}`, `{"gains":"8","losses":"8","subjects":"2","objects":"2","changes":[{"gained":false,"subject":"user:ann","permission":"variables:create","object":"environment:F"}],"next_page_token":"*"}`},
		{"WorldService.PlanWorld", `{"world":{"users":[{"id":"bob"}]}}`, `{"gains":"0","losses":"0","changes":[],"next_page_token":""}`},
		{"WorldService.PlanWorld", `{"world":{"groups":[{"id":"dev","members":["user:ghost"]}]}}`, `{"error":{"code":"NOT_FOUND","field":"groups[0].members[0]"}}`},
		{"WorldService.PlanWorld", `{"world":{"groups":[{"id":"dev","scoop":"x"}]}}`, `{"error":{"code":"INVALID_ARGUMENT"}}`},
		{"WorldService.PlanWorld", `{"world":{},"page_token":"x"}`, `{"error":{"reason":"PAGE_TOKEN"}}`},
		{"WorldService.PlanWorld", `{}`, `{"error":{"code":"INVALID_ARGUMENT","reason":"REQUIRED","field":"world"}}`},
		{"GroupService.GetGroup", `{"id":"dev"}`, `{"members":["user:ann"]}`},
		{"PolicyService.RevokePolicies", `{"subject":"team:dev","roles":["varadm"],"scope":"environment:F"}`, `{"applied":true}`},
		{"PolicyService.RevokePolicies", `{"subject":"team:dev","roles":["varadm"],"scope":"environment:F"}`, `{"error":{"code":"NOT_FOUND"}}`},
		{"UserService.InviteUser", `{"user":"user:eve","roles":["user"],"scope":"account:A","email":"eve@example.com"}`, `{"policy":{"subject":"user:eve","roles":["user"]}}`},
		{"UserService.InviteUser", `{"user":"team:dev","roles":["user"],"scope":"account:A"}`, `{"error":{"reason":"USER_TYPE","field":"user"}}`},
		{"UserService.GetUser", `{"id":"eve"}`, `{"id":"eve","email":"eve@example.com","status":"active"}`},
		{"UserService.CreateUser", `{"user":{"id":"zoe","name":"Zoe"}}`, `{"user":{"id":"zoe","status":"active"}}`},
		{"UserService.UpdateUser", `{"user":{"id":"zoe","status":"inactive"}}`, `{"user":{"name":"Zoe","status":"inactive"}}`},
		{"UserService.ListUsers", `{"email":"eve@example.com"}`, `{"users":[{"id":"eve"}]}`},
		{"UserService.DeleteUser", `{"id":"zoe","etag":"1"}`, `{"error":{"code":"ABORTED"}}`},
		{"UserService.DeleteUser", `{"id":"zoe","etag":"2"}`, `{"applied":true}`},
		{"ServiceAccountService.CreateServiceAccount", `{"service_account":{"id":"ci","scope":"account:A","owners":["team:dev"]}}`, `{"service_account":{"owners":["team:dev"],"status":"active"}}`},
		{"ServiceAccountService.UpdateServiceAccount", `{"service_account":{"id":"ci","status":"inactive"}}`, `{"service_account":{"owners":["team:dev"],"status":"inactive"}}`},
		{"ServiceAccountService.GetServiceAccount", `{"id":"ci"}`, `{"id":"ci","scope":"account:A"}`},
		{"ServiceAccountService.ListServiceAccounts", `{"owner":"team:dev"}`, `{"service_accounts":[{"id":"ci"}]}`},
		{"WorldService.ApplyWorld", `{"world":{"groups":[{"id":"dev","scope":"account:A","name":"Developers"}]}}`, `{"applied":true}`},
		{"GroupService.GetGroup", `{"id":"dev"}`, `{"name":"Developers","members":["user:ann"]}`},
		{"WorldService.ApplyWorld", `{"world":{"groups":[{"id":"dev","scope":"account:A","members":[]}]}}`, `{"applied":true}`},
		{"GroupService.GetGroup", `{"id":"dev"}`, `{"name":"Developers","members":[]}`},
		{"WorldService.ApplyWorld", `{"world":{"groups":[{"id":"dev","scoop":"account:A"}]}}`, `{"error":{"code":"INVALID_ARGUMENT"}}`},
		{"WorldService.ExportWorld", `{"tenant":"account:A"}`, `{"groups":[{"id":"dev","scope":"account:A","name":"Developers"}]}`},
		{"ServiceAccountService.DeleteServiceAccount", `{"id":"ci"}`, `{"applied":true}`},
		{"GroupService.DeleteGroup", `{"id":"dev"}`, `{"applied":true}`},
		{"RoleService.DeleteRole", `{"id":"varadm"}`, `{"applied":true}`},
		{"PolicyService.DeletePolicy", `{"id":"p1"}`, `{"error":{"code":"NOT_FOUND","field":"id","value":"p1"}}`},
		{"ScopeService.DeleteScope", `{"id":"workspace:W"}`, `{"applied":true}`},
		{"ModelService.GetModel", `{}`, `{"name":"scalr","policies":{"max_roles":128}}`},
		{"ModelService.GetSchema", `{}`, `{}`},
		{"AuditService.ListAuditEntries", `{"page_size":1,"object":"workspace:W"}`, `{"audit_entries":[{"actor":"admin","object":"workspace:W","tenant":"account:A"}],"next_page_token":"*"}`},
		{"AuditService.ListAuditEntries", `{"page_token":"x"}`, `{"error":{"reason":"PAGE_TOKEN"}}`},
	}
}

func classicSteps() []step {
	return []step{
		{"WorldService.ApplyWorld", `{"world":{"scopes":[{"id":"account:A"},{"id":"environment:E","parent":"account:A"}],"users":[{"id":"ann"}]}}`, `{"applied":true}`},
		{"GroupService.CreateGroup", `{"group":{"id":"dev","scope":"account:A","members":["user:ann"],"roles":["full-access"],"scopes":["environment:E"]}}`, `{"group":{"roles":["full-access"],"scopes":["environment:E"]}}`},
		{"ResourceService.CreateResource", `{"resource":{"id":"farm:F","scope":"environment:E","owners":["user:ann"]}}`, `{"resource":{"id":"farm:F","tenant":"account:A"}}`},
		{"ResourceService.UpdateResource", `{"resource":{"id":"farm:F","owners":["team:dev"]}}`, `{"resource":{"owners":["team:dev"]}}`},
		{"ResourceService.GetResource", `{"id":"farm:F"}`, `{"id":"farm:F","scope":"environment:E","owners":["team:dev"]}`},
		{"ResourceService.ListResources", `{"scope":"environment:E"}`, `{"resources":[{"id":"farm:F"}]}`},
		{"ResourceService.DeleteResource", `{"id":"farm:F","etag":"2"}`, `{"applied":true}`},
		{"PolicyService.CreatePolicy", `{"policy":{"subject":"user:ann","roles":["read-only"],"scope":"environment:E"}}`, `{"error":{"code":"INVALID_ARGUMENT"}}`},
	}
}
