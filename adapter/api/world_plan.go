package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// PlanWorld says what ApplyWorld would change.
func (h worldHandler) PlanWorld(ctx context.Context, req *ambitv1.PlanWorldRequest) (*ambitv1.PlanWorldResponse, error) {
	if req.GetWorld() == nil {
		return nil, iam.Invalid("REQUIRED", "world", "", "is required")
	}
	var read reader
	page := read.page(req)
	if read.err != nil {
		return nil, read.err
	}
	parsed, err := h.parse(req.GetWorld())
	if err != nil {
		return nil, err
	}
	plan, err := h.adapter.Plan(ctx, parsed, page, freshness(req))
	if err != nil {
		return nil, err
	}
	return &ambitv1.PlanWorldResponse{
		Gains: plan.Gains, Losses: plan.Losses, Subjects: plan.Subjects, Objects: plan.Objects,
		Changes: each(plan.Changes, planChange), NextPageToken: plan.Next, Token: string(plan.Token),
	}, nil
}

func planChange(change adapter.PlanChange) *ambitv1.PlanChange {
	return &ambitv1.PlanChange{
		Gained: change.Gained, Subject: change.Subject.String(), Permission: change.Permission, Object: change.Object.String(),
	}
}
