package adapter

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// Causes returns all causes: those that stand alone, then the nearest to a yes
// first.
func Causes() []Cause {
	return []Cause{
		CauseNotApplicable, CauseSubjectUnknown, CauseSubjectInactive, CauseObjectUnknown,
		CauseNotDelivered, CauseNotOwner, CauseOwnerNotLinked, CauseConditionMissing, CauseNeedsMissing, CauseIsolated,
		CauseNotInherited, CauseRoleLacks, CauseElsewhere, CauseNoPolicy,
	}
}

// order ranks causes: the nearest to a yes first.
func (c Cause) order() int { return slices.Index(Causes(), c) }

// simple explains what has one cause.
func (e *evidence) simple(ctx context.Context, reason Reason) ([]Denial, error) {
	denial := Denial{Cause: Cause(reason)}
	switch reason {
	case ReasonNotApplicable:
		return e.notApplicable(ctx)
	case ReasonSubjectUnknown:
		denial.Sentence = "There is no " + e.request.Subject.String() + "."
	case ReasonSubjectInactive:
		denial.Sentence = e.request.Subject.String() + " is inactive. What it holds rests until it is active again."
	default:
		denial.Object = e.request.Object
		denial.Sentence = "There is no " + e.request.Object.String() + "."
	}
	return []Denial{denial}, nil
}

// notApplicable says where the permission can be asked: in general, and nearest.
func (e *evidence) notApplicable(ctx context.Context) ([]Denial, error) {
	p := e.permission
	denial := Denial{Cause: CauseNotApplicable, Permission: p.Name, Types: p.At}
	denial.Sentence = p.Name + " is not asked on a " + e.request.Object.Type + ". It is asked on: " + strings.Join(p.At, ", ") + "."
	if len(p.At) == 0 {
		denial.Sentence = p.Name + " is in the catalogue, but is asked nowhere."
	}
	if _, err := e.locate(ctx); err != nil {
		return nil, err
	}
	for _, scope := range e.line {
		if p.AppliesAt(scope.Ref.Type) {
			denial.Object = scope.Ref
			denial.Sentence += " The nearest is " + scope.Ref.String() + "."
			break
		}
	}
	return []Denial{denial}, nil
}

// denials explains why nothing that the subject holds suffices.
func (e *evidence) denials(ctx context.Context) ([]Denial, error) {
	var found []Denial
	for _, wanted := range e.wanted() {
		reasons, err := e.missing(ctx, wanted)
		if err != nil {
			return nil, err
		}
		for _, denial := range reasons {
			if !slices.ContainsFunc(found, denial.same) {
				found = append(found, denial)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Denial) int { return cmp.Compare(a.Cause.order(), b.Cause.order()) })
	if len(found) == 0 {
		found = []Denial{{Cause: CauseNoPolicy, Permission: e.permission.Name, Object: e.request.Object, Sentence: e.noPolicy()}}
	}
	return found, nil
}

// missing explains why one permission is not held: ownership, or each role that
// has to do with it.
func (e *evidence) missing(ctx context.Context, wanted *schema.Permission) ([]Denial, error) {
	owning, err := e.lacksOwnership(ctx, wanted)
	if err != nil {
		return nil, err
	}
	if owning {
		denial, err := e.notOwner(ctx, wanted)
		return []Denial{denial}, err
	}
	var found []Denial
	for _, grant := range e.grants {
		denial, err := e.assess(ctx, grant, wanted)
		if err != nil {
			return nil, err
		}
		if denial.Cause != "" {
			found = append(found, denial)
		}
	}
	return found, nil
}

// lacksOwnership reports whether a permission is held, and counts for owners only.
func (e *evidence) lacksOwnership(ctx context.Context, wanted *schema.Permission) (bool, error) {
	if !e.forOwners(wanted) {
		return false, nil
	}
	if e.state.Check(e.request.Subject, wanted.Name, e.scope) {
		return true, nil
	}
	return e.reachesOwned(ctx, wanted)
}

func (e *evidence) noPolicy() string {
	if len(e.selves) == 1 {
		return "Nothing that " + e.request.Subject.String() + " holds reaches " + e.request.Object.String() + "; it is in no group that does."
	}
	return "Nothing that " + e.request.Subject.String() + " or its groups hold reaches " + e.request.Object.String() + "."
}

// same tells whether a denial says the same of the same role. The several
// permissions of a tiered resource would repeat it.
func (d Denial) same(other Denial) bool {
	return d.Cause == other.Cause && d.Object == other.Object && d.Grant != nil && other.Grant != nil &&
		d.Grant.Subject == other.Grant.Subject && d.Grant.Role == other.Grant.Role && d.Grant.Scope == other.Grant.Scope
}

// assess says why one role does not give one permission; no cause if it has
// nothing to do with it.
func (e *evidence) assess(ctx context.Context, grant AccessGrant, wanted *schema.Permission) (Denial, error) {
	content, err := e.content(ctx, grant.Role, grant.Scope.Type)
	if err != nil {
		return Denial{}, err
	}
	holds := wanted.AnyRole || slices.Contains(content.gives, wanted.Name)
	unmet, pattern := !holds && slices.Contains(content.names, wanted.Name), ""
	if holds || unmet {
		pattern = wanted.Name
	}
	if err := e.describe(ctx, &grant, pattern); err != nil {
		return Denial{}, err
	}
	denial := Denial{Permission: wanted.Name, Grant: &grant}
	reaches := e.reaches(grant, wanted)
	switch {
	case !reaches && !holds:
		return Denial{}, nil
	case !reaches:
		denial.Cause, denial.Object = e.apart(grant, wanted)
	case holds:
		denial.Cause, denial.Object = e.blocked(grant, wanted)
	case unmet:
		denial.Cause = CauseNeedsMissing
	default:
		denial.Cause = CauseRoleLacks
	}
	denial.Sentence = e.sentence(denial, wanted)
	return denial, nil
}

// reaches reports whether a policy counts at the scope.
func (e *evidence) reaches(grant AccessGrant, wanted *schema.Permission) bool {
	reaching, _ := e.reaching()
	return grant.Scope == e.scope || slices.Contains(reaching, grant.Scope) && !grant.Local && !wanted.AnyRole
}

// apart says what keeps a role that holds the permission from reaching the scope.
func (e *evidence) apart(grant AccessGrant, wanted *schema.Permission) (Cause, iam.Ref) {
	switch {
	case !slices.Contains(refsOfScopes(e.line), grant.Scope):
		return CauseElsewhere, iam.Ref{}
	case grant.Local || wanted.AnyRole:
		return CauseNotInherited, iam.Ref{}
	}
	_, isolated := e.reaching()
	return CauseIsolated, isolated
}

// blocked says what keeps a role that reaches the scope and holds the permission
// from counting: on the way down, the first condition that is missing (rule 12).
func (e *evidence) blocked(grant AccessGrant, wanted *schema.Permission) (Cause, iam.Ref) {
	reaching, _ := e.reaching()
	at := slices.Index(reaching, grant.Scope)
	for i := at - 1; i >= 0 && wanted.InheritIf != ""; i-- {
		if wanted.AppliesAt(reaching[i].Type) && !e.state.Check(e.request.Subject, wanted.InheritIf, reaching[i]) {
			return CauseConditionMissing, reaching[i]
		}
	}
	return CauseNotDelivered, e.request.Object
}
