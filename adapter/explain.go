package adapter

import (
	"context"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/schema"
)

// Explain answers whether a subject has a permission on an object, as Check
// does, and says why: for yes every path, for no what it comes from and the
// smallest changes that would make it yes. Relationships come from the state
// that was asked for, names and policies from the store.
//
// Errors: those of Check.
func (a *Adapter) Explain(ctx context.Context, request CheckRequest, at Freshness) (Explanation, error) {
	permission, err := a.checkRequest(request)
	if err != nil {
		return Explanation{}, err
	}
	state, answered, err := a.view(ctx, at)
	if err != nil {
		return Explanation{}, err
	}
	var explanation Explanation
	err = a.store.Read(ctx, func(rows Rows) error {
		e := &evidence{Adapter: a, rows: rows, state: state, request: request, permission: permission}
		e.roles, e.contents, e.groups = map[iam.RoleID]iam.Role{}, map[roleAt]roleContent{}, map[iam.Ref]iam.Group{}
		explanation = Explanation{Request: request, Decision: Decision{
			Allowed: permission.AppliesAt(request.Object.Type) && state.Check(request.Subject, request.Permission, request.Object),
			Reason:  ReasonGranted, Token: answered.Token, Source: answered.Source,
		}}
		return e.explain(ctx, &explanation)
	})
	return explanation, err
}

// Bounds of what an explanation lists. Nobody reads more, and a subject in many
// groups may have thousands.
const (
	maxPaths   = 50
	maxDenials = 20
	// maxWays is for the paths on which a condition is true.
	maxWays = 10
)

// bounded returns the first of some, and how many it leaves out.
func bounded[T any](all []T, most int) ([]T, int) {
	kept := all[:min(len(all), most)]
	return kept, len(all) - len(kept)
}

// evidence is what one question is explained with: rows of one snapshot of the
// store, read when they are needed, and one state of the relationships.
type evidence struct {
	*Adapter
	rows       Rows
	state      *index.Snapshot
	request    CheckRequest
	permission *schema.Permission
	// roles and contents are what was read of roles: many grants are of the same.
	roles    map[iam.RoleID]iam.Role
	contents map[roleAt]roleContent
	// groups are those that were read, without members; without an id: there is none.
	groups map[iam.Ref]iam.Group

	place
}

func (e *evidence) explain(ctx context.Context, to *Explanation) error {
	var err error
	if to.Allowed {
		var found []index.Path
		found, to.More = bounded(e.state.Paths(e.request.Subject, e.request.Permission, e.request.Object), maxPaths)
		to.Paths, err = e.paths(ctx, found)
	} else {
		err = e.refusal(ctx, to)
	}
	if err != nil {
		return err
	}
	to.Names, err = e.names(ctx, to)
	return err
}

// refusal explains a no.
func (e *evidence) refusal(ctx context.Context, to *Explanation) error {
	reason, err := e.reason(ctx)
	if err != nil {
		return err
	}
	to.Reason = reason
	if reason == ReasonNotApplicable || reason == ReasonSubjectUnknown || reason == ReasonObjectUnknown {
		to.Denials, err = e.simple(ctx, reason)
		return err
	}
	known, err := e.locate(ctx)
	if err != nil {
		return err
	}
	if reason == ReasonSubjectInactive {
		to.Denials, err = e.simple(ctx, reason)
	} else if known {
		to.Denials, err = e.denials(ctx)
		to.Denials, to.More = bounded(to.Denials, maxDenials)
	}
	if err == nil && known {
		to.Suggestions, err = e.suggestions(ctx, reason == ReasonSubjectInactive)
	}
	return err
}

// reason is the reason that Check gives for a no.
func (e *evidence) reason(ctx context.Context) (Reason, error) {
	if !e.permission.AppliesAt(e.request.Object.Type) {
		return ReasonNotApplicable, nil
	}
	w := witness{model: e.model, rows: e.rows, now: e.config.Clock(), seen: newSightings()}
	return w.reason(ctx, e.request)
}

// place is where a question is asked.
type place struct {
	// scope is the object, or the scope that it is in; owned is set for the latter.
	scope  iam.Ref
	tenant iam.Ref
	owned  *ownedPlace
	// line leads from the scope up to its tenant.
	line []iam.Scope
	// selves are the subject and the groups that it is in.
	selves []iam.Ref
	grants []AccessGrant
}
