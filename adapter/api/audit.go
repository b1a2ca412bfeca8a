package api

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

type auditHandler struct {
	ambitv1.UnimplementedAuditServiceServer
	core
}

// ListAuditEntries returns a page of the audit log, 100 entries by default and
// 1000 at most. Its token is the id of the last entry of the page, so what is
// written meanwhile moves no page.
func (h auditHandler) ListAuditEntries(ctx context.Context, req *ambitv1.ListAuditEntriesRequest) (*ambitv1.ListAuditEntriesResponse, error) {
	var read reader
	filter := adapter.AuditFilter{
		Tenant: read.optional("tenant", req.GetTenant()),
		Object: read.optional("object", req.GetObject()),
		Actor:  req.GetActor(),
	}
	page := read.page(req)
	if page.Token != "" {
		before, err := strconv.ParseInt(page.Token, 10, 64)
		if err != nil || before <= 0 {
			read.fail(iam.Invalid("PAGE_TOKEN", "page_token", page.Token, "send the next_page_token of the answer before"))
		}
		filter.Before = before
	}
	if read.err != nil {
		return nil, read.err
	}
	size := pageSize(page.Size)
	filter.Limit = size + 1 // one more tells whether there is a next page
	found, err := h.adapter.AuditEntries(ctx, filter)
	if err != nil {
		return nil, err
	}
	answer := &ambitv1.ListAuditEntriesResponse{}
	if len(found) > size {
		found = found[:size]
		answer.NextPageToken = strconv.FormatInt(found[size-1].ID, 10)
	}
	answer.AuditEntries = each(found, auditMessage)
	return answer, nil
}

// pageSize is what adapter.Page says about sizes.
func pageSize(size int) int {
	if size == 0 {
		return 100
	}
	return min(size, 1000)
}

func auditMessage(entry adapter.AuditEntry) *ambitv1.AuditEntry {
	detail := &structpb.Struct{}
	if err := detail.UnmarshalJSON([]byte(entry.Detail)); err != nil {
		// No detail, or none that is an object: the entry still tells the rest.
		detail = nil
	}
	return &ambitv1.AuditEntry{
		Id:     strconv.FormatInt(entry.ID, 10),
		Time:   timestamp(entry.Time),
		Actor:  entry.Actor,
		Action: entry.Action,
		Tenant: entry.Tenant.String(),
		Object: entry.Object.String(),
		Detail: detail,
	}
}
