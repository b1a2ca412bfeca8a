package api

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// formatSVG asks for a picture.
const formatSVG = "svg"

// Explain answers a check together with its paths, or with what is in the way
// and what would help. The text is always there, the picture only if the format
// is svg; another format is INVALID_ARGUMENT, reason FORMAT_UNKNOWN.
func (h accessHandler) Explain(ctx context.Context, req *ambitv1.ExplainRequest) (*ambitv1.ExplainResponse, error) {
	var read reader
	question := read.question(req)
	if read.err != nil {
		return nil, read.err
	}
	if format := req.GetFormat(); format != "" && format != formatSVG {
		return nil, iam.Invalid("FORMAT_UNKNOWN", "format", format, "is svg, or empty for no picture")
	}
	x, err := h.adapter.Explain(ctx, question, freshness(req))
	if err != nil {
		return nil, err
	}
	answer := &ambitv1.ExplainResponse{
		Allowed: x.Allowed, Reason: string(x.Reason), Token: string(x.Token), Source: string(x.Source),
		Paths: each(x.Paths, accessPath), Denials: each(x.Denials, denial), Suggestions: each(x.Suggestions, suggestion),
		Names: map[string]string{}, Text: x.Text(),
		More: int32(x.More),
	}
	for ref, name := range x.Names {
		answer.Names[ref.String()] = name
	}
	if req.GetFormat() == formatSVG {
		answer.Svg = x.SVG()
	}
	return answer, nil
}

func accessPath(path adapter.AccessPath) *ambitv1.AccessPath {
	return &ambitv1.AccessPath{
		Kind: path.Kind, Permission: path.Permission, Chain: texts(path.Chain), Through: texts(path.Through), Below: path.Below,
		Grant: accessGrant(path.Grant), Conditions: each(path.Conditions, accessCondition),
	}
}

func accessCondition(condition adapter.AccessCondition) *ambitv1.AccessCondition {
	return &ambitv1.AccessCondition{
		Permission: condition.Permission, Object: condition.Object.String(), Paths: each(condition.Paths, accessPath),
		More: int32(condition.More),
	}
}

func accessGrant(grant *adapter.AccessGrant) *ambitv1.AccessGrant {
	if grant == nil {
		return nil
	}
	policies := make([]string, len(grant.Policies))
	for i, id := range grant.Policies {
		policies[i] = string(id)
	}
	return &ambitv1.AccessGrant{
		Subject: grant.Subject.String(), Role: string(grant.Role), RoleName: grant.RoleName, Scope: grant.Scope.String(),
		Pattern: grant.Pattern, Base: string(grant.Base), Policies: policies, Carried: grant.Carried, Local: grant.Local,
	}
}

func denial(d adapter.Denial) *ambitv1.Denial {
	return &ambitv1.Denial{
		Cause: string(d.Cause), Sentence: d.Sentence, Permission: d.Permission, Grant: accessGrant(d.Grant),
		Object: d.Object.String(), Owners: texts(d.Owners), Types: d.Types,
	}
}

func suggestion(s adapter.Suggestion) *ambitv1.Suggestion {
	return &ambitv1.Suggestion{
		Permissions: int32(s.Permissions),
		Steps: each(s.Steps, func(step adapter.Step) *ambitv1.SuggestedStep {
			return &ambitv1.SuggestedStep{
				Kind: string(step.Kind), Subject: step.Subject.String(), Object: step.Object.String(), Role: string(step.Role), Text: step.String(),
			}
		}),
	}
}
