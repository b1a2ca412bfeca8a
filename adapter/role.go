package adapter

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// RoleChange says what to change of a custom role. Nil fields stay.
type RoleChange struct {
	Name        *string
	Description *string
	Base        *iam.RoleID
	Permissions *[]string
	Except      *[]string
	// Revision, if not 0, must be the role's present one, else ABORTED.
	Revision int64
}

// CreateRole adds a custom role. An empty id is generated.
//
// Errors: INVALID_ARGUMENT if the model has no custom roles, or a pattern
// matches no permission; FAILED_PRECONDITION, reason SYSTEM_ROLE, if the id is a
// system role's; NOT_FOUND for the scope or the base; ALREADY_EXISTS.
func (a *Adapter) CreateRole(ctx context.Context, role iam.Role) (RoleView, Receipt, error) {
	role.ID = iam.RoleID(a.newID(string(role.ID)))
	var saved iam.Role
	receipt, err := a.write(ctx, func(c *change) error {
		_, err := c.tx.Roles().Get(ctx, role.ID)
		if err := unused("id", string(role.ID), err); err != nil {
			return err
		}
		saved, err = c.putRole(ctx, role, "role.create")
		return err
	})
	return a.customView(saved), receipt, err
}

// putRole writes a custom role. Only its own tuples change, however many hold it.
func (c *change) putRole(ctx context.Context, role iam.Role, action string) (iam.Role, error) {
	if err := c.checkBase(ctx, role.Base); err != nil {
		return role, err
	}
	if err := c.checkRole(role); err != nil {
		return role, err
	}
	scope, err := c.lockedScope(ctx, "scope", role.Scope)
	if err != nil {
		return role, err
	}
	role.Tenant = scope.Tenant
	old, err := c.tx.Roles().Get(ctx, role.ID)
	if same(old, err, role) {
		return old, nil
	}
	if err := c.touch(ctx, role.Tenant, fragment{kind: roleFragment, role: role.ID}); err != nil {
		return role, err
	}
	saved, err := c.tx.Roles().Put(ctx, role)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, role.Tenant, roleRef(role.ID), map[string]any{
		"base": role.Base, "permissions": role.Permissions, "except": role.Except,
	})
}

// roleRef names a role in audit entries and deletions.
func roleRef(id iam.RoleID) iam.Ref { return iam.Ref{Type: schema.DefinitionRole, ID: string(id)} }

func (a *Adapter) checkRole(role iam.Role) error {
	rules := a.model.CustomRoles
	if a.model.Role(string(role.ID)) != nil {
		return iam.Forbidden("SYSTEM_ROLE", "id", string(role.ID), "is a role of the model; it cannot be changed, deleted or replaced")
	}
	if rules == nil {
		return iam.Invalid("CUSTOM_ROLES_NOT_SUPPORTED", "id", string(role.ID), "the model "+a.model.Name+" has system roles only")
	}
	if err := iam.CheckID("id", string(role.ID)); err != nil {
		return err
	}
	if a.limits.role != nil && !a.limits.role.MatchString(string(role.ID)) {
		return iam.Invalid("ID_PATTERN", "id", string(role.ID), "ids of custom roles match "+rules.Pattern)
	}
	if err := checkText("name", role.Name, maxName); err != nil {
		return err
	}
	if err := checkText("description", role.Description, maxDescription); err != nil {
		return err
	}
	if err := a.wantKind("scope", role.Scope, schema.KindScope); err != nil {
		return err
	}
	if !slices.Contains(rules.In, role.Scope.Type) {
		return iam.Invalid("SCOPE_NOT_ALLOWED", "scope", role.Scope.String(), "custom roles belong to "+strings.Join(rules.In, " or "))
	}
	return a.checkContent(role)
}

// checkBase tells a base that is a custom role from one that does not exist.
func (c *change) checkBase(ctx context.Context, base iam.RoleID) error {
	if base == "" || c.model.Role(string(base)) != nil {
		return nil
	}
	if _, err := roleNoun().get(ctx, c.tx, "base", base); err != nil {
		return err
	}
	return iam.Invalid("BASE_NOT_ALLOWED", "base", string(base), "is a custom role; a role starts from one of the model")
}

func (a *Adapter) checkContent(role iam.Role) error {
	if role.Base != "" {
		base := a.model.Role(string(role.Base))
		if base == nil {
			return iam.Missing("base", string(role.Base))
		}
		if base.PermissionsAt != nil {
			return iam.Invalid("BASE_NOT_ALLOWED", "base", string(role.Base), "its content differs by scope type, so no role can start from it")
		}
	}
	if role.Base == "" && len(role.Permissions) == 0 && !a.model.CustomRoles.AllowEmpty {
		return iam.Invalid("ROLE_EMPTY", "permissions", "", "give the role a base or at least one permission")
	}
	if err := a.checkPatterns("permissions", role.Permissions); err != nil {
		return err
	}
	return a.checkPatterns("except", role.Except)
}

func (a *Adapter) checkPatterns(field string, patterns []string) error {
	for i, pattern := range patterns {
		if a.model.Matches(pattern) {
			continue
		}
		at := fmt.Sprintf("%s[%d]", field, i)
		if p := a.model.Permission(pattern); p != nil {
			return iam.Invalid("PERMISSION_DERIVED", at, pattern, "follows from other permissions, so no role can hold it")
		}
		if strings.Contains(pattern, "*") {
			return iam.Invalid("PATTERN_MATCHES_NOTHING", at, pattern, "matches no permission of the model "+a.model.Name)
		}
		return iam.Invalid("PERMISSION_UNKNOWN", at, pattern, "is no permission of the model "+a.model.Name)
	}
	return nil
}

// UpdateRole changes a custom role as one step: a check sees the role before or
// after, and a permission that it keeps is held throughout. Its scope is fixed.
//
// Errors: NOT_FOUND; ABORTED for an old Revision; INVALID_ARGUMENT for content
// as in CreateRole; FAILED_PRECONDITION, reason SYSTEM_ROLE, for a role of the
// model.
func (a *Adapter) UpdateRole(ctx context.Context, id iam.RoleID, update RoleChange) (RoleView, Receipt, error) {
	var saved iam.Role
	receipt, err := a.write(ctx, func(c *change) error {
		role, err := c.lockedRole(ctx, id)
		if err != nil {
			return err
		}
		if err := checkRevision(update.Revision, role.Revision); err != nil {
			return err
		}
		set(&role.Name, update.Name)
		set(&role.Description, update.Description)
		set(&role.Base, update.Base)
		set(&role.Permissions, update.Permissions)
		set(&role.Except, update.Except)
		saved, err = c.putRole(ctx, role, "role.update")
		return err
	})
	return a.customView(saved), receipt, err
}

func (c *change) lockedRole(ctx context.Context, id iam.RoleID) (iam.Role, error) {
	if c.model.Role(string(id)) != nil {
		return iam.Role{}, iam.Forbidden("SYSTEM_ROLE", "id", string(id), "is a role of the model; it cannot be changed or deleted")
	}
	return roleNoun().locked(ctx, c.tx, "id", id)
}

// DeleteRole removes a custom role. While policies use it, the model decides:
// FAILED_PRECONDITION, reason ROLE_IN_USE, or its policies go with it.
//
// A revision other than 0 must be the role's present one, else ABORTED. Other
// errors: NOT_FOUND; FAILED_PRECONDITION, reason SYSTEM_ROLE, for a role of the
// model.
func (a *Adapter) DeleteRole(ctx context.Context, id iam.RoleID, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error {
		role, err := c.lockedRole(ctx, id)
		if err != nil {
			return err
		}
		if err := checkRevision(revision, role.Revision); err != nil {
			return err
		}
		return c.dropRole(ctx, role)
	})
}

// Role returns a role, system or custom, by id or alias; or NOT_FOUND.
func (a *Adapter) Role(ctx context.Context, id iam.RoleID) (RoleView, error) {
	if role := a.model.Role(string(id)); role != nil {
		return a.systemView(role), nil
	}
	role, err := roleNoun().read(ctx, a.store, id)
	if err != nil {
		return RoleView{}, err
	}
	return a.customView(role), nil
}

// Roles lists roles in pages: first those of the model, unless filter names a
// tenant, scope or base, then custom ones by id.
//
// The text is the token of the next page, empty after the last. Errors: those
// of Scopes, but for ABORTED.
func (a *Adapter) Roles(ctx context.Context, filter RoleFilter, page Page) ([]RoleView, string, error) {
	if err := a.checkFilter(inScope("tenant", filter.Tenant), inScope("scope", filter.Scope)); err != nil {
		return nil, "", err
	}
	system := a.systemViews(filter)
	var views []RoleView
	var next string
	err := a.store.Read(ctx, func(rows Rows) (err error) {
		views, next, err = listPage(page, filter, func(l Listing) ([]RoleView, error) {
			head, l := systemPage(system, l)
			if l.Limit == 0 {
				return head, nil
			}
			filter.Listing = l
			custom, err := rows.Roles().List(ctx, filter)
			for _, role := range custom {
				head = append(head, a.customView(role))
			}
			return head, err
		}, roleKey)
		return err
	})
	return views, next, err
}

// systemKey begins the page keys of system roles. No id begins with it.
const systemKey = "="

func roleKey(view RoleView) string {
	if view.System {
		return systemKey + string(view.ID)
	}
	return string(view.ID)
}

// systemPage returns the system roles of a page, and what is left of it for
// custom ones: no limit left means the page is full.
func systemPage(system []RoleView, listing Listing) ([]RoleView, Listing) {
	after, inSystem := strings.CutPrefix(listing.After, systemKey)
	if listing.After != "" && !inSystem {
		return nil, listing
	}
	start := slices.IndexFunc(system, func(view RoleView) bool { return string(view.ID) == after }) + 1
	head := system[start:min(len(system), start+listing.Limit)]
	return slices.Clone(head), Listing{Limit: listing.Limit - len(head)}
}

func (a *Adapter) systemViews(filter RoleFilter) []RoleView {
	if !filter.Tenant.IsZero() || !filter.Scope.IsZero() || filter.Base != "" {
		return nil
	}
	views := make([]RoleView, len(a.model.Roles))
	for i, role := range a.model.Roles {
		views[i] = a.systemView(role)
	}
	return views
}

func (a *Adapter) systemView(role *schema.Role) RoleView {
	effective := map[string]bool{}
	for _, variant := range a.model.Variants(role.ID) {
		for _, name := range a.model.SystemContent(role, variant) {
			effective[name] = true
		}
	}
	return RoleView{
		Role:   systemRole(role),
		System: true, Kind: role.RoleKind, Aliases: role.Aliases, Deprecated: role.Deprecated,
		EndOfLife: role.EndOfLife, ReplacedBy: role.ReplacedBy,
		Assignable: a.model.AssignableAt(role), Inherits: a.model.RoleInherits(role.ID),
		Effective: sortedKeys(effective),
	}
}

// systemRole returns a system role as if somebody had made it.
func systemRole(role *schema.Role) iam.Role {
	return iam.Role{
		ID: iam.RoleID(role.ID), Name: role.Title, Description: role.Description,
		Permissions: role.Permissions, Except: role.Except,
	}
}

func (a *Adapter) customView(role iam.Role) RoleView {
	return RoleView{
		Role: role, Assignable: a.model.PolicyTypes(), Inherits: a.model.RoleInherits(string(role.ID)),
		Effective: a.model.ExpandCustom(string(role.Base), role.Permissions, role.Except),
	}
}
