package adapter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// The names under which a database remembers its model.
const (
	metaModel        = "model"
	metaModelVersion = "model_version"
)

// claimModel checks that the model fits what the store holds, and remembers it.
// A store that holds nothing takes any model; another model, an older version,
// and a changed model that some row no longer fits are refused.
// It reports whether the model differs from the one that SpiceDB was filled by.
func (a *Adapter) claimModel(ctx context.Context) (changed bool, err error) {
	held, err := a.store.Meta().Get(ctx, metaModel)
	if err != nil {
		return false, err
	}
	if held != "" && held != a.model.Name {
		return false, iam.Forbidden("OTHER_MODEL", "model", a.model.Name, "this database holds the model "+held+"; use another database, or that model")
	}
	version, err := a.store.Meta().Get(ctx, metaModelVersion)
	if err != nil {
		return false, err
	}
	if n, err := strconv.Atoi(version); err == nil && n > a.model.Version {
		return false, iam.Forbidden("MODEL_OLDER", "model", a.model.Name, fmt.Sprintf(
			"this database was used with version %d of the model; this is version %d", n, a.model.Version))
	}
	known, err := a.store.Meta().Get(ctx, metaDigest)
	if err != nil || known == digest(a.model) {
		return false, err
	}
	if err := a.checkOrphans(ctx); err != nil {
		return false, err
	}
	if err := a.store.Meta().Set(ctx, metaModel, a.model.Name); err != nil {
		return false, err
	}
	return true, a.store.Meta().Set(ctx, metaModelVersion, strconv.Itoa(a.model.Version))
}

// shownOrphans bounds how many rows a refusal names.
const shownOrphans = 5

// checkOrphans refuses a model that some row of the store does not fit, and
// names the rows.
func (a *Adapter) checkOrphans(ctx context.Context) error {
	var world iam.World
	err := a.store.Read(ctx, func(rows Rows) (err error) {
		world, err = exportRows(ctx, rows, iam.Ref{})
		return err
	})
	if err != nil {
		return err
	}
	orphans := a.orphans(world)
	if len(orphans) == 0 {
		return nil
	}
	shown := orphans[:min(len(orphans), shownOrphans)]
	sentence := "the model no longer fits what this database holds: " + strings.Join(shown, "; ")
	if more := len(orphans) - len(shown); more > 0 {
		sentence += fmt.Sprintf("; and %d more", more)
	}
	return iam.Forbidden("MODEL_ORPHANS", "model", a.model.Name, sentence)
}

// orphans describes every row that the model does not allow.
func (a *Adapter) orphans(world iam.World) []string {
	var found []string
	note := func(what string, err error) {
		if err != nil {
			found = append(found, what+" ("+err.Error()+")")
		}
	}
	for _, scope := range world.Scopes {
		note("scope "+scope.Ref.String(), a.checkScope(scope))
	}
	for _, account := range world.ServiceAccounts {
		_, err := a.checkServiceAccount(account)
		note("service account "+string(account.ID), err)
	}
	custom := map[iam.RoleID]bool{}
	for _, role := range world.Roles {
		custom[role.ID] = true
		note("role "+string(role.ID), a.checkRole(role))
	}
	for _, group := range world.Groups {
		_, err := a.checkGroup(group)
		note("group "+string(group.ID), errors.Join(err, a.rolesKnown(group.Roles, custom)))
	}
	for _, policy := range world.Policies {
		_, err := a.checkPolicy(policy)
		note("policy "+string(policy.ID)+" of "+policy.Subject.String()+" at "+policy.Scope.String(),
			errors.Join(err, a.rolesKnown(policy.Roles, custom)))
	}
	for _, resource := range world.Resources {
		note("resource "+resource.Ref.String(), a.checkResource(resource))
	}
	return found
}

// rolesKnown refuses a role that is neither of the model nor custom.
func (a *Adapter) rolesKnown(roles []iam.RoleID, custom map[iam.RoleID]bool) error {
	for _, id := range roles {
		if a.model.Role(string(id)) == nil && !custom[id] {
			return iam.Missing("roles", string(id))
		}
	}
	return nil
}
