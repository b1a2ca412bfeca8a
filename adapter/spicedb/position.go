package spicedb

import (
	"context"
	"fmt"
	"strconv"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// positionOf is where the position of a tenant is noted.
func positionOf(tenant string) note {
	return note{resource: rel.Object{Type: typeOutbox, ID: rel.EncodeID(tenant)}, relation: relationPosition}
}

// textOf returns how a position is noted; 0 is not. Digits need no encoding.
func textOf(position uint64) string {
	if position == 0 {
		return ""
	}
	return strconv.FormatUint(position, 10)
}

// Positions returns the number of the last change of each tenant that the server
// holds, at the head revision. Without Bookkeeping it is empty.
func (e *Engine) Positions(ctx context.Context) (map[string]uint64, error) {
	if !e.books {
		return map[string]uint64{}, nil
	}
	held, _, err := e.notes(ctx, &v1.RelationshipFilter{ResourceType: typeOutbox, OptionalRelation: relationPosition})
	if err != nil {
		return nil, err
	}
	positions := make(map[string]uint64, len(held))
	for place, ids := range held {
		tenant, err := rel.DecodeID(place.resource.ID)
		if err == nil {
			positions[tenant], err = parsePosition(ids)
		}
		if err != nil {
			return nil, iam.Failed("reading the position of "+place.resource.ID+" in SpiceDB", err)
		}
	}
	return positions, nil
}

// position returns the position of one tenant, 0 if it has none, and the
// revision at which it was read, which has no name if the position is 0.
func (e *Engine) position(ctx context.Context, tenant string) (uint64, rel.ZedToken, error) {
	place := positionOf(tenant)
	held, token, err := e.notes(ctx, place.filter())
	if err != nil || len(held[place]) == 0 {
		return 0, "", err
	}
	position, err := parsePosition(held[place])
	if err != nil {
		return 0, "", iam.Failed("reading the position of "+tenant+" in SpiceDB", err)
	}
	return position, token, nil
}

// parsePosition reads what is noted of one tenant, which is one number.
func parsePosition(ids []string) (uint64, error) {
	if len(ids) != 1 {
		return 0, fmt.Errorf("it has several: %q", ids)
	}
	return strconv.ParseUint(ids[0], 10, 64)
}

// SetPositions replaces the positions of tenants, whatever they are; 0 forgets
// one. Each changes at once, but not all of them together: 100 at a time. The
// schema must be written first. Without Bookkeeping it does nothing.
func (e *Engine) SetPositions(ctx context.Context, positions map[string]uint64) error {
	if !e.books {
		return nil
	}
	wanted := make(map[note]string, len(positions))
	for tenant, position := range positions {
		wanted[positionOf(tenant)] = textOf(position)
	}
	return e.replace(ctx, wanted)
}

// condition is what SpiceDB has to find before it takes a write of a tenant.
func condition(write rel.Write) *v1.Precondition {
	if write.After == 0 {
		return positionOf(write.Tenant).isEmpty()
	}
	return positionOf(write.Tenant).is(textOf(write.After))
}

// movement returns the updates that move a tenant's position from After to Seq.
func movement(write rel.Write) []*v1.RelationshipUpdate {
	var updates []*v1.RelationshipUpdate
	if write.After == write.Seq {
		return nil
	}
	place := positionOf(write.Tenant)
	if write.After != 0 {
		updates = append(updates, toUpdate(rel.Update{Op: rel.Delete, Tuple: place.tuple(textOf(write.After))}))
	}
	if write.Seq != 0 {
		updates = append(updates, toUpdate(rel.Update{Op: rel.Touch, Tuple: place.tuple(textOf(write.Seq))}))
	}
	return updates
}

// standing judges a write that SpiceDB did not take, because the tenant's
// position was not After, by the position that it has now. Nil: it is After
// again. An *rel.AheadError: the change is there already.
func standing(write rel.Write, position uint64, at rel.ZedToken) error {
	switch {
	case position == write.After:
		return nil
	case position >= write.Seq:
		return &rel.AheadError{Held: position, Token: at}
	}
	holds := fmt.Sprintf("change %d", position)
	if position == 0 {
		holds = "no change"
	}
	return iam.Forbidden("OUT_OF_ORDER", "", "", fmt.Sprintf(
		"SpiceDB holds %s of tenant %s, but %d is the next in the outbox: it was restored or replaced; run ambit reconcile --fix",
		holds, write.Tenant, write.Seq))
}
