package spicedb

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// checksPerCall bounds one bulk check. SpiceDB allows 10,000, but answers them
// as one message: a smaller call starts sooner and fits the message limit.
const checksPerCall = 1000

// Check answers one question with one CheckPermission call. A permission that
// hangs on a caveat counts as denied: Ambit writes none.
func (e *Engine) Check(ctx context.Context, at rel.Consistency, question rel.Question) (bool, rel.ZedToken, error) {
	consistency, err := e.consistency(ctx, at)
	if err != nil {
		return false, "", err
	}
	response, err := e.permissions.CheckPermission(ctx, &v1.CheckPermissionRequest{
		Consistency: consistency,
		Resource:    toObject(question.Resource),
		Permission:  question.Permission,
		Subject:     toSubject(question.Subject, ""),
	})
	if err != nil {
		return false, "", failure(ctx, err)
	}
	return allowed(response.GetPermissionship()), fromToken(response.GetCheckedAt()), nil
}

// CheckMany answers all questions at one revision, 1,000 per call. One question
// that SpiceDB cannot answer fails them all. Without questions SpiceDB is not
// asked, and the token is the one of at.
func (e *Engine) CheckMany(ctx context.Context, at rel.Consistency, questions []rel.Question) ([]bool, rel.ZedToken, error) {
	token := at.AtLeast
	if len(questions) == 0 {
		return nil, token, nil
	}
	consistency, err := e.consistency(ctx, at)
	if err != nil {
		return nil, "", err
	}
	answers := make([]bool, 0, len(questions))
	for chunk := range slices.Chunk(questions, checksPerCall) {
		response, err := e.permissions.CheckBulkPermissions(ctx, &v1.CheckBulkPermissionsRequest{
			Consistency: consistency,
			Items:       toItems(chunk),
		})
		if err != nil {
			return nil, "", failure(ctx, err)
		}
		if answers, err = appendAnswers(answers, response.GetPairs(), len(chunk)); err != nil {
			return nil, "", failure(ctx, err)
		}
		token = fromToken(response.GetCheckedAt())
		consistency = exactly(token)
	}
	return answers, token, nil
}

func toItems(questions []rel.Question) []*v1.CheckBulkPermissionsRequestItem {
	items := make([]*v1.CheckBulkPermissionsRequestItem, len(questions))
	for i, question := range questions {
		items[i] = &v1.CheckBulkPermissionsRequestItem{
			Resource:   toObject(question.Resource),
			Permission: question.Permission,
			Subject:    toSubject(question.Subject, ""),
		}
	}
	return items
}

// appendAnswers reads pairs, which SpiceDB returns in the order of the request.
func appendAnswers(answers []bool, pairs []*v1.CheckBulkPermissionsPair, asked int) ([]bool, error) {
	if len(pairs) != asked {
		return nil, fmt.Errorf("%d answers to %d questions", len(pairs), asked)
	}
	for _, pair := range pairs {
		if refusal := pair.GetError(); refusal != nil {
			return nil, status.FromProto(refusal).Err()
		}
		answers = append(answers, allowed(pair.GetItem().GetPermissionship()))
	}
	return answers, nil
}

func allowed(permissionship v1.CheckPermissionResponse_Permissionship) bool {
	return permissionship == v1.CheckPermissionResponse_PERMISSIONSHIP_HAS_PERMISSION
}
