package adapter

import (
	"context"
	"errors"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// Plan says who would gain and who would lose which permissions where. Its
// numbers are exact, whatever the page.
type Plan struct {
	// Gains and Losses count permissions of a subject on an object.
	Gains, Losses uint64
	// Subjects and Objects count those that gain or lose something.
	Subjects, Objects uint64
	// Changes are a page of the list: losses first, then gains, each sorted by
	// subject, object and permission.
	Changes []PlanChange
	// Next continues the list; empty at its end.
	Next string
	// Token names the state that the plan starts from.
	Token Token
}

// PlanChange is a permission that a subject gains or loses on an object.
type PlanChange = index.Change

// maxPlanSteps bounds what a plan compares: about half a minute of one processor.
const maxPlanSteps = 100_000_000

// errPlanned rolls a transaction back whose outcome is known.
var errPlanned = errors.New("planned, and not to be kept")

// Plan says what Apply of the world would change, and changes nothing: the use
// case runs in a transaction that is rolled back, and what would follow for
// SpiceDB is tried out on a copy of its relationships in memory. Writers wait
// for the first part only.
//
// All pages of a list compare with the state at the time of their call. Each
// holds the changes after the last one of the page before, so that what stays
// is listed once while others write.
//
// Errors are those of Apply; RESOURCE_EXHAUSTED, reason PLAN_TOO_LARGE, if too
// many answers would have to be compared; FAILED_PRECONDITION, reason
// PLAN_IN_TRANSACTION, inside a transaction of the caller, which could not be
// rolled back.
func (a *Adapter) Plan(ctx context.Context, world iam.World, page Page, at Freshness) (Plan, error) {
	size, content, err := page.open(world)
	if err != nil {
		return Plan{}, err
	}
	part := index.ChangePage{Limit: size, MaxSteps: maxPlanSteps}
	if content.After != "" && !unseal(content.After, &part.After) {
		return Plan{}, iam.Invalid("PAGE_TOKEN", "page_token", page.Token, "this token continues another request, or none")
	}
	updates, err := a.rehearse(ctx, world)
	if err != nil {
		return Plan{}, err
	}
	view, answered, err := a.view(ctx, at)
	if err != nil {
		return Plan{}, err
	}
	found, err := view.WhatIf(ctx, updates, part)
	if err != nil {
		return Plan{}, planFailed(err)
	}
	plan := Plan{
		Gains: found.Gains, Losses: found.Losses, Subjects: found.Subjects, Objects: found.Objects,
		Changes: found.Page, Token: answered.Token,
	}
	if found.More {
		content.After = seal(found.Page[len(found.Page)-1])
		plan.Next = seal(content)
	}
	return plan, nil
}

func planFailed(err error) error {
	if errors.Is(err, index.ErrTooMuch) {
		return &iam.Error{
			Code: iam.ResourceExhausted, Reason: "PLAN_TOO_LARGE",
			Message: "concerns too many subjects and objects to compare their answers; plan it in parts",
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return iam.Failed("comparing answers", err)
}

// rehearse runs Apply without keeping anything, and returns what SpiceDB would
// have had to learn.
func (a *Adapter) rehearse(ctx context.Context, world iam.World) ([]rel.Update, error) {
	if a.joined(ctx) {
		return nil, iam.Forbidden("PLAN_IN_TRANSACTION", "", "", "a plan rolls back what it tries, and cannot be part of a transaction")
	}
	var updates []rel.Update
	err := a.store.Write(ctx, func(tx Tx) error {
		updates = nil // of a run that lost a race
		c := newChange(a, tx)
		if err := c.apply(ctx, world); err != nil {
			return err
		}
		tenants, byTenant, err := c.updates(ctx)
		if err != nil {
			return err
		}
		for _, tenant := range tenants {
			updates = append(updates, byTenant[tenant]...)
		}
		return errPlanned
	})
	if !errors.Is(err, errPlanned) {
		return nil, err
	}
	return updates, nil
}
