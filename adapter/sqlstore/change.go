package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// upsert describes an INSERT .. ON CONFLICT DO UPDATE .. RETURNING revision,
// created. The last two columns of the text are created and updated; their
// arguments are added by put.
type upsert struct {
	query
	// dangling is the answer when the row refers to something that is not there.
	dangling *iam.Error
}

// put runs an upsert and returns the stamp of the row. A revision of 1 says
// that the row is new.
func (s *session) put(ctx context.Context, change upsert) (iam.Stamp, error) {
	if err := s.enter(ctx); err != nil {
		return iam.Stamp{}, err
	}
	change.args = append(change.args, s.now.UnixMilli(), s.now.UnixMilli())
	stamp := iam.Stamp{Updated: s.now}
	_, err := s.first(ctx, change.query, &stamp.Revision, millis{&stamp.Created})
	if s.dialect.isFault(err, faultReference) {
		return iam.Stamp{}, change.dangling.Because(err)
	}
	return stamp, err
}

// removal describes the deletion of one row.
type removal struct {
	// noun and key name the row in errors, as in scope "account:A".
	noun, key string
	// uses finds what refers to the row: a noun and a key per row. Without a
	// text nothing can refer to it.
	uses query
	// delete removes the row by its key, exists finds it.
	delete, exists string
	keyArgs        []any
}

// remove deletes a row that nothing refers to.
func (s *session) remove(ctx context.Context, r removal) error {
	used, err := s.usedBy(ctx, r)
	if err != nil {
		return err
	}
	if used != "" {
		return s.refuse(ctx, r, used)
	}
	deleted, err := s.exec(ctx, query{"delete " + r.noun, r.delete, r.keyArgs})
	if s.dialect.isFault(err, faultReference) {
		return inUse(r, "something").Because(err)
	}
	if err != nil {
		return err
	}
	if deleted == 0 {
		return iam.Missing(r.noun, r.key)
	}
	return nil
}

// usedBy names something that refers to the row, or returns "".
func (s *session) usedBy(ctx context.Context, r removal) (string, error) {
	if r.uses.text == "" {
		return "", nil
	}
	r.uses.attempted = "look for what uses " + r.noun
	r.uses.text += " LIMIT 1"
	var noun, key string
	found, err := s.first(ctx, r.uses, &noun, &key)
	if err != nil || !found {
		return "", err
	}
	return fmt.Sprintf("%s %q", noun, key), nil
}

// refuse returns IN_USE, unless the row does not exist: a reference to a
// subject may outlive it or come before it, because no foreign key holds it.
func (s *session) refuse(ctx context.Context, r removal, user string) error {
	var present int
	found, err := s.first(ctx, query{"find " + r.noun, r.exists, r.keyArgs}, &present)
	if err != nil {
		return err
	}
	if !found {
		return iam.Missing(r.noun, r.key)
	}
	return inUse(r, user)
}

func inUse(r removal, user string) *iam.Error {
	return iam.Forbidden("IN_USE", r.noun, r.key, user+" still refers to it")
}

// noSuchType refuses a subject of a kind for which Config.Subjects has no name:
// nobody could tell whether it is in use.
func noSuchType(noun, key string) *iam.Error {
	return iam.Invalid("TYPE_UNKNOWN", noun, key, "the model has no type for it")
}

// subjectUses finds what names a subject: policies, memberships, ownerships.
func subjectUses(subject iam.Ref) query {
	text := `SELECT 'policy', id FROM policies WHERE subject_type = ? AND subject_id = ?
		UNION ALL SELECT 'group', group_id FROM group_members WHERE member_type = ? AND member_id = ?
		UNION ALL SELECT 'service_account', service_account_id FROM service_account_owners WHERE owner_type = ? AND owner_id = ?
		UNION ALL SELECT resource_type, resource_id FROM resource_owners WHERE owner_type = ? AND owner_id = ?`
	return query{text: text, args: repeatRef(subject, 4)}
}

// repeatRef returns the two arguments of ref, times over.
func repeatRef(ref iam.Ref, times int) []any {
	args := make([]any, 0, 2*times)
	for range times {
		args = append(args, ref.Type, ref.ID)
	}
	return args
}

// millis scans a column of UTC milliseconds into a time.
type millis struct{ time *time.Time }

// Scan implements sql.Scanner.
func (m millis) Scan(value any) error {
	number, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is a %T and not milliseconds", value)
	}
	*m.time = time.UnixMilli(number).UTC()
	return nil
}
