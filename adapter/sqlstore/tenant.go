package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

const (
	// Where rows are locked by an update, this makes numbers free of gaps and
	// in the order of commits even between writers that forgot to Lock.
	nextSeq = `UPDATE tenants SET last_seq = last_seq + 1 WHERE type = ? AND id = ? RETURNING last_seq`
	lastSeq = `SELECT last_seq FROM tenants WHERE type = ? AND id = ?`

	insertOutbox = `INSERT INTO outbox (tenant_type, tenant_id, seq, updates, created) VALUES (?, ?, ?, ?, ?)`
)

// Lock makes the transaction the only writer of the tenants, which need not
// exist yet. They are locked in a fixed order, so that two callers cannot wait
// for each other. The zero reference stands for everything: whoever locks it is
// the only writer of all tenants, known or not.
func (s *session) Lock(ctx context.Context, tenants ...iam.Ref) error {
	if s.dialect.lockTenant == "" {
		return ctx.Err()
	}
	sorted := sortedRefs(tenants)
	if len(sorted) > 0 && sorted[0].IsZero() {
		s.entered = true
		_, err := s.run(ctx, query{"lock everything", s.dialect.lockAll, nil})
		return err
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	for _, tenant := range sorted {
		if _, err := s.run(ctx, query{"lock tenant", s.dialect.lockTenant, []any{tenant.String()}}); err != nil {
			return err
		}
	}
	return nil
}

// Enqueue puts a change into the outbox. A tenant that never had a root scope
// is NOT_FOUND; the zero reference is always there.
func (s *session) Enqueue(ctx context.Context, tenant iam.Ref, updates []rel.Update) (uint64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	text := nextSeq
	if len(updates) == 0 {
		text = lastSeq
	}
	var seq uint64
	found, err := s.first(ctx, query{"number a change", text, refArgs(tenant)}, &seq)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, iam.Missing("tenant", tenant.String())
	}
	if len(updates) == 0 {
		return seq, nil
	}
	encoded, err := encodeUpdates(updates)
	if err != nil {
		return 0, iam.Failed("encode updates", err)
	}
	_, err = s.exec(ctx, query{"enqueue", insertOutbox, []any{tenant.Type, tenant.ID, int64(seq), encoded, s.now.UnixMilli()}})
	return seq, err
}

// The letters before the tuples of an outbox entry.
const (
	touchMark  = "T "
	deleteMark = "D "
)

// encodeUpdates writes updates as a JSON array of "T tuple" and "D tuple".
func encodeUpdates(updates []rel.Update) (string, error) {
	texts := make([]string, len(updates))
	for i, update := range updates {
		switch update.Op {
		case rel.Touch:
			texts[i] = touchMark + update.Tuple.String()
		case rel.Delete:
			texts[i] = deleteMark + update.Tuple.String()
		default:
			return "", fmt.Errorf("unknown operation %q", update.Op)
		}
	}
	encoded, err := json.Marshal(texts)
	return string(encoded), err
}

// decodeUpdates reads what encodeUpdates wrote.
func decodeUpdates(encoded string) ([]rel.Update, error) {
	var texts []string
	if err := json.Unmarshal([]byte(encoded), &texts); err != nil {
		return nil, fmt.Errorf("outbox entry: %w", err)
	}
	updates := make([]rel.Update, len(texts))
	for i, text := range texts {
		update, err := decodeUpdate(text)
		if err != nil {
			return nil, err
		}
		updates[i] = update
	}
	return updates, nil
}

func decodeUpdate(text string) (rel.Update, error) {
	op := rel.Touch
	rest, ok := strings.CutPrefix(text, touchMark)
	if !ok {
		op = rel.Delete
		rest, ok = strings.CutPrefix(text, deleteMark)
	}
	if !ok {
		return rel.Update{}, fmt.Errorf("outbox entry %q is neither T nor D", text)
	}
	tuple, err := rel.ParseTuple(rest)
	return rel.Update{Op: op, Tuple: tuple}, err
}
