package adapter

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// change is one use case at work. Before it alters a row it touches the
// fragments that follow from that row: their tuples are taken down as they are
// then, compared with what they are in the end, and the difference goes to the
// outbox. A use case that touches what it alters cannot lose or leave a tuple.
type change struct {
	*Adapter
	tx     *memory
	before map[fragment][]rel.Tuple
	// tenants remembers whose fragment it is; its scope may be gone at the end.
	tenants map[fragment]iam.Ref
	order   []fragment
	audit   []AuditEntry
	active  map[iam.Ref]bool
	// created holds scopes made in this change: nothing can hang on them yet.
	created map[iam.Ref]bool
}

func newChange(a *Adapter, tx Tx) *change {
	c := &change{
		Adapter: a, tx: newMemory(tx),
		before: map[fragment][]rel.Tuple{}, tenants: map[fragment]iam.Ref{},
		active: map[iam.Ref]bool{}, created: map[iam.Ref]bool{},
	}
	c.tx.forgotten = func() { clear(c.active) }
	return c
}

// fragment names the tuples that follow from one thing. Every tuple belongs to
// exactly one fragment.
type fragment struct {
	kind fragmentKind
	// ref is the scope, group or owned object; for a binding the scope.
	ref  iam.Ref
	role iam.RoleID
}

type fragmentKind int

const (
	scopeFragment fragmentKind = iota
	roleFragment
	bindingFragment
	groupFragment
	ownedFragment
)

// touch notes that a fragment of the tenant is about to change.
func (c *change) touch(ctx context.Context, tenant iam.Ref, f fragment) error {
	if _, known := c.before[f]; known {
		return nil
	}
	var tuples []rel.Tuple
	var err error
	switch {
	case !c.created[f.ref]:
		tuples, err = c.tuples(ctx, f)
	case f.kind == bindingFragment:
		c.tx.policies.begin(binding{f.ref, f.role})
	}
	if err != nil {
		return err
	}
	c.before[f], c.tenants[f] = tuples, tenant
	c.order = append(c.order, f)
	return nil
}

// note adds an audit entry. detail is what changed; it must hold no secret.
func (c *change) note(ctx context.Context, action string, tenant, object iam.Ref, detail any) error {
	data, err := json.Marshal(detail)
	if err != nil {
		return iam.Failed("writing the audit entry", err)
	}
	c.audit = append(c.audit, AuditEntry{
		Time: c.config.Clock(), Actor: actorOf(ctx), Action: action, Tenant: tenant, Object: object, Detail: string(data),
	})
	return nil
}

// finish writes the audit entries and the outbox, and returns the tenants with
// their new numbers.
func (c *change) finish(ctx context.Context) ([]iam.Ref, []tokenEntry, error) {
	if err := c.tx.Audit().Append(ctx, c.audit...); err != nil {
		return nil, nil, err
	}
	tenants, updates, err := c.updates(ctx)
	if err != nil {
		return nil, nil, err
	}
	entries := make([]tokenEntry, len(tenants))
	for i, tenant := range tenants {
		seq, err := c.tx.Enqueue(ctx, tenant, updates[tenant])
		if err != nil {
			return nil, nil, err
		}
		entries[i] = tokenEntry{Tenant: tenant.String(), Seq: seq}
	}
	return tenants, entries, nil
}

// updates returns the tenants whose fragments were touched, and what SpiceDB has
// to learn about each.
func (c *change) updates(ctx context.Context) ([]iam.Ref, map[iam.Ref][]rel.Update, error) {
	before, after := map[iam.Ref][]rel.Tuple{}, map[iam.Ref][]rel.Tuple{}
	var tenants []iam.Ref
	for _, f := range c.order {
		tenant := c.tenants[f]
		tuples, err := c.tuples(ctx, f)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(tenants, tenant) {
			tenants = append(tenants, tenant)
		}
		before[tenant] = append(before[tenant], c.before[f]...)
		after[tenant] = append(after[tenant], tuples...)
	}
	updates := make(map[iam.Ref][]rel.Update, len(tenants))
	for _, tenant := range tenants {
		updates[tenant] = rel.Diff(before[tenant], after[tenant])
	}
	return tenants, updates, nil
}

// isActive reports whether a subject may use what it holds; a group always may.
func (c *change) isActive(ctx context.Context, subject iam.Ref) (bool, error) {
	if active, known := c.active[subject]; known {
		return active, nil
	}
	active, err := subjectActive(ctx, c.tx, c.model, subject)
	if err == nil {
		c.active[subject] = active
	}
	return active, err
}

func subjectActive(ctx context.Context, rows Rows, model *schema.Model, subject iam.Ref) (bool, error) {
	switch model.Type(subject.Type).Kind {
	case schema.KindUser:
		user, err := rows.Users().Get(ctx, iam.UserID(subject.ID))
		return user.Status != iam.Inactive, err
	case schema.KindServiceAccount:
		account, err := rows.ServiceAccounts().Get(ctx, iam.ServiceAccountID(subject.ID))
		return account.Status != iam.Inactive, err
	}
	return true, nil
}
