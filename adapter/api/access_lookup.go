package api

import (
	"context"
	"strconv"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// filter answers Resources in few words. They come all at once: a page of a
// filter would be another filter.
func (h accessHandler) filter(ctx context.Context, query adapter.ResourcesRequest, req *ambitv1.ResourcesRequest) (*ambitv1.ResourcesResponse, error) {
	switch {
	case req.GetPageToken() != "":
		return nil, iam.Invalid("PAGE_OF_FILTER", "page_token", req.GetPageToken(), "a filter has no pages; leave this out")
	case req.GetPageSize() != 0:
		return nil, iam.Invalid("PAGE_OF_FILTER", "page_size", strconv.Itoa(int(req.GetPageSize())), "a filter has no pages; leave this out")
	}
	found, err := h.adapter.ResourceFilter(ctx, query, freshness(req))
	if err != nil {
		return nil, err
	}
	return &ambitv1.ResourcesResponse{Token: string(found.Token), Source: string(found.Source), Filter: &ambitv1.ResourceFilter{Below: texts(found.Below), Objects: texts(found.Objects)}}, nil
}

// holders answers Subjects with groups together or with paths.
func (h accessHandler) holders(ctx context.Context, query adapter.HoldersRequest, page adapter.Page, at adapter.Freshness) (*ambitv1.SubjectsResponse, error) {
	found, answered, err := h.adapter.Holders(ctx, query, page, at)
	if err != nil {
		return nil, err
	}
	answer := &ambitv1.SubjectsResponse{NextPageToken: answered.Next, Token: string(answered.Token), Source: string(answered.Source)}
	for _, holder := range found {
		answer.Subjects = append(answer.Subjects, holder.Subject.String())
		if query.Via {
			answer.Holders = append(answer.Holders, holderMessage(holder))
		}
	}
	return answer, nil
}

func holderMessage(holder adapter.Holder) *ambitv1.Holder {
	message := &ambitv1.Holder{Subject: holder.Subject.String()}
	if via := holder.Via; via != nil {
		message.Kind, message.Chain = via.Kind, texts(via.Chain)
		message.Role, message.Scope, message.Permission = string(via.Role), via.Scope.String(), via.Permission
		message.Inherited, message.Below = via.Inherited, via.Below
	}
	return message
}
