package adapter

import (
	"context"
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Check answers whether a subject has a permission on an object. A denial is no
// error and carries a reason.
//
// Errors: INVALID_ARGUMENT for a malformed reference, an unknown type, an unknown
// permission, or a token of no write here; UNAVAILABLE if SpiceDB cannot be
// asked, or the store for the reason: then the caller must deny.
func (a *Adapter) Check(ctx context.Context, request CheckRequest, at Freshness) (Decision, error) {
	permission, err := a.checkRequest(request)
	if err != nil {
		return Decision{}, err
	}
	view := a.atOnce(at)
	if view == nil {
		view = a.look(ctx, at, request.Object)
	}
	var decision Decision
	if view != nil {
		decision = a.decide(ctx, view, request, permission)
	} else if decision, err = a.ask(ctx, at, request); err != nil {
		return Decision{}, err
	} else {
		decision.Reason = reasonOf(decision.Allowed, permission, request)
	}
	if decision.Reason == "" {
		decision.Reason, err = a.denial(ctx, request)
	}
	return decision, err
}

// decide answers a question from a state of the index.
func (a *Adapter) decide(ctx context.Context, view *follow.View, request CheckRequest, permission *schema.Permission) Decision {
	allowed, both := view.Ask(request.Subject, request.Permission, request.Object)
	a.index.verifier.sample(ctx, view, request, allowed)
	decision := Decision{Allowed: allowed, Reason: reasonOf(allowed, permission, request), Token: a.tokenOf(view), Source: a.answered(view)}
	// Users have no relationships unless they are active, so that only grants can be
	// missing; of service accounts the index does not show that. Nor does it as long as
	// another tenant lacks a change, which may be the end of the user.
	if decision.Reason == "" && both && a.index.follower.Whole(view) && a.model.Type(request.Subject.Type).Kind == schema.KindUser {
		decision.Reason = ReasonNoGrant
	}
	return decision
}

// reasonOf returns why, or "" where the store has to be asked.
func reasonOf(allowed bool, permission *schema.Permission, request CheckRequest) Reason {
	switch {
	case allowed:
		return ReasonGranted
	case !permission.AppliesAt(request.Object.Type):
		return ReasonNotApplicable
	}
	return ""
}

// ask puts a question to SpiceDB.
func (a *Adapter) ask(ctx context.Context, at Freshness, request CheckRequest) (Decision, error) {
	consistency, err := a.consistency(ctx, at)
	if err != nil || !a.model.Permission(request.Permission).AppliesAt(request.Object.Type) {
		return Decision{Token: at.Token, Source: a.answered(nil)}, err
	}
	allowed, revision, err := a.engine.Check(ctx, consistency, a.translate.Question(request.Subject, request.Permission, request.Object))
	return Decision{Allowed: allowed, Token: tokenContent{Revision: revision}.token(), Source: a.answered(nil)}, err
}

// checkRequest checks a question by the model, and returns its permission.
func (a *Adapter) checkRequest(request CheckRequest) (*schema.Permission, error) {
	if err := a.wantKind("subject", request.Subject, schema.KindUser, schema.KindServiceAccount); err != nil {
		return nil, err
	}
	if err := a.wantKind("object", request.Object, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, err
	}
	return a.permission(request.Permission)
}

func (a *Adapter) permission(name string) (*schema.Permission, error) {
	if name == "" {
		return nil, iam.Invalid("REQUIRED", "permission", "", "is required")
	}
	permission := a.model.Permission(name)
	if permission == nil {
		return nil, iam.Invalid("PERMISSION_UNKNOWN", "permission", name, "is no permission of the model "+a.model.Name)
	}
	return permission, nil
}

// maxBatch is the largest number of questions in one CheckMany.
const maxBatch = 10000

// CheckMany answers many questions at one revision, in their order. One
// malformed question fails the whole call, with its index in the field.
//
// Errors: those of Check; RESOURCE_EXHAUSTED, reason BATCH_TOO_LARGE, for more
// than 10,000 questions.
func (a *Adapter) CheckMany(ctx context.Context, requests []CheckRequest, at Freshness) ([]Decision, error) {
	if len(requests) > maxBatch {
		return nil, &iam.Error{Code: iam.ResourceExhausted, Reason: "BATCH_TOO_LARGE", Field: "items",
			Message: fmt.Sprintf("has %d questions; at most %d are answered at once", len(requests), maxBatch)}
	}
	permissions := make([]*schema.Permission, len(requests))
	objects := make([]iam.Ref, len(requests))
	for i, request := range requests {
		var err error
		if permissions[i], err = a.checkRequest(request); err != nil {
			return nil, within("items", i, err)
		}
		objects[i] = request.Object
	}
	if view := a.look(ctx, at, objects...); view != nil {
		decisions := make([]Decision, len(requests))
		for i, request := range requests {
			decisions[i] = a.decide(ctx, view, request, permissions[i])
		}
		return a.reasons(ctx, decisions, requests)
	}
	decisions, err := a.askMany(ctx, at, requests, permissions)
	if err != nil {
		return nil, err
	}
	for i, request := range requests {
		decisions[i].Reason = reasonOf(decisions[i].Allowed, permissions[i], request)
	}
	return a.reasons(ctx, decisions, requests)
}

// reasons asks the store why, where that is open.
func (a *Adapter) reasons(ctx context.Context, decisions []Decision, requests []CheckRequest) ([]Decision, error) {
	var denied []CheckRequest
	for i, request := range requests {
		if decisions[i].Reason == "" {
			denied = append(denied, request)
		}
	}
	found, err := a.denials(ctx, denied)
	if err != nil {
		return nil, err
	}
	for i := range decisions {
		if decisions[i].Reason == "" {
			decisions[i].Reason, found = found[0], found[1:]
		}
	}
	return decisions, nil
}

// askMany puts questions to SpiceDB, as far as they make sense there.
func (a *Adapter) askMany(ctx context.Context, at Freshness, requests []CheckRequest, permissions []*schema.Permission) ([]Decision, error) {
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return nil, err
	}
	decisions := make([]Decision, len(requests))
	var questions []rel.Question
	var asked []int
	for i, request := range requests {
		decisions[i] = Decision{Token: at.Token, Source: a.answered(nil)}
		if permissions[i].AppliesAt(request.Object.Type) {
			questions = append(questions, a.translate.Question(request.Subject, request.Permission, request.Object))
			asked = append(asked, i)
		}
	}
	if len(questions) == 0 {
		return decisions, nil
	}
	answers, revision, err := a.engine.CheckMany(ctx, consistency, questions)
	if err != nil {
		return nil, err
	}
	token := tokenContent{Revision: revision}.token()
	for n, i := range asked {
		decisions[i].Allowed, decisions[i].Token = answers[n], token
	}
	return decisions, nil
}

// Permissions returns the names of all permissions that a subject has on an
// object, sorted, derived ones included.
//
// Errors: those of Check. An object that does not exist is no error: the list
// is empty.
func (a *Adapter) Permissions(ctx context.Context, subject, object iam.Ref, at Freshness) ([]string, Answered, error) {
	if err := a.wantKind("subject", subject, schema.KindUser, schema.KindServiceAccount); err != nil {
		return nil, Answered{}, err
	}
	if err := a.wantKind("object", object, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, Answered{}, err
	}
	if view := a.look(ctx, at, object); view != nil {
		return view.Permissions(subject, object), a.answeredFrom(view), nil
	}
	return a.askPermissions(ctx, subject, object, at)
}

func (a *Adapter) askPermissions(ctx context.Context, subject, object iam.Ref, at Freshness) ([]string, Answered, error) {
	from := Answered{Token: at.Token, Source: a.answered(nil)}
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return nil, from, err
	}
	var names []string
	var questions []rel.Question
	for _, permission := range a.model.Permissions {
		if permission.AppliesAt(object.Type) {
			names = append(names, permission.Name)
			questions = append(questions, a.translate.Question(subject, permission.Name, object))
		}
	}
	if len(questions) == 0 {
		return nil, from, nil
	}
	answers, revision, err := a.engine.CheckMany(ctx, consistency, questions)
	if err != nil {
		return nil, from, err
	}
	held := make([]string, 0, len(names))
	for i, name := range names {
		if answers[i] {
			held = append(held, name)
		}
	}
	slices.Sort(held)
	from.Token = tokenContent{Revision: revision}.token()
	return held, from, nil
}
