package sqlstore

import (
	"context"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// users is the table of users.
type users struct{ *session }

// Users returns the table of users.
func (s *session) Users() adapter.Table[iam.UserID, iam.User, adapter.UserFilter] {
	return users{s}
}

const (
	selectUsers = `SELECT id, name, email, status, revision, created, updated FROM users`

	putUser = `INSERT INTO users (id, name, email, status, revision, created, updated)
		VALUES (?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			name = excluded.name, email = excluded.email, status = excluded.status,
			revision = users.revision + 1, updated = excluded.updated
		RETURNING revision, created`
)

// Get returns one user.
func (t users) Get(ctx context.Context, id iam.UserID) (iam.User, error) {
	return one(ctx, t.find, where("id = ?", string(id)), iam.Missing("user", string(id)))
}

// List returns users by id.
func (t users) List(ctx context.Context, filter adapter.UserFilter) ([]iam.User, error) {
	chosen := &selection{}
	chosen.text("email = ?", filter.Email)
	among(chosen, "id", filter.IDs)
	return t.find(ctx, chosen.page("id", filter.Listing))
}

func (t users) find(ctx context.Context, chosen *selection) ([]iam.User, error) {
	return collect(ctx, t.session, chosen.query("read users", selectUsers), func(row scanner) (iam.User, error) {
		var u iam.User
		err := row.Scan(&u.ID, &u.Name, &u.Email, &u.Status, &u.Revision, millis{&u.Created}, millis{&u.Updated})
		return u, err
	})
}

// Put writes a user.
func (t users) Put(ctx context.Context, user iam.User) (iam.User, error) {
	var err error
	user.Stamp, err = t.put(ctx, upsert{query: query{"put user", putUser, []any{
		string(user.ID), user.Name, user.Email, string(user.Status),
	}}})
	if err != nil {
		return iam.User{}, err
	}
	return user, nil
}

// Delete removes a user whom nothing names.
func (t users) Delete(ctx context.Context, id iam.UserID) error {
	return t.remove(ctx, removal{
		noun: "user", key: string(id),
		uses:    subjectUses(iam.Ref{Type: t.subjects.User, ID: string(id)}),
		delete:  `DELETE FROM users WHERE id = ?`,
		exists:  `SELECT 1 FROM users WHERE id = ?`,
		keyArgs: textArgs(id),
	})
}
