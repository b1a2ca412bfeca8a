package adapter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// PolicyChange says what to change of an access policy. Subject and scope are
// fixed.
type PolicyChange struct {
	// Roles, if given, replaces the list.
	Roles *[]iam.RoleID
	// Revision, if not 0, must be the policy's present one, else ABORTED.
	Revision int64
}

// CreatePolicy gives a subject roles at a scope. Without an id it gets one that
// follows from subject, scope and roles.
//
// Errors: INVALID_ARGUMENT for what the model forbids (a subject type, a role
// not assignable at that scope type, too many roles); NOT_FOUND for what does
// not exist; ALREADY_EXISTS for the id, and with reason ROLE_ALREADY_HELD if the
// subject holds one of the roles at this scope through another policy;
// FAILED_PRECONDITION, reason ROLE_ENDED, for a role past its end of life.
func (a *Adapter) CreatePolicy(ctx context.Context, policy iam.Policy) (iam.Policy, Receipt, error) {
	var saved iam.Policy
	receipt, err := a.write(ctx, func(c *change) (err error) {
		saved, err = c.grant(ctx, policy)
		return err
	})
	return saved, receipt, err
}

// grant creates a policy strictly: nothing of it may be there already.
func (c *change) grant(ctx context.Context, policy iam.Policy) (iam.Policy, error) {
	derived := policy.ID == ""
	policy, err := c.checkPolicy(policy)
	if err != nil {
		return policy, err
	}
	if err := c.checkPolicyRows(ctx, &policy); err != nil {
		return policy, err
	}
	held, err := c.tx.Policies().List(ctx, PolicyFilter{Subject: policy.Subject, Scope: policy.Scope})
	if err != nil {
		return policy, err
	}
	for _, other := range held {
		for i, role := range policy.Roles {
			if slices.Contains(other.Roles, role) {
				return policy, iam.Exists("ROLE_ALREADY_HELD", fmt.Sprintf("roles[%d]", i), string(role),
					policy.Subject.String()+" holds it at "+policy.Scope.String()+" through policy "+string(other.ID))
			}
		}
	}
	_, err = c.tx.Policies().Get(ctx, policy.ID)
	if err == nil && derived { // of a policy whose roles were edited since
		policy.ID = iam.PolicyID(c.newID(""))
	} else if err := unused("id", string(policy.ID), err); err != nil {
		return policy, err
	}
	return c.putPolicy(ctx, policy, "policy.create")
}

// checkPolicy checks a policy by the model alone, and puts role ids in place of
// aliases.
func (a *Adapter) checkPolicy(policy iam.Policy) (iam.Policy, error) {
	if err := a.wantKind("subject", policy.Subject, schema.KindUser, schema.KindServiceAccount, schema.KindGroup); err != nil {
		return policy, err
	}
	if !slices.Contains(a.model.Policies.Subjects, policy.Subject.Type) {
		return policy, iam.Invalid("TYPE_NOT_ALLOWED", "subject", policy.Subject.String(), a.subjectSentence())
	}
	if err := a.checkNewID("subject", policy.Subject); err != nil { // no such subject can ever exist
		return policy, err
	}
	if err := a.wantKind("scope", policy.Scope, schema.KindScope); err != nil {
		return policy, err
	}
	if types := a.model.PolicyTypes(); !slices.Contains(types, policy.Scope.Type) {
		return policy, iam.Invalid("SCOPE_NOT_ALLOWED", "scope", policy.Scope.String(), "policies sit at "+strings.Join(types, " or "))
	}
	if n := len(policy.Roles); n == 0 || n > a.model.Policies.MaxRoles {
		return policy, iam.Invalid("ROLE_COUNT", "roles", fmt.Sprint(n), fmt.Sprintf("a policy has 1 to %d roles in this model", a.model.Policies.MaxRoles))
	}
	var err error
	if policy.Roles, err = a.resolveRoles("roles", policy.Roles); err != nil {
		return policy, err
	}
	if policy.ID == "" {
		policy.ID = iam.DerivedPolicyID(policy.Subject, policy.Scope, policy.Roles)
	}
	if err := iam.CheckID("id", string(policy.ID)); err != nil {
		return policy, err
	}
	return policy, a.rolesAssignable(policy.Roles, policy.Scope)
}

func (a *Adapter) subjectSentence() string {
	if len(a.model.Policies.Subjects) == 0 {
		return "the model " + a.model.Name + " has no policies of their own; give groups roles and scopes instead"
	}
	return "subjects of a policy are of type " + strings.Join(a.model.Policies.Subjects, " or ")
}

// resolveRoles puts role ids in place of aliases, sorted; a role named twice is
// refused.
func (a *Adapter) resolveRoles(field string, roles []iam.RoleID) ([]iam.RoleID, error) {
	resolved := make([]iam.RoleID, len(roles))
	for i, id := range roles {
		if role := a.model.Role(string(id)); role != nil {
			id = iam.RoleID(role.ID)
		}
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := iam.CheckID(at, string(id)); err != nil {
			return nil, err
		}
		if slices.Contains(resolved[:i], id) {
			return nil, iam.Invalid("ROLE_DUPLICATE", at, string(id), "is named twice")
		}
		resolved[i] = id
	}
	slices.Sort(resolved)
	return resolved, nil
}

// rolesAssignable checks system roles against the type of a scope (rule 4).
func (a *Adapter) rolesAssignable(roles []iam.RoleID, scope iam.Ref) error {
	for i, id := range roles {
		role := a.model.Role(string(id))
		if role == nil {
			continue
		}
		if types := a.model.AssignableAt(role); !slices.Contains(types, scope.Type) {
			return iam.Invalid("ROLE_NOT_ASSIGNABLE", fmt.Sprintf("roles[%d]", i), string(id),
				"cannot be assigned at a "+scope.Type+"; it is offered at "+strings.Join(types, ", "))
		}
	}
	return nil
}

// checkPolicyRows checks that all a policy names exists and fits together, and
// fills in its tenant.
func (c *change) checkPolicyRows(ctx context.Context, policy *iam.Policy) error {
	scope, err := c.lockedScope(ctx, "scope", policy.Scope)
	if err != nil {
		return err
	}
	policy.Tenant = scope.Tenant
	if err := c.subjectExists(ctx, "subject", policy.Subject, policy.Tenant); err != nil {
		return err
	}
	return c.rolesFit(ctx, policy.Roles, policy.Scope)
}

// rolesFit checks that roles exist, are not past their end, and belong to the
// scope or one above it.
func (c *change) rolesFit(ctx context.Context, roles []iam.RoleID, scope iam.Ref) error {
	var above map[iam.Ref]bool
	for i, id := range roles {
		field := fmt.Sprintf("roles[%d]", i)
		if role := c.model.Role(string(id)); role != nil {
			if err := c.notEnded(field, role); err != nil {
				return err
			}
			continue
		}
		role, err := c.tx.Roles().Get(ctx, id)
		if role, err = existing(field, string(id), role, err); err != nil {
			return err
		}
		if above == nil {
			if above, err = c.path(ctx, scope); err != nil {
				return err
			}
		}
		if !above[role.Scope] {
			return iam.Invalid("ROLE_OUT_OF_SCOPE", field, string(id), "belongs to "+role.Scope.String()+", which is not "+scope.String()+" or above it")
		}
	}
	return nil
}

// notEnded refuses new policies with a role past its end of life (rule 6).
func (a *Adapter) notEnded(field string, role *schema.Role) error {
	if role.EndOfLife == "" || a.config.Clock().Format(time.DateOnly) < role.EndOfLife {
		return nil
	}
	sentence := "ended on " + role.EndOfLife
	if role.ReplacedBy != "" {
		sentence += "; use " + role.ReplacedBy
	}
	return iam.Forbidden("ROLE_ENDED", field, role.ID, sentence)
}

// putPolicy writes a policy and touches the bindings of its old and new roles.
func (c *change) putPolicy(ctx context.Context, policy iam.Policy, action string) (iam.Policy, error) {
	old, err := c.tx.Policies().Get(ctx, policy.ID)
	if err != nil && iam.CodeOf(err) != iam.NotFound {
		return policy, err
	}
	if same(old, err, policy) {
		return old, nil
	}
	old.Scope, old.Tenant = policy.Scope, policy.Tenant
	for _, state := range []iam.Policy{old, policy} {
		if err := c.touchPolicy(ctx, state); err != nil {
			return policy, err
		}
	}
	saved, err := c.tx.Policies().Put(ctx, policy)
	if err != nil {
		return saved, err
	}
	return saved, c.note(ctx, action, policy.Tenant, policyRef(policy.ID), map[string]any{
		"subject": policy.Subject.String(), "scope": policy.Scope.String(), "roles": policy.Roles,
	})
}

// policyRef names a policy in audit entries and deletions.
func policyRef(id iam.PolicyID) iam.Ref { return iam.Ref{Type: "policy", ID: string(id)} }

func (c *change) touchPolicy(ctx context.Context, policy iam.Policy) error {
	for _, role := range policy.Roles {
		if err := c.touch(ctx, policy.Tenant, fragment{kind: bindingFragment, ref: policy.Scope, role: role}); err != nil {
			return err
		}
	}
	return nil
}

// UpdatePolicy replaces the roles of a policy as one step.
//
// Errors: NOT_FOUND for the policy or a role; ABORTED for an old Revision;
// INVALID_ARGUMENT and ROLE_ENDED as in CreatePolicy.
func (a *Adapter) UpdatePolicy(ctx context.Context, id iam.PolicyID, update PolicyChange) (iam.Policy, Receipt, error) {
	var saved iam.Policy
	receipt, err := a.write(ctx, func(c *change) error {
		policy, err := c.lockedPolicy(ctx, id)
		if err != nil {
			return err
		}
		if err := checkRevision(update.Revision, policy.Revision); err != nil {
			return err
		}
		set(&policy.Roles, update.Roles)
		saved, err = c.replacePolicy(ctx, policy)
		return err
	})
	return saved, receipt, err
}

// replacePolicy checks a policy whose roles changed and writes it.
func (c *change) replacePolicy(ctx context.Context, policy iam.Policy) (iam.Policy, error) {
	policy, err := c.checkPolicy(policy)
	if err != nil {
		return policy, err
	}
	if err := c.checkPolicyRows(ctx, &policy); err != nil {
		return policy, err
	}
	return c.putPolicy(ctx, policy, "policy.update")
}

func (c *change) lockedPolicy(ctx context.Context, id iam.PolicyID) (iam.Policy, error) {
	return policyNoun().locked(ctx, c.tx, "id", id)
}

// DeletePolicy takes away what a policy gives.
//
// A revision other than 0 must be the policy's present one, else ABORTED.
// NOT_FOUND if there is none.
func (a *Adapter) DeletePolicy(ctx context.Context, id iam.PolicyID, revision int64) (Receipt, error) {
	return a.write(ctx, func(c *change) error {
		policy, err := c.lockedPolicy(ctx, id)
		if err != nil {
			return err
		}
		if err := checkRevision(revision, policy.Revision); err != nil {
			return err
		}
		return c.dropPolicy(ctx, policy)
	})
}

// Policy returns an access policy, or NOT_FOUND.
func (a *Adapter) Policy(ctx context.Context, id iam.PolicyID) (iam.Policy, error) {
	return policyNoun().read(ctx, a.store, id)
}

// Policies lists access policies in pages, ordered by id.
//
// The text is the token of the next page, empty after the last. Errors: those
// of Scopes, but for ABORTED.
func (a *Adapter) Policies(ctx context.Context, filter PolicyFilter, page Page) ([]iam.Policy, string, error) {
	if role := a.model.Role(string(filter.Role)); role != nil {
		filter.Role = iam.RoleID(role.ID)
	}
	err := a.checkFilter(inScope("tenant", filter.Tenant), inScope("scope", filter.Scope), bySubject("subject", filter.Subject))
	if err != nil {
		return nil, "", err
	}
	return policyNoun().list(ctx, a.store, filter, page)
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
