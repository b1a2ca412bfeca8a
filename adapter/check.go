package adapter

import (
	"context"
	"fmt"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// Check answers whether a subject has a permission on an object. A denial is no
// error and carries a reason.
//
// Errors: INVALID_ARGUMENT for a malformed reference, an unknown type or an
// unknown permission; UNAVAILABLE if SpiceDB cannot be asked: then the caller
// must deny.
func (a *Adapter) Check(ctx context.Context, request CheckRequest, at Freshness) (Decision, error) {
	permission, err := a.checkRequest(request)
	if err != nil {
		return Decision{}, err
	}
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return Decision{}, err
	}
	if !permission.AppliesAt(request.Object.Type) {
		return Decision{Reason: ReasonNotApplicable, Token: at.Token}, nil
	}
	allowed, revision, err := a.engine.Check(ctx, consistency, a.translate.Question(request.Subject, permission.Name, request.Object))
	if err != nil {
		return Decision{}, err
	}
	decision := Decision{Allowed: allowed, Reason: ReasonGranted, Token: tokenContent{Revision: revision}.token()}
	if !allowed {
		var reasons []Reason
		if reasons, err = a.denials(ctx, []CheckRequest{request}); err == nil {
			decision.Reason = reasons[0]
		}
	}
	return decision, err
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
func (a *Adapter) CheckMany(ctx context.Context, requests []CheckRequest, at Freshness) ([]Decision, error) {
	if len(requests) > maxBatch {
		return nil, &iam.Error{Code: iam.ResourceExhausted, Reason: "BATCH_TOO_LARGE", Field: "items",
			Message: fmt.Sprintf("has %d questions; at most %d are answered at once", len(requests), maxBatch)}
	}
	decisions := make([]Decision, len(requests))
	questions := make([]rel.Question, 0, len(requests))
	asked := make([]int, 0, len(requests))
	for i, request := range requests {
		permission, err := a.checkRequest(request)
		if err != nil {
			return nil, within("items", i, err)
		}
		decisions[i] = Decision{Reason: ReasonNotApplicable, Token: at.Token}
		if permission.AppliesAt(request.Object.Type) {
			questions = append(questions, a.translate.Question(request.Subject, permission.Name, request.Object))
			asked = append(asked, i)
		}
	}
	consistency, err := a.consistency(ctx, at)
	if err != nil || len(questions) == 0 {
		return decisions, err
	}
	answers, revision, err := a.engine.CheckMany(ctx, consistency, questions)
	if err != nil {
		return nil, err
	}
	token := tokenContent{Revision: revision}.token()
	var denied []CheckRequest
	for n, i := range asked {
		decisions[i] = Decision{Allowed: answers[n], Reason: ReasonGranted, Token: token}
		if !answers[n] {
			denied = append(denied, requests[i])
		}
	}
	reasons, err := a.denials(ctx, denied)
	if err != nil {
		return nil, err
	}
	for _, i := range asked {
		if !decisions[i].Allowed {
			decisions[i].Reason, reasons = reasons[0], reasons[1:]
		}
	}
	return decisions, nil
}

// Permissions returns the names of all permissions that a subject has on an
// object, sorted, derived ones included.
func (a *Adapter) Permissions(ctx context.Context, subject, object iam.Ref, at Freshness) ([]string, Token, error) {
	if err := a.wantKind("subject", subject, schema.KindUser, schema.KindServiceAccount); err != nil {
		return nil, "", err
	}
	if err := a.wantKind("object", object, schema.KindScope, schema.KindResource, schema.KindServiceAccount); err != nil {
		return nil, "", err
	}
	consistency, err := a.consistency(ctx, at)
	if err != nil {
		return nil, "", err
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
		return nil, at.Token, nil
	}
	answers, revision, err := a.engine.CheckMany(ctx, consistency, questions)
	if err != nil {
		return nil, "", err
	}
	held := make([]string, 0, len(names))
	for i, name := range names {
		if answers[i] {
			held = append(held, name)
		}
	}
	slices.Sort(held)
	return held, tokenContent{Revision: revision}.token(), nil
}
