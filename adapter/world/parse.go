package world

import (
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Parse reads a world file, YAML or JSON. The name stands in errors.
//
// Lists of references and of roles come back sorted. Tenants and stamps are not
// part of a file and stay zero. With a model, the types of references must be
// its types, aliases of roles are resolved, and a policy without an id has the
// one that follows from its content; nil leaves all three to whoever applies
// the world.
//
// A status that is left out stays empty: a new subject becomes active, an old
// one stays as it is. With isolated it is different: an [iam.Scope] only knows
// yes and no, so that leaving it out says that the scope is not isolated.
//
// Every error is an *iam.Error with code INVALID_ARGUMENT whose field is the
// path (policies[2].scope) and whose message ends with file:line:column (file:line
// if the text is no YAML), or [Faults], several of them.
func Parse(name string, data []byte, model *schema.Model) (iam.World, error) {
	root, err := open(name, data, model)
	if err != nil {
		return iam.World{}, err
	}
	w := root.world()
	if err := root.err(); err != nil {
		return iam.World{}, err
	}
	return w, nil
}

// world reads the mapping that says what is there.
func (v value) world() iam.World {
	rec := v.record("scopes", "users", "service_accounts", "groups", "roles", "policies", "resources")
	return iam.World{
		Scopes:          each(rec.at("scopes"), value.scope),
		Users:           each(rec.at("users"), value.user),
		ServiceAccounts: each(rec.at("service_accounts"), value.serviceAccount),
		Groups:          each(rec.at("groups"), value.group),
		Roles:           each(rec.at("roles"), value.role),
		Policies:        each(rec.at("policies"), value.policy),
		Resources:       each(rec.at("resources"), value.resource),
	}
}

func (v value) scope() iam.Scope {
	rec := v.record("id", "parent", "name", "isolated")
	return iam.Scope{
		Ref:      rec.at("id").requiredRef(),
		Parent:   rec.at("parent").ref(),
		Name:     rec.at("name").text(),
		Isolated: rec.at("isolated").flag(),
	}
}

func (v value) user() iam.User {
	rec := v.record("id", "name", "email", "status")
	return iam.User{
		ID:     iam.UserID(rec.at("id").id()),
		Name:   rec.at("name").text(),
		Email:  rec.at("email").text(),
		Status: rec.at("status").status(),
	}
}

func (v value) serviceAccount() iam.ServiceAccount {
	rec := v.record("id", "scope", "name", "owners", "status")
	return iam.ServiceAccount{
		ID:     iam.ServiceAccountID(rec.at("id").id()),
		Scope:  rec.at("scope").ref(),
		Name:   rec.at("name").text(),
		Owners: rec.at("owners").refs(),
		Status: rec.at("status").status(),
	}
}

func (v value) group() iam.Group {
	rec := v.record("id", "scope", "name", "members", "roles", "scopes")
	return iam.Group{
		ID:      iam.GroupID(rec.at("id").id()),
		Scope:   rec.at("scope").ref(),
		Name:    rec.at("name").text(),
		Members: rec.at("members").refs(),
		Roles:   rec.at("roles").roles(),
		Scopes:  rec.at("scopes").refs(),
	}
}

func (v value) role() iam.Role {
	rec := v.record("id", "scope", "name", "description", "base", "permissions", "except")
	return iam.Role{
		ID:          iam.RoleID(rec.at("id").id()),
		Scope:       rec.at("scope").ref(),
		Name:        rec.at("name").text(),
		Description: rec.at("description").text(),
		Base:        iam.RoleID(rec.at("base").text()),
		Permissions: each(rec.at("permissions"), value.required),
		Except:      each(rec.at("except"), value.required),
	}
}

func (v value) policy() iam.Policy {
	rec := v.record("id", "subject", "roles", "scope", "expires_at")
	if expiry := rec.at("expires_at"); !expiry.absent() {
		expiry.refuse(ReasonNotSupported, "", "time-limited policies come with a later version; leave expires_at out")
	}
	policy := rec.grant()
	if rec.has("id") {
		policy.ID = iam.PolicyID(rec.at("id").id())
	}
	return policy
}

// grant reads subject, roles and scope and, if aliases can be resolved, gives
// them the id that follows.
func (r record) grant() iam.Policy {
	policy := iam.Policy{
		Subject: r.at("subject").requiredRef(),
		Roles:   r.at("roles").roles(),
		Scope:   r.at("scope").requiredRef(),
	}
	if !r.has("roles") {
		r.at("roles").refuse(ReasonRequired, "", "is required")
	}
	if r.model != nil {
		policy.ID = iam.DerivedPolicyID(policy.Subject, policy.Scope, policy.Roles)
	}
	return policy
}

func (v value) resource() iam.Resource {
	rec := v.record("id", "scope", "name", "owners")
	return iam.Resource{
		Ref:    rec.at("id").requiredRef(),
		Scope:  rec.at("scope").ref(),
		Name:   rec.at("name").text(),
		Owners: rec.at("owners").refs(),
	}
}
